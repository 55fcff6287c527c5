#pragma once
/// The values of one axis of a sweep, as people write them: a list `[1, 2, 4]`, a range `1..8`, `1ms..10ms+1ms`
/// (linear) or `1us..100ms*10` (geometric), or a range as a mapping: `{from: 1, to: 9, step: 2}`, `{from: 1us, to:
/// 100ms, factor: 10}`,
/// `{from: 0, to: 1, steps: 5}`, `{from: 1us, to: 1s, steps: 13, scale: log}`. An element of a list may be a range too.

#include <functional>
#include <string>
#include <vector>

#include "model/scenario/tree.hpp"

namespace gilsim::scenario {

/// The most values of one axis.
inline constexpr std::size_t kMostAxisValues = 100'000;

/// Told what is wrong, at which value, and what to write instead (may be empty).
using AxisReport = std::function<void(const Node& node, const std::string& message, const std::string& hint)>;

/// "a list of values, as in [1, 2, 4], or a range, as in 1..8".
[[nodiscard]] std::string axis_told();

/// The values in order, each a node that knows where it (or its range) was written; those of a range are exact to the
/// nanosecond, byte or 12th digit. Empty after reporting.
[[nodiscard]] std::vector<Node> axis_values(const Node& node, const AxisReport& report);

/// A value as one would write it in one line.
[[nodiscard]] std::string in_one_line(const Node& node);

}  // namespace gilsim::scenario
