#pragma once
/// How busy a run is over time: cores, GILs and threads by state, in equal bins; and how much ran in parallel.

#include <array>
#include <cstdint>
#include <vector>

#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// What happened in one bin of time. Times are of all threads, cores or GILs together.
struct ActivityBin {
    std::array<Nanoseconds, trace::kStates.size()> states{};  ///< thread time per state
    Nanoseconds cores_busy = 0;
    Nanoseconds gil_held = 0;
    std::int64_t handoffs = 0;

    ActivityBin& operator+=(const ActivityBin& other);
};

/// Integrates exactly over bins whose width doubles as the run gets longer, so that there are at most `kBins`.
class Activity {
public:
    static constexpr std::size_t kBins = 1024;

    void event(const trace::Event& e);
    void finish(Nanoseconds end);

    /// Length of a bin; the last one may be shorter.
    [[nodiscard]] Nanoseconds width() const { return width_; }
    [[nodiscard]] const std::vector<ActivityBin>& bins() const { return bins_; }
    /// For how long exactly k cores were busy, by k; they add up to the makespan.
    [[nodiscard]] const std::vector<Nanoseconds>& cores_busy() const { return busy_time_; }

private:
    struct Thread {
        int state = -1;
        int gil = -1;
    };
    /// Charges the time up to `now`.
    void advance(Nanoseconds now);
    ActivityBin& bin(Nanoseconds time);
    void enter(Thread& thread, int state);

    std::vector<ActivityBin> bins_;
    Nanoseconds width_ = 1024;
    Nanoseconds now_ = 0;
    std::array<std::int64_t, trace::kStates.size()> in_state_{};
    std::int64_t busy_ = 0;  ///< cores
    std::int64_t held_ = 0;  ///< GILs
    std::vector<Nanoseconds> busy_time_;
    std::vector<Thread> threads_;
    std::vector<char> occupied_;  ///< per core
};

}  // namespace gilsim::analysis
