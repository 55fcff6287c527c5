#pragma once
/// How busy something was lately.

#include <cmath>

#include "model/engine/time.hpp"

namespace gilsim::machine {

/// The share of time that a thread ran, where what was counts half after 32 ms (Linux: per-entity load tracking,
/// util_avg, kernel/sched/pelt.c). A core's is the sum of those of the threads that were on it last, asleep or not.
class Utilization {
public:
    static constexpr Nanoseconds kHalfLife = 32 * 1024 * kMicrosecond;  ///< 32 periods of 1024 us

    Utilization() = default;
    /// It was as busy as `share` and then ran for `time`, until 0.
    Utilization(double share, Nanoseconds time) : share_(share), at_(-time) { advance(0, true); }

    /// Until `now` it ran, or did not. Returns the share, 0 to 1.
    double advance(Nanoseconds now, bool ran) {
        const double kept = std::exp2(-static_cast<double>(now - at_) / static_cast<double>(kHalfLife));
        share_ = share_ * kept + (ran ? 1.0 - kept : 0.0);
        at_ = now;
        return share_;
    }
    /// What else counts from now on, or no longer does.
    void add(double share) { share_ += share; }

private:
    double share_ = 0;
    Nanoseconds at_ = 0;
};

}  // namespace gilsim::machine
