#pragma once
/// How fast the machine was during a calibration: a turn of a loop, timed alone again and again.

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/measure/calibrate.hpp"
#include "analysis/measure/host.hpp"

namespace gilsim::analysis {

/// What a turn took, in nanoseconds, right before something was measured and right after.
struct Stretch {
    double before = 0;
    double after = 0;
};

/// Turns of one loop (runner/work.py, `bytecode`; probe/probe.cpp), in nanoseconds, from the beginning to the end.
class Turns {
public:
    void add(double turn) { all_.push_back(turn); }
    /// Whether the machine was slow when a turn took that long: much longer than the fastest one so far.
    [[nodiscard]] bool slow(double turn) const {
        return !all_.empty() && turn > kSlow * *std::min_element(all_.begin(), all_.end());
    }
    [[nodiscard]] bool empty() const { return all_.empty(); }
    /// How many times as long as at their fastest (10th percentile) turns took in that stretch, if they did so all along:
    /// what was measured meanwhile took as many times as long. Otherwise 1.
    [[nodiscard]] double slowdown(const Stretch& stretch) const {
        if (empty() || stretch.before <= 0 || stretch.after <= 0) return 1;
        const auto [least, most] = std::minmax(stretch.before, stretch.after);
        const double times = (least + most) / 2 / quantiles().p10;
        return most <= (1 + kMostDrift) * least && times > 1 + kMostDrift ? times : 1;
    }
    /// All of them, one at least, as samples of one cost.
    [[nodiscard]] Quantiles quantiles() const { return quantiles_of(all_); }

private:
    std::vector<double> all_;
};

}  // namespace gilsim::analysis
