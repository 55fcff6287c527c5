#pragma once
/// Where one way to do the work becomes faster than another: variants that are the same but for a quantity in their
/// names.

#include <string>
#include <vector>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// Variants are called FAMILY@QUANTITY (`threads@20us`, `processes@20us`, ...), where the quantity is a duration or a
/// size; the first may be called FAMILY alone, and is then the same at all of them. Each family is compared with the
/// first one at every quantity that both have, by makespan. One sentence per family: from which quantity on it is
/// faster, by interpolation between two neighbours (in logarithms), or that it always or never is. Empty unless there
/// are at least two families with at least two common quantities, and all of these ran to their end.
[[nodiscard]] std::vector<std::string> crossovers(const ScenarioSummary& summary);

}  // namespace gilsim::analysis
