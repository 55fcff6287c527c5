#pragma once
/// Tables and paragraphs for terminals.

#include <string>
#include <string_view>
#include <vector>

namespace gilsim::analysis {

/// The cells of one line of a table.
using TextRow = std::vector<std::string>;

/// As wide as people's terminals.
inline constexpr std::size_t kTextColumns = 100;

/// The lines of a table, all rows of the same length: columns as wide as their widest cell, the first to the left,
/// figures to the right, the last to the left if `last_left`.
[[nodiscard]] std::vector<std::string> layout(const std::vector<TextRow>& rows, bool last_left = true);

/// Appends `text` to `lines`, wrapped, further lines indented.
void wrap(std::vector<std::string>& lines, std::string_view text);

}  // namespace gilsim::analysis
