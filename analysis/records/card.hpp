#pragma once
/// The accuracy card: how far predictions are from recorded reality, by phenomenon.

#include <string>
#include <vector>

#include "analysis/records/validation.hpp"

namespace gilsim::analysis {

/// Markdown: a table of errors by phenomenon, and one of what misses the bars that the project holds itself to.
[[nodiscard]] std::string accuracy_card(const std::vector<Validation>& validations);

}  // namespace gilsim::analysis
