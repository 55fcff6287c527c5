#pragma once
/// Drawing a span of time that may be random.

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

}  // namespace gilsim::machine
