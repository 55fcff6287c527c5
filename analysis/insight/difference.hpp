#pragma once
/// What differs between two runs, by their traces: where time went, who made whom wait, what the makespan was spent on.

#include <string>

#include "analysis/insight/run_analysis.hpp"

namespace gilsim::analysis {

/// Tells the differences in tables, the largest first; what differs by less than 1 % of the longer makespan is left
/// out. Groups, operations and locks are matched by their names. `a` and `b` are how the runs are called in headings.
[[nodiscard]] std::string difference(const RunAnalysis& before, const RunAnalysis& after, const std::string& a,
                                     const std::string& b);

}  // namespace gilsim::analysis
