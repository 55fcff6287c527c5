#include "analysis/evidence.hpp"

#include "analysis/text.hpp"
#include "tests/catch.hpp"

using namespace gilsim::analysis;

namespace {

Evidence held(std::int64_t permille, std::int64_t nanoseconds) {
    return {"held ", Amount{permille, percent_text}, " (p50 ", Amount{nanoseconds, duration_text}, ")"};
}

}  // namespace

TEST_CASE("evidence is a sentence, and those that say the same are told as one, with ranges") {
    const Evidence a = held(420, 3'000);
    const Evidence b = held(19, 2'000'000);
    const Evidence c = held(420, 3'000'000);
    CHECK(a.text() == "held 42 % (p50 3.000 us)");
    CHECK(Evidence::together({&a, &b}) == "held 1.9 to 42 % (p50 3.000 us to 2.000 ms)");
    CHECK(Evidence::together({&b, &c}) == "held 1.9 to 42 % (p50 2.000 to 3.000 ms)");
    CHECK(Evidence::together({&a, &c}) == "held 42 % (p50 3.000 us to 3.000 ms)");
    CHECK(a.says_what(b));
    const Evidence other{"kept ", Amount{420, percent_text}, " (p50 ", Amount{3'000, duration_text}, ")"};
    CHECK_FALSE(a.says_what(other));
    const Evidence shorter{"held ", Amount{420, percent_text}};
    CHECK_FALSE(a.says_what(shorter));
}
