#pragma once
/// A measurement as people read it.

#include <string>

#include "analysis/measure/measure.hpp"

namespace gilsim::analysis {

/// A table of outputs: median, its 95 % confidence interval, least and greatest over the repetitions of each variant.
[[nodiscard]] std::string measure_table(const scenario::Scenario& scenario, const Measurement& measurement);

}  // namespace gilsim::analysis
