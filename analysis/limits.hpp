#pragma once
/// What limits a run: the figures that decide it, and the rules that judge them. Derived from the summary alone.

#include <cstdint>
#include <string>

#include "analysis/evidence.hpp"
#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// The figures of a run that tell what limits it. Shares are in permille.
struct Figures {
    std::int64_t cores = 0;
    std::int64_t cores_busy = 0;  ///< cores busy on average, times 1000
    StateTimes states;            ///< of all threads of the program together, without the system's and the clients'
    Nanoseconds wanted = 0;       ///< thread time on a core or waiting for one, for a GIL or for a lock
    std::int64_t gil_wait = 0;    ///< of `wanted`: waiting for a GIL
    std::int64_t gil_held = 0;    ///< of the makespan: the busiest GIL held
    std::int64_t handoffs_per_s = 0;  ///< of the busiest GIL, from thread to thread
    std::int64_t working = 0;  ///< the most threads at a time that are on a core for a tenth of their lives or more
    const InterpreterSummary* interpreter = nullptr;  ///< the one with the busiest GIL; null: no GIL was ever taken
};

/// Computes them; they refer to `run`.
[[nodiscard]] Figures figures(const RunSummary& run);

/// What limits a run, and the proof.
struct Limit {
    std::string what;   ///< a few words for a table: `the GIL, held 100 %`
    Evidence evidence;  ///< a sentence for after `threads: `
};

/// The first rule that applies decides, from the most specific to the least.
[[nodiscard]] Limit limit_of(const RunSummary& run);

}  // namespace gilsim::analysis
