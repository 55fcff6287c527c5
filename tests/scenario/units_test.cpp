/// Durations, sizes and decimal numbers are read exactly, or not at all.

#include "model/scenario/units.hpp"

#include "tests/catch.hpp"

namespace gilsim::scenario {
namespace {

std::int64_t time(const char* text) {
    const auto value = parse_duration(text);
    INFO(text);
    REQUIRE(std::holds_alternative<Nanoseconds>(value));
    return std::get<Nanoseconds>(value);
}

std::int64_t bytes(const char* text) {
    const auto value = parse_size(text);
    INFO(text);
    REQUIRE(std::holds_alternative<Bytes>(value));
    return std::get<Bytes>(value);
}

std::string complaint(const std::variant<std::int64_t, UnitError>& value) {
    REQUIRE(std::holds_alternative<UnitError>(value));
    const UnitError& error = std::get<UnitError>(value);
    return error.message + (error.hint.empty() ? "" : " (" + error.hint + ")");
}

}  // namespace

TEST_CASE("durations are exact") {
    CHECK(time("0ns") == 0);
    CHECK(time("5ns") == 5);
    CHECK(time("5us") == 5'000);
    CHECK(time("5ms") == 5'000'000);
    CHECK(time("5s") == 5'000'000'000);
    CHECK(time("5min") == 300'000'000'000);
    CHECK(time("5h") == 18'000'000'000'000);
    CHECK(time("1.5ms") == 1'500'000);
    CHECK(time("0.000001ms") == 1);
    CHECK(time(".5us") == 500);
    CHECK(time("1.500us") == 1'500);
    CHECK(time("+2ms") == 2'000'000);
    CHECK(time("-2ms") == -2'000'000);
    CHECK(time("0.1s") == 100'000'000);                          // a double would do, but only just
    CHECK(time("9007199254740993ns") == 9'007'199'254'740'993);  // a double would not: 2^53 + 1
    CHECK(time("9223372036854775807ns") == INT64_MAX);
    CHECK(time("9223372036.854775807s") == INT64_MAX);
    CHECK(time("0.0000000000025h") == 9);
}

TEST_CASE("durations that are none say why") {
    CHECK(complaint(parse_duration("5")) ==
          "a duration needs a unit (ns, us, ms, s, min, h), and '5' has none (did you mean '5ms'?)");
    CHECK(complaint(parse_duration("5sec")) ==
          "'5sec' is not a duration: its unit is none of ns, us, ms, s, min, h (did you mean '5s'?)");
    CHECK(complaint(parse_duration("5 ms")) == "'5 ms' has a space between number and unit (did you mean '5ms'?)");
    CHECK(complaint(parse_duration("")) == "'' is not a duration (a number and a unit, as in 5ms)");
    CHECK(complaint(parse_duration("ms")) == "'ms' is not a duration (a number and a unit, as in 5ms)");
    CHECK(complaint(parse_duration("0.5ns")) == "'0.5ns' is not a whole number of nanoseconds");
    CHECK(complaint(parse_duration("1.0000000000000000001s")) ==
          "'1.0000000000000000001s' is not a whole number of nanoseconds");
    CHECK(complaint(parse_duration("9223372036854775808ns")) == "'9223372036854775808ns' is too large");
    CHECK(complaint(parse_duration("9223372036.854775808s")) == "'9223372036.854775808s' is too large");
    CHECK(complaint(parse_duration("99999999999h")) == "'99999999999h' is too large");
    CHECK(complaint(parse_duration("1e3ms")).find("is not a duration") != std::string::npos);
}

TEST_CASE("sizes are exact") {
    CHECK(bytes("7B") == 7);
    CHECK(bytes("7KB") == 7'000);
    CHECK(bytes("7KiB") == 7'168);
    CHECK(bytes("7MB") == 7'000'000);
    CHECK(bytes("7MiB") == 7'340'032);
    CHECK(bytes("7GB") == 7'000'000'000);
    CHECK(bytes("7GiB") == 7'516'192'768);
    CHECK(bytes("0.5KiB") == 512);
    CHECK(bytes("0.25KiB") == 256);
    CHECK(bytes("1.5GB") == 1'500'000'000);
    CHECK(complaint(parse_size("0.3KiB")) == "'0.3KiB' is not a whole number of bytes");
    CHECK(complaint(parse_size("64")) ==
          "a size needs a unit (B, KB, KiB, MB, MiB, GB, GiB), and '64' has none (did you mean '64MiB'?)");
    CHECK(complaint(parse_size("64kib")) ==
          "'64kib' is not a size: its unit is none of B, KB, KiB, MB, MiB, GB, GiB (did you mean '64KiB'?)");
}

TEST_CASE("decimal numbers are exact thousandths") {
    CHECK(std::get<std::int64_t>(parse_decimal("0.6", 1000)) == 600);
    CHECK(std::get<std::int64_t>(parse_decimal("1", 1000)) == 1000);
    CHECK(std::get<std::int64_t>(parse_decimal("2.125", 1000)) == 2125);
    CHECK(complaint(parse_decimal("0.0001", 1000)) == "'0.0001' is not a whole number of 1/1000");
    CHECK(complaint(parse_decimal("1x", 1000)) == "'1x' is not a decimal number");
    CHECK(format_permille(600) == "0.6");
    CHECK(format_permille(1000) == "1");
    CHECK(format_permille(2125) == "2.125");
}

TEST_CASE("what is written reads back") {
    for (const std::int64_t value :
         {0LL, 1LL, 999LL, 1'000LL, 1'500LL, 60'000'000'000LL, 3'600'000'000'000LL, 86'400'000'000'001LL}) {
        CHECK(std::get<Nanoseconds>(parse_duration(format_duration(value))) == value);
        CHECK(std::get<Bytes>(parse_size(format_size(value))) == value);
    }
    CHECK(format_duration(4'000'000) == "4ms");
    CHECK(format_duration(1'500) == "1500ns");
    CHECK(format_duration(0) == "0ns");
    CHECK(format_size(8LL << 30) == "8GiB");
    CHECK(format_size(1'000) == "1000B");
}

}  // namespace gilsim::scenario
