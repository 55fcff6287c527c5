/// The arithmetic of errors, against figures worked out by hand.

#include "analysis/records/statistics.hpp"

#include "tests/catch.hpp"

using namespace gilsim::analysis;

TEST_CASE("median") {
    CHECK(median({3}) == 3);
    CHECK(median({4, 1}) == 2.5);
    CHECK(median({9, 1, 5}) == 5);
}

TEST_CASE("the interval of the median is made of order statistics") {
    const auto upto = [](int n) {
        std::vector<double> values;
        for (int i = n; i >= 1; --i) values.push_back(i);
        return median_interval(values);
    };
    CHECK(upto(1).low == 1);
    CHECK(upto(1).high == 1);
    CHECK(upto(3).low == 1);
    CHECK(upto(3).confidence == Approx(0.75));
    CHECK(upto(5).high == 5);
    CHECK(upto(5).confidence == Approx(0.9375));
    CHECK(upto(6).low == 1);  // 96.875 %, the next pair would hold 78 %
    CHECK(upto(6).confidence == Approx(0.96875));
    CHECK(upto(9).low == 2);  // 1 - 2 (1 + 9) / 512
    CHECK(upto(9).high == 8);
    CHECK(upto(9).confidence == Approx(0.9609375));
    CHECK(upto(20).low == 6);  // tables: 6th and 15th, 95.86 %
    CHECK(upto(20).high == 15);
    CHECK(upto(20).confidence == Approx(0.9586).margin(0.0001));
}

TEST_CASE("errors are distances to the interval, of ratios within each repetition") {
    const std::vector<double> measured{100, 110, 120, 130, 140};
    const auto all = [&](double p) { return std::vector<double>(5, p); };
    CHECK(error_of(measured, all(125), ErrorMeasure::relative).beyond == 0);
    CHECK(error_of(measured, all(125), ErrorMeasure::relative).raw == Approx(5.0 / 120));
    CHECK(error_of(measured, all(90), ErrorMeasure::relative).beyond == Approx(10.0 / 120));
    CHECK(error_of(measured, all(150), ErrorMeasure::relative).beyond == Approx(10.0 / 120));
    CHECK(error_of(measured, all(50), ErrorMeasure::factor).beyond == Approx(1.0));   // half of the least
    CHECK(error_of(measured, all(280), ErrorMeasure::factor).beyond == Approx(1.0));  // twice the greatest
    CHECK(error_of(measured, all(60), ErrorMeasure::factor).raw == Approx(1.0));
    // A machine that is slower in some repetitions, and a model that knows it: no error.
    const Error paired = error_of({100, 170, 100, 170}, {100, 170, 100, 170}, ErrorMeasure::relative);
    CHECK(paired.beyond == 0);
    CHECK(paired.raw == 0);
    // Shares differ by points.
    CHECK(error_of({0.5, 0.6, 0.7}, {0.3, 0.3, 0.3}, ErrorMeasure::absolute).beyond == Approx(0.2));
    CHECK(error_of({0.5, 0.6, 0.7}, {0.3, 0.3, 0.3}, ErrorMeasure::absolute).raw == Approx(0.3));
}

TEST_CASE("errors where nothing happened, or nothing was predicted") {
    CHECK(error_of({0, 0, 0}, {0, 0, 0}, ErrorMeasure::relative).raw == 0);
    CHECK(error_of({4, 5, 6}, {0, 0, 0}, ErrorMeasure::relative).beyond == Approx(0.8));
    CHECK(error_of({4, 5, 6}, {0, 0, 0}, ErrorMeasure::relative).raw == Approx(1));
    CHECK(error_of({4, 5, 6}, {0, 0, 0}, ErrorMeasure::factor).raw > 1e300);
    CHECK(error_of({0, 0, 0}, {1, 1, 1}, ErrorMeasure::relative).raw > 1e300);
}

TEST_CASE("by what factor a prediction is wrong") {
    const std::vector<double> measured{110, 120, 140};
    const auto all = [](double p) { return std::vector<double>(3, p); };
    CHECK(error_of(measured, all(120), ErrorMeasure::relative).factor == 1);
    CHECK(error_of(measured, all(55), ErrorMeasure::relative).factor == Approx(2));   // half of the least
    CHECK(error_of(measured, all(420), ErrorMeasure::relative).factor == Approx(3));  // three times the greatest
    CHECK(error_of(measured, all(420), ErrorMeasure::absolute).factor == 1);
}
