#pragma once
/// Chance: named, seeded streams and our own distributions (the standard library's differ between implementations).

#include <cstdint>
#include <string_view>

#include "model/engine/time.hpp"

namespace gilsim::engine {

/// A stream of random numbers (xoshiro256**, Blackman and Vigna 2018, seeded through splitmix64). One per purpose, so
/// that a change of one part of a scenario does not shift the chances of another.
class Random {
public:
    /// The stream of a run's seed for a purpose, e.g. "sleep.worker-1".
    Random(std::uint64_t seed, std::string_view purpose);

    /// 64 random bits.
    std::uint64_t bits();
    /// Uniform in [low, high], both included; high >= low.
    std::int64_t uniform(std::int64_t low, std::int64_t high);
    /// Exponentially distributed, at least 0, of mean `mean` >= 0.
    Nanoseconds exponential(Nanoseconds mean);
    /// Log-normally distributed with a median and a 99th percentile >= median.
    Nanoseconds lognormal(Nanoseconds median, Nanoseconds p99);

private:
    double unit();  ///< in (0, 1]
    std::uint64_t state_[4];
};

}  // namespace gilsim::engine
