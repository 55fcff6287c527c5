#pragma once
/// A sweep's results as a part of a report's data.

#include <filesystem>

#include "analysis/report/data.hpp"

namespace gilsim::analysis {

/// Reads a sweep's file: its axes, every point's means with confidence intervals, and how variants scale. Throws
/// ReportError.
[[nodiscard]] Json sweep_json(const std::filesystem::path& file);

}  // namespace gilsim::analysis
