#include "analysis/samples.hpp"

#include <algorithm>
#include <bit>

namespace gilsim::analysis {
namespace {

constexpr unsigned kPrecision = 7;  // 2^7 buckets per power of two
constexpr std::size_t kBuckets = (64 - kPrecision) << kPrecision;

// The 1-based rank of the p-th percentile among `count` samples.
std::int64_t rank_of(int percent, std::int64_t count) {
    return count / 100 * percent + (count % 100 * percent + 99) / 100;
}

}  // namespace

std::size_t Samples::bucket(Nanoseconds sample) {
    const auto value = static_cast<std::uint64_t>(sample);
    const unsigned width = static_cast<unsigned>(std::bit_width(value));
    const unsigned shift = width > kPrecision + 1 ? width - (kPrecision + 1) : 0;
    return (std::size_t{shift} << kPrecision) + (value >> shift);
}

Nanoseconds Samples::middle(std::size_t bucket) {
    constexpr std::size_t first = std::size_t{2} << kPrecision;  // below: buckets of one value
    if (bucket < first) return static_cast<Nanoseconds>(bucket);
    const std::size_t shift = (bucket >> kPrecision) - 1;
    const auto lowest = static_cast<Nanoseconds>((bucket - (shift << kPrecision)) << shift);
    return lowest + (Nanoseconds{1} << shift) / 2;
}

void Samples::spill() {
    buckets_.assign(kBuckets, 0);
    for (const Nanoseconds sample : exact_) ++buckets_[bucket(sample)];
    exact_ = {};
}

Distribution Samples::distribution() const {
    if (count_ == 0) return {};
    Distribution result{.count = count_, .mean = total_ / count_, .max = max_};
    std::vector<Nanoseconds> sorted = exact_;
    std::sort(sorted.begin(), sorted.end());
    const auto percentile = [&](int percent) {
        std::int64_t rank = rank_of(percent, count_);
        if (buckets_.empty()) return sorted[static_cast<std::size_t>(rank - 1)];
        std::size_t bucket = 0;
        while ((rank -= buckets_[bucket]) > 0) ++bucket;
        return std::min(middle(bucket), max_);
    };
    result.p50 = percentile(50);
    result.p90 = percentile(90);
    result.p99 = percentile(99);
    return result;
}

}  // namespace gilsim::analysis
