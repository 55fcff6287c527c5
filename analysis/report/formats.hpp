#pragma once
/// A report's data as a page, as Markdown, as CSV.

#include <array>
#include <string>
#include <string_view>

#include "analysis/report/data.hpp"

namespace gilsim::analysis {

/// One self-contained HTML page: no network, no other file.
[[nodiscard]] std::string report_page(const Json& data);
/// Markdown, to read and to paste.
[[nodiscard]] std::string report_markdown(const Json& data);
/// One table of all figures, `section,variant,name,figure,value,unit`.
[[nodiscard]] std::string report_csv(const Json& data);

/// One row of the table of formats.
struct ReportFormatRow {
    std::string_view name;  ///< as on the command line
    std::string_view about;
    std::string (*text)(const Json&);
};
inline constexpr std::array kReportFormats{
    ReportFormatRow{"html", "a page that opens in a browser, without a network", report_page},
    ReportFormatRow{"md", "Markdown", report_markdown},
    ReportFormatRow{"csv", "one table of all figures: section, variant, name, figure, value, unit", report_csv},
};

}  // namespace gilsim::analysis
