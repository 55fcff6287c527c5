#pragma once
/// The yardstick: SimGrid's kernel timers with nothing on top.

#include <cstdint>

namespace gilsim::bench {

/// Runs SimGrid, as engine::in_child has set it up, with `timers` kernel timers that set themselves again every 5 ms,
/// each at a date of its own, until `events` of them have fired. Yields the run's processor time in seconds. Once in
/// the life of a process.
double run_bare_timers(std::int64_t timers, std::uint64_t events);

}  // namespace gilsim::bench
