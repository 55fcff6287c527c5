#pragma once
/// Comparing versions of Python.

#include <cstdlib>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// The interpreter models CPython `major`.`minor` or later.
inline bool at_least(const InterpreterSpec& interpreter, int major, int minor) {
    char* rest = nullptr;
    const long its_major = std::strtol(interpreter.version.c_str(), &rest, 10);
    const long its_minor = *rest == '.' ? std::strtol(rest + 1, nullptr, 10) : 0;
    return its_major != major ? its_major > major : its_minor >= minor;
}

}  // namespace gilsim::scenario
