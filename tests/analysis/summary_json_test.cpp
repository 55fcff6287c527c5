#include "analysis/summary_json.hpp"

#include "tests/analysis/golden.hpp"
#include "tests/analysis/stream.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// A run with one of everything.
ScenarioSummary sample() {
    Stream s(1);
    const int p = s.process(0, "main");
    s.directory.interpreters.push_back({"main", p, "timed"});
    s.directory.labels = {"compute"};
    s.directory.requests = {"page"};
    s.directory.locks = {{"table", p}};
    s.directory.counters = {{"rss", "bytes", p}};
    const int a = s.thread(0, "worker-1", p, ThreadState::runnable);
    s.core(1000, 0, -1, a);
    s.state(1000, a, ThreadState::bytecode);
    s.send(EventKind::gil_acquire, 1000, a, 0, -1);
    s.send(EventKind::request_begin, 1000, a, 0, 0);
    s.send(EventKind::op_begin, 1000, a, 0);
    s.send(EventKind::lock_acquire, 1500, a, 0);
    s.send(EventKind::lock_release, 1600, a, 0);
    s.send(EventKind::counter, 1700, -1, 0, 4096);
    s.send(EventKind::op_end, 5'000'000, a, 0);
    s.send(EventKind::request_end, 5'000'000, a, 0, 0);
    RunSummary run = s.finish(6'000'000, Outcome::deadlock);
    run.deadlock = {"worker-1 waits for lock table, held by \"nobody\""};
    return {"hand.yaml", "Does it work? Yes: \xc3\xa4", {run}};
}

}  // namespace

TEST_CASE("summary.json: the exact text") {
    gilsim::testing::check_golden("tests/analysis/summary.expected.json", to_json(sample()));
}

TEST_CASE("summary.json: read back, it is the same") {
    const ScenarioSummary summary = sample();
    CHECK(scenario_summary_from_json(to_json(summary)) == summary);
    CHECK(run_summary_from_json(to_json(summary.variants.front())) == summary.variants.front());
    CHECK(to_json(summary.variants.front()).find('\n') == std::string::npos);
}

TEST_CASE("texts that are no summary are refused") {
    CHECK_THROWS_AS(scenario_summary_from_json(""), SummaryError);
    CHECK_THROWS_AS(scenario_summary_from_json("[]"), SummaryError);
    CHECK_THROWS_AS(scenario_summary_from_json("{\"schema\": 2}"), SummaryError);
    CHECK_THROWS_AS(scenario_summary_from_json(R"({"schema":1,"scenario":"a","title":"b","variants":{}})"),
                    SummaryError);
    std::string text = to_json(sample());
    text.replace(text.find("\"deadlock\""), 10, "\"exploded\"");
    CHECK_THROWS_AS(scenario_summary_from_json(text), SummaryError);
}

TEST_CASE("docs/outputs.md has the reference of summary.json as the program knows it") {
    const std::string begin = "<!-- generated: summary -->\n";
    const std::string end = "<!-- end -->";
    const std::string file = "docs/outputs.md";
    const std::string text = gilsim::testing::content(std::string(GILSIM_SOURCE_DIR) + "/" + file);
    const auto from = text.find(begin);
    REQUIRE(from != std::string::npos);
    const auto to = text.find(end, from);
    REQUIRE(to != std::string::npos);
    const auto start = from + begin.size();
    gilsim::testing::check_golden(file, text.substr(0, start) + "\n" + summary_reference() + "\n" + text.substr(to));
}
