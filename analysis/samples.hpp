#pragma once
/// Distributions of durations: collected sample by sample, read as count, mean, percentiles and maximum.

#include <cstdint>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// How many durations there were and how long they took. A percentile is nearest-rank: the smallest sample such that at
/// least p % of all samples are not greater. All zero if there was no sample.
struct Distribution {
    std::int64_t count = 0;
    Nanoseconds mean = 0;  ///< sum / count, rounded down
    Nanoseconds p50 = 0;
    Nanoseconds p90 = 0;
    Nanoseconds p99 = 0;
    Nanoseconds max = 0;

    bool operator==(const Distribution&) const = default;
};

/// Collects samples (none negative). The first million are kept, and percentiles are exact; from then on they are
/// counted in log-linear buckets (128 per power of two), and a percentile is its bucket's middle: within 0.4 % of the
/// exact one. Count, mean and maximum are always exact. `add` takes constant time.
class Samples {
public:
    /// As many samples are kept as they are.
    static constexpr std::size_t kExact = 1'000'000;

    void add(Nanoseconds sample) {
        ++count_;
        total_ += sample;
        max_ = sample > max_ ? sample : max_;
        if (buckets_.empty()) {
            exact_.push_back(sample);
            if (exact_.size() > kExact) spill();
        } else {
            ++buckets_[bucket(sample)];
        }
    }

    /// What has been collected so far.
    [[nodiscard]] Distribution distribution() const;

    /// Samples from `low` on, below `high`.
    struct Bucket {
        Nanoseconds low = 0;
        Nanoseconds high = 0;
        std::int64_t count = 0;
    };
    /// The samples counted in buckets, eight per power of two, ascending; empty ones are left out.
    [[nodiscard]] std::vector<Bucket> histogram() const;

private:
    static std::size_t bucket(Nanoseconds sample);
    static Nanoseconds middle(std::size_t bucket);
    static Nanoseconds lowest(std::size_t bucket);
    void spill();

    std::vector<Nanoseconds> exact_;
    std::vector<std::int64_t> buckets_;  ///< empty while samples are kept exactly
    std::int64_t count_ = 0;
    Nanoseconds total_ = 0;
    Nanoseconds max_ = 0;
};

}  // namespace gilsim::analysis
