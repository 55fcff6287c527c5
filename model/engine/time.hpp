#pragma once
/// Model time: a signed 64-bit count of nanoseconds, everywhere. A double never crosses an interface (docs/design.md).

#include <cstdint>

namespace gilsim {

/// A point in simulated time (since the start of the run) or a span of it, in nanoseconds.
using Nanoseconds = std::int64_t;
/// A number of bytes.
using Bytes = std::int64_t;
inline constexpr Bytes kMiB = 1 << 20;

/// The least multiple of `unit` that is not less than `size`.
constexpr Bytes round_up(Bytes size, Bytes unit) {
    return (size + unit - 1) / unit * unit;
}

/// What `bytes` come to at a cost per MiB.
constexpr Nanoseconds per_mib(Nanoseconds cost, Bytes bytes) {
    return bytes / kMiB * cost + bytes % kMiB * cost / kMiB;
}

inline constexpr Nanoseconds kMicrosecond = 1'000;
inline constexpr Nanoseconds kMillisecond = 1'000'000;
inline constexpr Nanoseconds kSecond = 1'000'000'000;

/// The longest run that is accepted: beyond some 24 days a SimGrid date (a double of seconds) no longer separates
/// nanoseconds (ulp of 2^21 s is 0.23 ns), so 20 days it is.
inline constexpr Nanoseconds kLongestRun = 20LL * 24 * 3600 * kSecond;

/// "No such time": a timer that is not armed, a limit that is not set.
inline constexpr Nanoseconds kNever = INT64_MAX;

}  // namespace gilsim
