#pragma once
/// A sweep's answer in words, for people at a terminal.

#include <string>

#include "analysis/sweep/sweep_table.hpp"

namespace gilsim::analysis {

/// The title as the question, the table of the points (some of them, if they are many), the best point of each variant
/// and the knee of its curve along each axis. Some 15 to 20 lines, or `all` there is to say.
[[nodiscard]] std::string sweep_verdict(const SweepTable& table, bool all = false);

}  // namespace gilsim::analysis
