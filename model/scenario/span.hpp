#pragma once
/// A span of time, fixed or random.

#include <cstdint>

#include "model/engine/time.hpp"

namespace gilsim::scenario {

/// A span of time, fixed or random. YAML: `5ms`, `{uniform: [1ms, 3ms]}`, `{exponential: 5ms}`, `{lognormal: {median: 1ms, p99: 9ms}}`.
struct Span {
    enum class Kind : std::uint8_t { constant, uniform, exponential, lognormal };
    Kind kind = Kind::constant;
    Nanoseconds a = 0;  ///< constant: the value; uniform: least; exponential: mean; lognormal: median
    Nanoseconds b = 0;  ///< uniform: greatest; lognormal: 99th percentile
};

}  // namespace gilsim::scenario
