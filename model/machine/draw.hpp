#pragma once
/// Drawing a span of time that may be random.

#include <cmath>

#include "model/engine/random.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::machine {

/// One value of `span`, in nanoseconds; a constant takes nothing from the stream.
inline Nanoseconds draw(const scenario::Span& span, engine::Random& random) {
    using Kind = scenario::Span::Kind;
    switch (span.kind) {
        case Kind::uniform: return random.uniform(span.a, span.b);
        case Kind::exponential: return random.exponential(span.a);
        case Kind::lognormal: return random.lognormal(span.a, span.b);
        case Kind::constant: break;
    }
    return span.a;
}

/// The mean of all values of `span`, in nanoseconds.
inline double mean(const scenario::Span& span) {
    using Kind = scenario::Span::Kind;
    const auto a = static_cast<double>(span.a);
    const auto b = static_cast<double>(span.b);
    if (span.kind == Kind::uniform) return (a + b) / 2;
    if (span.kind != Kind::lognormal || span.a == 0) return a;
    const double sigma = std::log(b / a) / 2.3263478740408408;  // the normal distribution's 99th percentile
    return a * std::exp(sigma * sigma / 2);
}

}  // namespace gilsim::machine
