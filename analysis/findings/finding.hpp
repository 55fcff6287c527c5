#pragma once
/// Findings: what limits a run, with the figures that prove it, what to try, and what that was found to bring.

#include <optional>
#include <string>
#include <vector>

#include "analysis/findings/changes.hpp"
#include "analysis/insight/run_analysis.hpp"

namespace gilsim::analysis {

/// An alternative that was simulated.
struct Trial {
    std::string what;       ///< "release the GIL in `resize`"
    std::string result;     ///< "3.40 times the throughput of `page`; p99 310 ms -> 21 ms", or why there is none
    std::int64_t gain = 0;  ///< in permille of what the finding is about: 1000 is no change; 0: not comparable
};

struct Finding {
    std::string id;               ///< which rule: `convoy`, ...
    std::string title;            ///< a headline
    std::string evidence;         ///< a sentence or two with figures
    std::string advice;           ///< what to try
    std::string subject;          ///< the request or group whose waiting is the matter; empty: the whole run
    std::vector<Remedy> changes;  ///< the advice as changes of the scenario
    std::vector<Trial> trials;    ///< what came of them, the best first; empty: not tried
};

/// What the rules find in a run; nothing in one that is held up by nothing but its own work.
[[nodiscard]] std::vector<Finding> find(const RunAnalysis& run);

/// Runs every change of a finding on the variant's resolved scenario (a JSON text), one simulation each in a child
/// process, and fills in the trials. This process must be single-threaded.
void try_changes(Finding& finding, const RunAnalysis& run, const std::string& resolved);

/// A finding in a few lines of text, ending in a line break.
[[nodiscard]] std::string told(const Finding& finding);

}  // namespace gilsim::analysis
