#pragma once
/// summary.json: writing and reading it. The format, schema 1, is documented in docs/outputs.md, whose tables are
/// generated from the same table of fields (summary_fields.hpp).

#include <stdexcept>
#include <string>

#include <nlohmann/json_fwd.hpp>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// The version of the shape of summary.json; rises when a key changes its meaning or goes, not when one is added.
inline constexpr int kSummarySchema = 1;

/// A text that is no summary of this schema.
struct SummaryError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The file's text, indented, ending in a newline. Keys in the order of the table of fields; all numbers integers.
[[nodiscard]] std::string to_json(const ScenarioSummary& summary);
/// The same of one run, without line breaks: how a child process hands its summary to its parent.
[[nodiscard]] std::string to_json(const RunSummary& run);
/// The same as a tree, to look figures up in.
[[nodiscard]] nlohmann::ordered_json tree_of(const RunSummary& run);

/// Reads what `to_json` wrote. Throws SummaryError.
[[nodiscard]] ScenarioSummary scenario_summary_from_json(const std::string& text);
[[nodiscard]] RunSummary run_summary_from_json(const std::string& text);

/// The reference of summary.json as Markdown tables: key, unit, meaning.
[[nodiscard]] std::string summary_reference();

}  // namespace gilsim::analysis
