// Spread, differences and comparisons, against figures worked out by hand.

#include "analysis/compare/comparison.hpp"

#include "tests/catch.hpp"

using namespace gilsim::analysis;

namespace {

// A run of one variant.
RunSummary run(const std::string& name, gilsim::Nanoseconds makespan, std::int64_t requests = 0) {
    RunSummary run;
    run.name = name;
    run.seed = 1;
    run.makespan = makespan;
    if (requests > 0) {
        run.requests.resize(1);
        run.requests[0].name = "page";
        run.requests[0].count = requests;
        run.requests[0].latency.p50 = 1000;
        run.requests[0].latency.p99 = 2000;
    }
    return run;
}

SweepTable table(const std::vector<RunSummary>& variants) {
    ScenarioSummary summary;
    summary.title = "What changed?";
    summary.variants = variants;
    return sweep_table(summary);
}

// A sweep of one axis with these makespans per point.
SweepTable sweep(const std::vector<std::vector<double>>& makespans, std::uint64_t first_seed = 1) {
    SweepTable table;
    table.head.axes = {{"workers", false, "number", "linear"}};
    table.head.variants = {{"main", ""}};
    for (std::size_t i = 0; i < makespans.size(); ++i) {
        table.head.points.push_back({{std::to_string(i + 1), static_cast<double>(i + 1)}});
        SweepEntry& entry = table.entries.emplace_back();
        entry.point = static_cast<std::int64_t>(i);
        entry.makespans = makespans[i];
        entry.makespan = spread(makespans[i]);
        entry.planned = static_cast<std::int64_t>(makespans[i].size());
        for (std::size_t r = 0; r < makespans[i].size(); ++r) entry.seeds.push_back(first_seed + r);
    }
    return table;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("mean and confidence interval of repetitions") {
    const Spread s = spread({10, 12, 14});  // deviation 2, t(2) = 4.303
    CHECK(s.mean == Approx(12));
    CHECK(s.error == Approx(2 / std::sqrt(3.0)));
    CHECK(s.half == Approx(4.302653 * 2 / std::sqrt(3.0)).epsilon(1e-5));
    CHECK(s.half_permille() == 415);
    CHECK(spread({5}).half == 0);
    CHECK(spread({0.1, 0.1, 0.1}).half == 0);
    CHECK(spread({}).count == 0);
}

TEST_CASE("differences: what both share by their seeds cancels, otherwise Welch") {
    const std::vector<double> a{100, 200, 300}, b{101, 202, 301};
    const Spread paired = difference(a, b, true);
    CHECK(paired.mean == Approx(4.0 / 3));
    CHECK(paired.half < paired.mean * 2);
    const Spread apart = difference(a, b, false);
    CHECK(apart.mean == Approx(4.0 / 3));
    CHECK(apart.half > 200);
    // Welch by hand: variances 1 and 4 of 4 and 3 samples.
    const Spread welch = difference({1, 2, 2, 3}, {5, 7, 9}, false);
    CHECK(welch.mean == Approx(5));
    CHECK(welch.error == Approx(std::sqrt(2.0 / 3 / 4 + 4.0 / 3)));
    CHECK(welch.half == Approx(3.0).margin(1.8));
    CHECK(difference({1, 1}, {2, 2}, false).half == 0);
}

TEST_CASE("single runs: more than 3 % counts, noise is not known") {
    const RunComparison c = compare(table({run("a", 1000), run("b", 1000), run("gone", 5)}),
                                 table({run("b", 1029), run("a", 500), run("new", 7)}));
    REQUIRE(c.changes.size() == 2);
    CHECK(c.changes[0].variant == "a");
    CHECK(c.changes[0].permille == -500);
    CHECK(c.changes[0].beyond_noise);
    CHECK_FALSE(c.changes[0].noise.has_value());
    CHECK(c.changes[1].permille == 29);
    CHECK_FALSE(c.changes[1].beyond_noise);
    CHECK(c.only_in_a == std::vector<std::string>{"gone"});
    CHECK(c.only_in_b == std::vector<std::string>{"new"});
    const std::string text = comparison_text(c);
    CHECK(has(text, "1 of 2 figures changed beyond 3 %, most of all the makespan of a: 500 ns instead of 1.000 us."));
    CHECK(has(text, "Only in A: gone."));
    CHECK(has(text, "noise is not known"));
}

TEST_CASE("requests are compared by throughput and latency") {
    const RunComparison c = compare(table({run("a", 1'000'000'000, 100)}), table({run("a", 1'000'000'000, 250)}));
    REQUIRE(c.changes.size() == 4);
    CHECK(c.changes[1].metric->name == "throughput_per_s");
    CHECK(c.changes[1].permille == 1500);
    CHECK(has(comparison_text(c), "x 2.50"));
}

TEST_CASE("sweeps: a change is told from noise, points are matched by their values") {
    const SweepTable a = sweep({{100, 110, 120}, {50, 60, 70}, {10, 10, 10}});
    SweepTable b = sweep({{90, 111, 121}, {30, 40, 50}});
    b.head.points[0][0].text = "1";
    const RunComparison c = compare(a, b);
    CHECK(c.paired);
    REQUIRE(c.changes.size() == 2);
    CHECK_FALSE(c.changes[0].beyond_noise);
    CHECK(c.changes[1].beyond_noise);  // exactly -20 each: no doubt at all
    CHECK(c.changes[1].noise == 0);
    CHECK(c.changes[1].permille == -333);
    CHECK(c.only_in_a == std::vector<std::string>{"main at workers = 3"});
    // With other seeds nothing cancels, and -20 of 50 to 70 could be chance.
    const RunComparison apart = compare(a, sweep({{90, 111, 121}, {30, 40, 50}}, 7));
    CHECK_FALSE(apart.paired);
    CHECK_FALSE(apart.changes[1].beyond_noise);
    CHECK(has(comparison_text(compare(a, a)), "Nothing changed: all 3 figures are the same."));
    CHECK(has(comparison_text(compare(a, sweep({}))), "nothing in common"));
    CHECK(has(to_json(c), "\"noise_permille\": 0"));
}

TEST_CASE("what ended otherwise is told") {
    SweepTable a = sweep({{100}}), b = sweep({{100}});
    b.entries[0].ends[static_cast<std::size_t>(gilsim::trace::Outcome::out_of_memory)] = 1;
    CHECK(compare(a, b).outcomes ==
          std::vector<std::string>{"main at workers = 1: completed in A, out of memory in B"});
}
