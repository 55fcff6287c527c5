#pragma once
/// Requests that a program begins or ends out of turn.

#include <string>
#include <vector>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// An operation that would stop the run whenever it is reached.
struct RequestMistake {
    int program = 0;  ///< indexes Variant::programs
    const Op* op = nullptr;
    std::string what;
    std::string remedy;
};

/// The first mistake of each program, as far as it is certain from the order of its operations: a request begun while the
/// thread has one of its kind open, or ended without one. What depends on other programs shows when it runs.
[[nodiscard]] std::vector<RequestMistake> request_mistakes(const Variant& variant);

}  // namespace gilsim::scenario
