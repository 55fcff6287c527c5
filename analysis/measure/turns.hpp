#pragma once
/// How fast the machine was during a calibration: a turn of a loop of bytecode, timed alone again and again.

#include <algorithm>
#include <cmath>
#include <vector>

#include "analysis/measure/calibrate.hpp"
#include "analysis/measure/host.hpp"

namespace gilsim::analysis {

/// Turns of the runner's loop (runner/work.py, `bytecode`), in nanoseconds, from the beginning to the end.
class Turns {
public:
    void add(double turn) { all_.push_back(turn); }
    /// Whether the machine was slow when a turn took that long: much longer than the fastest one so far.
    [[nodiscard]] bool slow(double turn) const {
        return !all_.empty() && turn > kSlow * *std::min_element(all_.begin(), all_.end());
    }
    [[nodiscard]] bool empty() const { return all_.empty(); }
    /// All of them, one at least, as samples of one cost (nearest rank).
    [[nodiscard]] Quantiles quantiles() const {
        std::vector<double> sorted = all_;
        std::sort(sorted.begin(), sorted.end());
        const auto at = [&](double share) {
            return sorted[static_cast<std::size_t>(std::lround(share * static_cast<double>(sorted.size() - 1)))];
        };
        return {static_cast<int>(sorted.size()), at(0.1), at(0.5), at(0.9), at(0.99)};
    }

private:
    std::vector<double> all_;
};

}  // namespace gilsim::analysis
