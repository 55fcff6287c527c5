#pragma once
/// How fast small runs follow one another in a sweep.

#include <cstdint>

namespace gilsim::bench {

struct SweepRate {
    std::int64_t runs = 0;
    double processor_seconds = 0;  ///< of the sweep and all its processes
};
/// Runs a sweep of 600 small runs (1 to 4 threads that compute 1 to 20 ms in all), results kept in a file, one at a
/// time.
[[nodiscard]] SweepRate run_small_sweep();

}  // namespace gilsim::bench
