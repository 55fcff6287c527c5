/// Free inputs: found where they are known, refused where they cannot be.

#include "analysis/records/fit.hpp"

#include "tests/truth/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// A program that computes for x, and one that computes three times as long: 10 ms measured say x = 10 ms, nearly.
std::string record(const std::string& fit_on, const std::string& more = "") {
    return R"({record: 1, name: r, profiles: {machine: laptop-2},
        scenario: {text: '{gilsim: 1, title: t, interpreter: cpython-3.11, parameters: {work: 1ms},
                           programs: {p: [{compute: "${work}"}]}, threads: {main: p}}'},
        free: {x: {unit: ms, least: 1, most: 1000})" +
           more + R"(}, fit_on: )" + fit_on + R"(, set: {parameters.work: x * times}, figures: {end: makespan_ns},
        outputs: {wall: {unit: ms, kind: makespan, predicted_by: end}},
        cells: [{name: once, given: {times: 1}, repetitions: [{outputs: {wall: 10}}]},
                {name: thrice, given: {times: 3}, repetitions: [{outputs: {wall: 30}}]}]})";
}

}  // namespace

TEST_CASE("a free input is found on one cell and predicts the other") {
    PredictionOptions with = options();
    const Record found = loaded(load_record_text(record("[once]"), "r"));
    with.fitted = fit(found, with);
    CHECK(with.fitted.at("x") == Approx(10).epsilon(0.02));
    const Validation validation = validate(found, with);
    REQUIRE(validation.comparisons.size() == 2);
    CHECK(validation.comparisons[0].fitted);
    CHECK_FALSE(validation.comparisons[1].fitted);
    CHECK(validation.comparisons[1].predicted == Approx(30).epsilon(0.02));
    CHECK(summarize({validation}).size() == 1);  // what was fitted does not count
}

TEST_CASE("more free inputs than figures are no fit") {
    const std::string text = record("[once]", ", y: {unit: ms, least: 1, most: 2}");
    CHECK_THROWS_AS(fit(loaded(load_record_text(text, "r")), options()), PredictionError);
    CHECK_THROWS_AS(fit(loaded(load_record_text(record("[]"), "r")), options()), PredictionError);
}
