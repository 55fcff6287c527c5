#include "analysis/text.hpp"

#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;

TEST_CASE("durations have four significant digits") {
    CHECK(duration_text(0) == "0 ns");
    CHECK(duration_text(999) == "999 ns");
    CHECK(duration_text(3'200) == "3.200 us");
    CHECK(duration_text(512'440'000) == "512.4 ms");
    CHECK(duration_text(1'003'000'000) == "1.003 s");
    CHECK(duration_text(999'999'999) == "1.000 s");
    CHECK(duration_text(35 * kSecond) == "35.00 s");
    CHECK(duration_text(100'000 * kSecond) == "100000 s");
}

TEST_CASE("permille round to the nearest and do not overflow") {
    CHECK(permille(1, 2) == 500);
    CHECK(permille(1, 3) == 333);
    CHECK(permille(2, 3) == 667);
    CHECK(permille(5, 0) == 0);
    CHECK(permille(INT64_MAX, INT64_MAX) == 1000);
    CHECK(permille(INT64_MAX / 4, INT64_MAX) == 250);
}

TEST_CASE("percent, factors, counts") {
    CHECK(percent_text(0) == "0 %");
    CHECK(percent_text(4) == "0.4 %");
    CHECK(percent_text(99) == "9.9 %");
    CHECK(percent_text(494) == "49 %");
    CHECK(percent_text(1000) == "100 %");
    CHECK(factor_text(1953) == "1.95");
    CHECK(factor_text(996) == "1.00");
    CHECK(factor_text(77) == "0.077");
    CHECK(count_text(1, "core") == "1 core");
    CHECK(count_text(2, "core") == "2 cores");
}
