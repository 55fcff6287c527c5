#pragma once
/// The critical path of a run: the chain of work and waiting, from the start to the end, that nothing else could
/// shorten.

#include <vector>

#include "analysis/insight/blame.hpp"
#include "analysis/insight/threads.hpp"

namespace gilsim::analysis {

/// Follows the path of every thread: what the time from the start of the run until now was spent on, along the chain of
/// causes that led to where the thread is. While a thread is not woken by another one, its path grows by what it does;
/// when another thread wakes it (a hand-off, a lock released, a thread started or ended), what it did meanwhile did not
/// matter: its path becomes that of the waker. What a device or a timer ends, stays on the path; so does waiting for a
/// core. A path's parts add up to the time since the start, exactly.
///
/// Cost: constant per event; per wake-up, the number of doings.
class CriticalPath {
public:
    explicit CriticalPath(const Threads& threads) : threads_(threads) {}

    /// Must see an event before `threads` does.
    void before(const trace::Event& e);
    void finish(Nanoseconds end);

    /// What the run's makespan was spent on, the largest first: the path of the main thread, whose end is the end of
    /// the run. Doing 0 is time before the thread existed.
    [[nodiscard]] std::vector<Share> path() const;

private:
    struct Path {
        Nanoseconds until = 0;          ///< it is complete up to here
        std::vector<Nanoseconds> time;  ///< by doing
    };
    void settle(int thread, Nanoseconds now);

    const Threads& threads_;
    std::vector<Path> paths_;
};

}  // namespace gilsim::analysis
