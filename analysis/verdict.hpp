#pragma once
/// The verdict: a scenario's answer in words, for people at a terminal.

#include <string>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// The title as the question, a table of the variants, who wins, and why: a sentence for all variants of which it is
/// true, with ranges of their figures. At most 15 lines for up to six variants, where the sentences about those that
/// differ most from the first have precedence; derived from the summary alone. Where every variant runs equally long
/// (a load for a given time), or some were stopped at a limit, the throughput of their requests decides instead of the
/// makespan. `color`: emphasise with ANSI sequences.
[[nodiscard]] std::string verdict(const ScenarioSummary& summary, bool color);

}  // namespace gilsim::analysis
