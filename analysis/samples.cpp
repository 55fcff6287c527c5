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

Nanoseconds Samples::lowest(std::size_t bucket) {
    constexpr std::size_t first = std::size_t{2} << kPrecision;  // below: buckets of one value
    if (bucket < first) return static_cast<Nanoseconds>(bucket);
    const std::size_t shift = (bucket >> kPrecision) - 1;
    return static_cast<Nanoseconds>((bucket - (shift << kPrecision)) << shift);
}

Nanoseconds Samples::middle(std::size_t bucket) {
    return lowest(bucket) + (lowest(bucket + 1) - lowest(bucket)) / 2;
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

std::vector<Samples::Bucket> Samples::histogram() const {
    constexpr std::size_t kMerged = 16;  // 128 per power of two become 8
    std::vector<std::int64_t> counts(kBuckets / kMerged + 1);
    for (const Nanoseconds sample : exact_) ++counts[bucket(sample) / kMerged];
    for (std::size_t i = 0; i < buckets_.size(); ++i) counts[i / kMerged] += buckets_[i];
    std::vector<Bucket> result;
    for (std::size_t i = 0; i < counts.size(); ++i) {
        if (counts[i] > 0) result.push_back({lowest(i * kMerged), lowest((i + 1) * kMerged), counts[i]});
    }
    return result;
}

}  // namespace gilsim::analysis
