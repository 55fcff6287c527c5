#include "analysis/text_table.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gilsim::analysis {

std::vector<std::string> layout(const std::vector<TextRow>& rows, bool last_left) {
    std::vector<std::size_t> widths(rows.front().size());
    for (const TextRow& row : rows) {
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], row[i].size());
    }
    std::vector<std::string> lines;
    for (const TextRow& row : rows) {
        std::string line = fmt::format("{:<{}}", row.front(), row.size() > 1 ? widths.front() : 0);
        for (std::size_t i = 1; i < row.size(); ++i) {
            const bool left = last_left && i + 1 == row.size();
            line += left ? "  " + row[i] : fmt::format("  {:>{}}", row[i], widths[i]);
        }
        lines.push_back(std::move(line));
    }
    return lines;
}

void wrap(std::vector<std::string>& lines, std::string_view text) {
    std::string indent;
    while (indent.size() + text.size() > kTextColumns) {
        std::size_t cut = text.rfind(' ', kTextColumns - indent.size());
        if (cut != std::string_view::npos && cut > 0 && text[cut + 1] == '%') cut = text.rfind(' ', cut - 1);
        if (cut == std::string_view::npos || cut == 0) break;
        lines.push_back(indent + std::string(text.substr(0, cut)));
        text.remove_prefix(cut + 1);
        indent = "  ";
    }
    lines.push_back(indent + std::string(text));
}

}  // namespace gilsim::analysis
