/// The random streams: the published generators, one stream per purpose.

#include <vector>

#include "model/engine/random.hpp"
#include "tests/catch.hpp"

using gilsim::engine::Random;

TEST_CASE("xoshiro256** seeded through splitmix64, as another implementation computes it", "[random]") {
    Random sleep(1, "sleep");
    CHECK(sleep.bits() == 14199221113345661146ULL);
    CHECK(sleep.bits() == 12740580292831162992ULL);
    CHECK(sleep.bits() == 9980810897173635304ULL);
    Random nameless(7, "");
    CHECK(nameless.bits() == 16517357318857346100ULL);
    CHECK(nameless.bits() == 14167071023855853456ULL);
}

TEST_CASE("streams depend on the seed and on the purpose, and on nothing else", "[random]") {
    const auto first = [](std::uint64_t seed, const char* purpose) { return Random(seed, purpose).bits(); };
    CHECK(first(1, "io") == first(1, "io"));
    CHECK(first(1, "io") != first(2, "io"));
    CHECK(first(1, "io") != first(1, "oi"));
}

TEST_CASE("uniform: both ends are reached, nothing beyond, also over the whole range", "[random]") {
    Random random(3, "uniform");
    std::vector<int> seen(5);
    for (int i = 0; i < 1000; ++i) ++seen.at(static_cast<std::size_t>(random.uniform(-2, 2) + 2));
    for (const int count : seen) CHECK(count > 150);
    CHECK(random.uniform(9, 9) == 9);
    random.uniform(INT64_MIN, INT64_MAX);
}

TEST_CASE("exponential and log-normal keep the parameters that name them", "[random]") {
    Random random(4, "distributions");
    constexpr int n = 100'000;
    std::int64_t sum = 0;
    int below = 0;
    int beyond = 0;
    for (int i = 0; i < n; ++i) {
        sum += random.exponential(1'000'000);
        const auto x = random.lognormal(2'000'000, 9'000'000);
        below += x < 2'000'000 ? 1 : 0;
        beyond += x > 9'000'000 ? 1 : 0;
    }
    CHECK(std::abs(sum / n - 1'000'000) < 10'000);  // three standard errors
    CHECK(std::abs(below - n / 2) < 500);
    CHECK(std::abs(beyond - n / 100) < 100);
    CHECK(random.exponential(0) == 0);
    CHECK(random.lognormal(5, 5) == 5);
}
