#pragma once
/// Figures as people read them. Integer arithmetic only, so that the same figure is the same text everywhere.

#include <cstdint>
#include <string>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// A duration with four significant digits: `1.003 s`, `512.4 ms`, `3.200 us`, `87 ns`.
[[nodiscard]] std::string duration_text(Nanoseconds t);

/// A size with three significant digits: `1.50 GiB`, `612 MiB`, `87 B`.
[[nodiscard]] std::string bytes_text(Bytes bytes);

/// `part` of `whole` in permille, rounded to the nearest; 0 if `whole` is 0.
[[nodiscard]] std::int64_t permille(std::int64_t part, std::int64_t whole);

/// In permille: what differs by less is told as equal.
inline constexpr std::int64_t kEqual = 30;
/// Thousandths by which runs may differ in length and still be compared by what they did per second: those that end at
/// a date take as much longer as what is under way then.
inline constexpr std::int64_t kEquallyLong = 100;

/// Permille as percent: `49 %`, below ten with a decimal (`0.4 %`), nothing as `0 %`.
[[nodiscard]] std::string percent_text(std::int64_t permille);

/// Permille as a factor with two decimals, `1.95` for 1953, or three below 0.1: `0.077`.
[[nodiscard]] std::string factor_text(std::int64_t permille);

/// A field of a CSV file: quoted where RFC 4180 wants it.
[[nodiscard]] std::string csv_field(const std::string& text);

/// `count` with its noun: `1 core`, `2 cores`.
[[nodiscard]] std::string count_text(std::int64_t count, const std::string& noun);

}  // namespace gilsim::analysis
