#pragma once
/// What a log of the race for the GIL (runner/calibrate_gil.py) says of the model's costs.

#include <optional>

#include "analysis/measure/calibrate.hpp"
#include "model/scenario/spec_machine.hpp"

namespace gilsim::analysis {

/// Nanoseconds, of code that ran a moment ago; and what it takes in addition after a while.
struct GilRace {
    double asker, asker_tail;    ///< `deadline`: from a time-out to the next wait; median, 90th percentile
    double holder, holder_tail;  ///< `request_overhead`: from the check that sees the request to drop_gil
    scenario::ColdCodeSpec cold;
};

/// None if it was not measured.
[[nodiscard]] std::optional<GilRace> gil_race(const Calibration& calibration);

}  // namespace gilsim::analysis
