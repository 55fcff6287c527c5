#pragma once
/// Walking over programs.

#include <functional>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// The operations inside an operation; null: it has none.
[[nodiscard]] const Program* body(const Op& op);
/// Visits operations with those in their bodies, not through `run`.
void each(const Program& ops, const std::function<void(const Op&)>& visit);
/// Visits operations with those in their bodies and of the programs that they run. These must not run one another in
/// circles.
void each_run(const Variant& variant, int program, const std::function<void(const Op&)>& visit);

/// Whether some program releases an object without taking it: then threads hand it over, and whoever holds a lock need
/// not be the one who gives it back.
[[nodiscard]] bool handed_over(const Variant& variant, int object);

}  // namespace gilsim::scenario
