#pragma once
/// What a report shows, as one JSON value: the page draws it, Markdown and CSV are written from it.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/findings/finding.hpp"
#include "analysis/insight/run_analysis.hpp"
#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// The version of the shape of a report's data, `schema` in it.
inline constexpr int kReportSchema = 1;

/// The states of threads, in their order: name, about, on_core.
[[nodiscard]] Json states_json();
/// A scenario's variants compared: the figures of the verdict's table, and its sentences.
[[nodiscard]] Json comparison_json(const ScenarioSummary& summary);
/// Everything that an analysis found: findings, waits, critical path, activity, distributions, timeline.
[[nodiscard]] Json run_json(const RunAnalysis& run, const std::vector<Finding>& findings);

/// Base64 (RFC 4648) of bytes.
[[nodiscard]] std::string base64(const std::vector<std::uint8_t>& bytes);
/// Lanes as bytes: per lane the number of slices, then per slice the time since the lane's slice before and the value
/// plus one; all as LEB128.
[[nodiscard]] std::vector<std::uint8_t> packed(const std::vector<Lane>& lanes);

}  // namespace gilsim::analysis
