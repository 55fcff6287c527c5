#pragma once
/// Studied, not in CPython: a GIL that nobody is asked for. The holder drops it only before a call that may block, and
/// the locks are those of CPython 3.2 and later.

#include "model/interpreter/timed_gil.hpp"

namespace gilsim::interpreter {

class NeverGil final : public TimedGil {
public:
    explicit NeverGil(const GilContext& context) : TimedGil(context, kNever) {}
};

}  // namespace gilsim::interpreter
