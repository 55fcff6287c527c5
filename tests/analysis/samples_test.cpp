#include "analysis/samples.hpp"

#include <algorithm>
#include <cstdlib>

#include "tests/catch.hpp"

using gilsim::analysis::Distribution;
using gilsim::analysis::Samples;

TEST_CASE("no samples: a distribution of zeros") {
    CHECK(Samples().distribution() == Distribution{});
}

TEST_CASE("percentiles are nearest rank, exact for up to a million samples") {
    Samples samples;
    SECTION("one sample is every percentile") {
        samples.add(7);
        CHECK(samples.distribution() == Distribution{1, 7, 7, 7, 7, 7});
    }
    SECTION("1 to 100, in any order") {
        for (int i = 0; i < 100; ++i) samples.add(i * 37 % 100 + 1);
        CHECK(samples.distribution() == Distribution{100, 50, 50, 90, 99, 100});
    }
    SECTION("1 to 10: p99 is the tenth") {
        for (int i = 1; i <= 10; ++i) samples.add(i);
        CHECK(samples.distribution() == Distribution{10, 5, 5, 9, 10, 10});
    }
    SECTION("1 to 101: p50 is the 51st") {
        for (int i = 1; i <= 101; ++i) samples.add(i);
        CHECK(samples.distribution() == Distribution{101, 51, 51, 91, 100, 101});
    }
}

TEST_CASE("beyond a million samples percentiles stay within 0.4 %, the rest stays exact") {
    Samples samples;
    constexpr std::int64_t n = 2'000'000;
    for (std::int64_t i = 1; i <= n; ++i) samples.add(i * 1'000'003 % n * 1000);  // each multiple of 1000 once
    const Distribution d = samples.distribution();
    const auto within = [](std::int64_t value, std::int64_t exact) {
        return std::abs(value - exact) * 1000 <= exact * 4;
    };
    CHECK(d.count == n);
    CHECK(d.mean == (n - 1) * 500);
    CHECK(d.max == (n - 1) * 1000);
    CHECK(within(d.p50, n / 2 * 1000));
    CHECK(within(d.p90, n / 10 * 9 * 1000));
    CHECK(within(d.p99, n / 100 * 99 * 1000));
}

TEST_CASE("small and huge samples survive the buckets") {
    Samples samples;
    for (std::size_t i = 0; i <= Samples::kExact; ++i) samples.add(static_cast<std::int64_t>(i % 256));
    CHECK(samples.distribution().p50 == 127);
    CHECK(samples.distribution().max == 255);
    for (std::size_t i = 0; i <= 9 * Samples::kExact; ++i) samples.add(INT64_MAX >> 24);
    CHECK(samples.distribution().p50 <= INT64_MAX >> 24);
    CHECK(samples.distribution().p50 > (INT64_MAX >> 24) / 1000 * 996);
}
