#pragma once
/// What the benchmark runs: CPU-bound threads on two cores, all latencies constant, nothing else on the machine.

#include <cstdint>
#include <string>

#include "model/scenario/spec.hpp"

namespace gilsim::bench {

/// `threads` threads that sleep until all have been started, then compute for longer than the run lasts.
scenario::Variant cpu_bound(std::int64_t threads, Nanoseconds limit);
/// The same run for gil_simpy.py, as JSON.
std::string for_simpy(const scenario::Variant& variant);

/// `threads` threads that sleep until all have been started, then compute for 100 us, to the end.
scenario::Variant short_lived(std::int64_t threads);

}  // namespace gilsim::bench
