#pragma once
/// The verdict: a scenario's answer in words, for people at a terminal.

#include <string>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// The title as the question, a table of the variants, and who wins and why: at most 15 lines of at most 100 columns
/// for up to six variants, derived from the summary alone. Where every variant runs equally long (a limit, a load for a
/// given time) the throughput of its requests decides instead of the makespan. `color`: emphasise with ANSI sequences.
[[nodiscard]] std::string verdict(const ScenarioSummary& summary, bool color);

}  // namespace gilsim::analysis
