#pragma once
/// Comparing versions of Python.

#include <cstdlib>
#include <limits>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// The interpreter models CPython `major`.`minor`.`micro` or later. A version of two numbers (`3.13`, `3.13t`) is the latest
/// of its kind.
inline bool at_least(const InterpreterSpec& interpreter, int major, int minor, int micro = 0) {
    char* rest = nullptr;
    const auto next = [&rest](long missing) { return *rest == '.' ? std::strtol(rest + 1, &rest, 10) : missing; };
    const long its_major = std::strtol(interpreter.version.c_str(), &rest, 10);
    const long its_minor = next(0);
    const long its_micro = next(std::numeric_limits<long>::max());
    if (its_major != major) return its_major > major;
    return its_minor != minor ? its_minor > minor : its_micro >= micro;
}

}  // namespace gilsim::scenario
