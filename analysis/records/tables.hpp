#pragma once
/// Validations as people and programs read them.

#include <string>
#include <vector>

#include "analysis/records/validation.hpp"

namespace gilsim::analysis {

/// A table per record, its verdict in a line, and the summary over all records.
[[nodiscard]] std::string validation_text(const std::vector<Validation>& validations);
/// The same as a section of a Markdown document.
[[nodiscard]] std::string validation_markdown(const std::vector<Validation>& validations);
/// The same as JSON, with a newline at the end. Errors are parts (0.06 is 6 %); null: infinite.
[[nodiscard]] std::string validation_json(const std::vector<Validation>& validations,
                                          const std::vector<std::string>& missed_bars);

}  // namespace gilsim::analysis
