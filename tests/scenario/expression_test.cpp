/// Expressions calculate with dimensions.

#include "model/scenario/expression.hpp"

#include "tests/catch.hpp"

namespace gilsim::scenario {
namespace {

std::variant<Quantity, ExpressionError> value_of(const std::string& name) {
    if (name == "work") return Quantity{1e9, 1, 0};  // 1s
    if (name == "memory") return Quantity{65536, 0, 1};
    if (name == "workers") return Quantity{3, 0, 0};
    if (name == "zero") return Quantity{0, 0, 0};
    return ExpressionError{"unknown", ""};
}

/// The result as text, or "error: ...".
std::string result(const std::string& expression) {
    const auto value = evaluate(expression, value_of);
    if (const auto* error = std::get_if<ExpressionError>(&value)) return "error: " + error->message;
    const auto text = format_quantity(std::get<Quantity>(value));
    if (const auto* error = std::get_if<ExpressionError>(&text)) return "error: " + error->message;
    return std::get<std::string>(text);
}

constexpr const char* kMixture = "error: adds or compares things of different kinds (durations, sizes, numbers)";

}  // namespace

TEST_CASE("numbers stay numbers") {
    CHECK(result("2 + 3 * 4") == "14");
    CHECK(result("(2 + 3) * 4") == "20");
    CHECK(result("7 / 2") == "3.5");
    CHECK(result("7 % 4") == "3");
    CHECK(result("2 ^ 10") == "1024");
    CHECK(result("2 ^ 3 ^ 2") == "512");
    CHECK(result("-2 ^ 2") == "-4");
    CHECK(result("10 - 4 - 3") == "3");
    CHECK(result("24 / 4 / 3") == "2");
    CHECK(result("1 + 2 < 4 && 2 * 3 >= 6 || zero") == "1");
    CHECK(result("-workers") == "-3");
    CHECK(result("workers*2") == "6");
    CHECK(result("1.5e3") == "1500");
    CHECK(result("min(3, 1, 2)") == "1");
    CHECK(result("max(3, 1, 2)") == "3");
    CHECK(result("ceil(7 / 2)") == "4");
    CHECK(result("floor(7 / 2)") == "3");
    CHECK(result("round(2.5)") == "3");
    CHECK(result("if(workers > 2, 10, 20)") == "10");
    CHECK(result("workers > 2 ? 10 : 20") == "10");
    CHECK(result("workers >= 3 && workers != 4") == "1");
    CHECK(result("if(zero == 0, 1, 1 / zero)") == "1");
}

TEST_CASE("durations and sizes keep their dimension") {
    CHECK(result("work / 4") == "250ms");
    CHECK(result("work / workers") == "333333333ns");  // to the nearest nanosecond
    CHECK(result("work * 2 + 5ms") == "2005ms");
    CHECK(result("work / 10ms") == "100");
    CHECK(result("memory / 1KiB") == "64");
    CHECK(result("memory * 2") == "128KiB");
    CHECK(result("work / memory * 1KiB") == "15625us");
    CHECK(result("min(work, 30ms)") == "30ms");
    CHECK(result("if(work > 100ms, work, 100ms)") == "1s");
    CHECK(result("ceil(work / workers)") == "333333334ns");
    CHECK(result("floor(work / 7ms)") == "142");
    CHECK(result("ceil(work / workers) * 5") == "1666666670ns");
    CHECK(result("max(0, work - 2s)") == "0");
    CHECK(result("work > 2ms && work < 5s") == "1");
    CHECK(result("if(ceil(workers / 4) > 0.9, work, 0)") == "1s");
    CHECK(result("workers > 5 ? 1ms : work") == "1s");
    CHECK(result("work + zero") == "1s");
    CHECK(result("(work ^ 0.5) ^ 2") == "1s");
    CHECK(result("-work + 2 * work") == "1s");
    CHECK(result("work % 300ms") == "100ms");
    CHECK(result("work - work") == "0");  // a zero is of any kind
    CHECK(result("if(work > 2s, 4, 0)") == "0");
    CHECK(result("floor(work / 2s)") == "0");
    CHECK(result("(work * work) ^ 0.5") == "1s");
    CHECK(result("1.5ms") == "1500us");
}

TEST_CASE("dimensions that do not fit are errors") {
    CHECK(result("work + 1") == kMixture);
    CHECK(result("3600 * work + 1") == kMixture);
    CHECK(result("work + memory") == kMixture);
    CHECK(result("work + workers") == kMixture);
    CHECK(result("work > 2") == kMixture);
    CHECK(result("5ms > 2") == kMixture);
    CHECK(result("5ms < 2") == kMixture);
    CHECK(result("work == 2") == kMixture);
    CHECK(result("min(workers, work)") == kMixture);
    CHECK(result("min(work, workers)") == kMixture);
    CHECK(result("max(workers, work)") == kMixture);
    CHECK(result("work % 2") == kMixture);
    CHECK(result("if(work > 2, 7, 8)") == kMixture);
    CHECK(result("if(work > 2, 0, 8)") == kMixture);
    CHECK(result("memory > 2") == kMixture);
    CHECK(result("work > memory") == kMixture);
    CHECK(result("ceil(work) + 1") == kMixture);
    CHECK(result("1 ^ work") == kMixture);
    CHECK(result("work ^ 0.5") == "error: the result is neither a number, nor a duration, nor a size");
    CHECK(result("work * work") == "error: the result is neither a number, nor a duration, nor a size");
    CHECK(result("1 / work") == "error: the result is neither a number, nor a duration, nor a size");
}

TEST_CASE("broken expressions are errors") {
    CHECK(result("1 / zero") == "error: the result is not finite: a division by zero, or a number too large");
    CHECK(result("1 % zero") == "error: the result is not finite: a division by zero, or a number too large");
    CHECK(result("10 ^ 400") == "error: the result is not finite: a division by zero, or a number too large");
    CHECK(result("work * 10 ^ 12") == "error: the result is too large");
    CHECK(result("") == "error: the expression is empty");
    CHECK(result("work *") == "error: the expression ends too early");
    CHECK(result("(work") == "error: the expression lacks a ')'");
    CHECK(result("work)") == "error: the expression has a parenthesis where none belongs");
    CHECK(result("work workers") == "error: the expression has a value where an operator belongs");
    CHECK(result("1, 2") == "error: the expression has a ',' outside of a function's arguments");
    CHECK(result("if(1)") == "error: the expression gives a function too few arguments");
    CHECK(result("ceil(1, 2)") == "error: the expression gives a function too many arguments");
    CHECK(result("sin(1)") == "error: there is no function 'sin'");
    CHECK(result("5parsec") == "error: '5parsec' is neither a number nor a quantity with a unit");
    CHECK(result("work = 1") == "error: '=' does not belong into an expression");
    CHECK(result("\"text\"") == "error: '\"' does not belong into an expression");
    CHECK(result(std::string(2000, '(')) == "error: an expression of more than 1000 characters");
    CHECK(result(std::string(900, '(') + "1" + std::string(90, ')')) == "error: the expression lacks a ')'");
    CHECK(result(std::string(999, '-')).rfind("error: ", 0) == 0);
}

TEST_CASE("mentions are the names, without functions and units") {
    const auto found = mentions("min(a, b2) + 5ms * a");
    REQUIRE(found.size() == 3);
    CHECK(found[0].name == "a");
    CHECK(found[0].offset == 4);
    CHECK(found[1].name == "b2");
    CHECK(found[2].name == "a");
}

}  // namespace gilsim::scenario
