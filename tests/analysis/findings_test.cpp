// Findings: each rule on a run that it is about, with its cure simulated, and none on a clean run.

#include "analysis/findings/finding.hpp"
#include "analysis/run_scenario.hpp"
#include "analysis/trace/reader.hpp"
#include "model/scenario/load.hpp"
#include "model/scenario/resolved.hpp"
#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

using namespace gilsim;
using namespace gilsim::analysis;

namespace {

// The findings on a scenario's only variant, with what was simulated for them.
std::vector<Finding> found_in(const std::string& yaml, bool trials = true) {
    const auto loaded = scenario::load_text(yaml, "test.yaml", "", {}, {std::string(GILSIM_SOURCE_DIR) + "/configs"});
    REQUIRE(loaded.scenario);
    const test::Folder folder;
    RunOptions options;
    options.trace.level = trace::TraceLevel::full;
    options.folder = folder.path();
    const ScenarioRun run = run_scenario(*loaded.scenario, options);
    REQUIRE(run.traces.size() == 1);
    TraceReader reader(run.traces[0].file);
    RunAnalysis analysis(reader.directory());
    reader.read(analysis);
    std::vector<Finding> found = find(analysis);
    if (trials) {
        for (Finding& f : found) try_changes(f, analysis, scenario::to_json(loaded.scenario->variants[0]).dump());
    }
    return found;
}

std::vector<std::string> ids(const std::vector<Finding>& found) {
    std::vector<std::string> list;
    for (const Finding& f : found) list.push_back(f.id);
    return list;
}

using Ids = std::vector<std::string>;
const std::string kHead = "gilsim: 1\nmachine: laptop-2\ninterpreter: cpython-3.11\n";  // NOLINT: cannot throw

}  // namespace

TEST_CASE("collections that stop a program are told with the longest, and rarer ones are simulated") {
    const auto found = found_in(kHead + R"(
programs: {fill: [{allocate: {objects: 400000, size: 40B, values: [28B], into: kept}}]}
threads: {main: fill}
)");
    REQUIRE(ids(found) == Ids{"collector"});
    CHECK_THAT(found[0].evidence, Catch::Contains("570 collections take") && Catch::Contains("The longest, by main"));
    REQUIRE(found[0].trials.size() == 2);
    CHECK(found[0].trials[0].what == "gc.disable()");
    CHECK(found[0].trials[0].gain > 2000);
    CHECK(found[0].trials[1].gain > 1500);
}

TEST_CASE("a convoy is named with its victim, its holder and its cure, and the cure is simulated") {
    const auto found = found_in(kHead + R"(
programs:
  crunch: [{compute: {work: 400ms, label: crunch}}]
  serve: [{repeat: {times: 40, do: [{request: {name: echo, do: [{io: 2ms}, {compute: {work: 100us, label: answer}}]}}]}}]
threads: {server: {run: serve}, cruncher: {run: crunch}}
)");
    REQUIRE(ids(found) == Ids{"convoy"});
    CHECK(found[0].title == "A convoy: server waits for cruncher each time it wants the GIL");
    CHECK_THAT(found[0].evidence, Catch::Contains("server took the GIL 40 times after a wait of 5.") &&
                                      Catch::Contains("cruncher in `crunch`") && Catch::Contains("patience ran out"));
    REQUIRE(found[0].trials.size() == 2);
    CHECK(found[0].trials[0].what == "run cruncher as processes");
    CHECK(found[0].trials[0].gain > 2500);
    CHECK(found[0].trials[1].what == "a switch interval of 500.0 us");
    CHECK(found[0].trials[1].gain > 2000);
    CHECK_THAT(found[0].trials[0].result, Catch::Contains("latency of `echo` p50 7."));
    CHECK_THAT(told(found[0]), Catch::Contains("  Simulated: run cruncher as processes: "));
}

TEST_CASE("C code that holds the GIL is named, and releasing it is simulated") {
    const auto found = found_in(R"(
gilsim: 1
machine: {base: laptop-2, cores: 4}
interpreter: cpython-3.11
programs:
  work: [{repeat: {times: 10, do: [{native: {work: 8ms, label: resize}}, {compute: 500us}]}}]
threads: {worker: {count: 3, run: work}}
)");
    REQUIRE(ids(found) == Ids{"native_holds_gil"});
    CHECK_THAT(found[0].evidence, Catch::Contains("while worker was in `resize`"));
    REQUIRE(found[0].trials.size() == 2);
    for (const Trial& trial : found[0].trials) CHECK(trial.gain > 2000);
}

TEST_CASE("bytecode in several threads is bound by the GIL, and processes are simulated") {
    const auto found =
        found_in(kHead + "programs: {work: [{compute: 200ms}]}\nthreads: {worker: {count: 2, run: work}}\n");
    REQUIRE(ids(found) == Ids{"gil_bound"});
    REQUIRE(found[0].trials.size() == 1);
    CHECK(found[0].trials[0].gain > 1800);
}

TEST_CASE("a lock held during io is named with what its holder does, and its bound is simulated") {
    const auto found = found_in(kHead + R"(
objects: {table: lock}
programs:
  work: [{repeat: {times: 10, do: [{with: {lock: table, do: [{io: {time: 4ms, label: query}}]}}, {compute: 100us}]}}]
threads: {worker: {count: 3, run: work}}
)");
    REQUIRE(ids(found) == Ids{"lock_bound"});
    CHECK_THAT(found[0].evidence, Catch::Contains("lock `table`") && Catch::Contains("`query` (waits for a device"));
    REQUIRE(found[0].trials.size() == 1);
    CHECK(found[0].trials[0].gain > 2000);
}

TEST_CASE("more processes than cores need cores") {
    const auto found =
        found_in(kHead + "programs: {work: [{compute: 100ms}]}\nprocesses: {worker: {count: 8, run: work}}\n");
    REQUIRE(ids(found) == Ids{"core_bound"});
    REQUIRE(found[0].trials.size() == 1);
    CHECK(found[0].trials[0].what == "4 cores");
    CHECK(found[0].trials[0].gain > 1500);
}

TEST_CASE("a deadlock is told by who waits for what") {
    const auto found = found_in(kHead + R"(
objects: {a: lock, b: lock}
programs:
  ab: [{with: {lock: a, do: [{io: 1ms}, {with: {lock: b, do: [{compute: 1ms}]}}]}}]
  ba: [{with: {lock: b, do: [{io: 1ms}, {with: {lock: a, do: [{compute: 1ms}]}}]}}]
threads: {left: {run: ab}, right: {run: ba}}
)");
    REQUIRE(!found.empty());
    CHECK(found[0].id == "deadlock");
    CHECK_THAT(found[0].evidence, Catch::Contains("for lock `a`") || Catch::Contains("for lock `b`"));
}

TEST_CASE("a change that mends a bad end is not told by its speed") {
    const auto found = found_in(kHead + R"(
objects: {a: lock, b: lock}
programs:
  ab:
    - repeat: {times: 20, do: [{request: {name: page, do: [{with: {lock: a, do: [{io: 4ms}]}}]}}, {compute: 100us}]}
    - with: {lock: a, do: [{io: 9ms}, {with: {lock: b, do: [{compute: 1ms}]}}]}
  ba:
    - repeat: {times: 20, do: [{request: {name: page, do: [{with: {lock: a, do: [{io: 4ms}]}}]}}, {compute: 100us}]}
    - with: {lock: b, do: [{io: 9ms}, {with: {lock: a, do: [{compute: 1ms}]}}]}
threads: {left: {run: ab}, right: {run: ba}}
)");
    REQUIRE(ids(found) == Ids{"deadlock", "lock_bound"});
    REQUIRE(found[1].trials.size() == 1);
    CHECK_THAT(found[1].trials[0].result, Catch::StartsWith("no deadlock any more (ends after "));
    CHECK(found[1].trials[0].gain == 0);
}

TEST_CASE("a clean program gets no finding") {
    CHECK(found_in(kHead + "programs: {work: [{compute: 200ms}]}\nthreads: {main: {run: work}}\n").empty());
    CHECK(
        found_in(kHead + "programs: {work: [{compute: 200ms}]}\nprocesses: {worker: {count: 2, run: work}}\n").empty());
    CHECK(found_in(kHead + "programs: {work: [{io: 20ms}, {compute: 1ms}]}\nthreads: {worker: {count: 4, run: work}}\n")
              .empty());
}

TEST_CASE("changes apply where they mean something, and only there") {
    const auto scenario = [] {
        return Json::parse(R"({"machine": {"cores": 2}, "interpreter": {}, "objects": {"t": "lock"},
            "programs": {"a": [{"native": "5ms"}, {"repeat": {"do": [{"native": {"work": "1ms", "label": "x"}}]}}],
                         "b": [{"run": "c"}], "c": [{"with": {"lock": "t", "do": [{"sleep": "1ms"}]}}, {"lock": "t"}]},
            "threads": {"w": {"run": "a"}, "v": "b", "main": "a"}})");
    };
    Json s = scenario();
    CHECK(release_gil("native").apply(s));
    CHECK(s["programs"]["a"][0] == Json({{"native", {{"work", "5ms"}, {"gil", "release"}}}}));
    CHECK(release_gil("x").apply(s));
    CHECK(s["programs"]["a"][1]["repeat"]["do"][0]["native"]["gil"] == "release");
    CHECK(!release_gil("x").apply(s));
    CHECK(!release_gil("y").apply(s));
    s = scenario();
    CHECK(use_processes("w").apply(s));
    CHECK(s["processes"] == Json({{"w", {{"run", "a"}}}}));
    CHECK(!s["threads"].contains("w"));
    CHECK(!use_processes("v").apply(s));  // its program runs one that takes a lock
    CHECK(!use_processes("main").apply(s));
    CHECK(!use_processes("nobody").apply(s));
    CHECK(without_lock("t").apply(s));
    CHECK(s["programs"]["c"] == Json::parse(R"([{"sleep": "1ms"}])"));
    CHECK(!without_lock("t").apply(s));
    CHECK(more_cores(8).apply(s));
    CHECK(s["machine"]["cores"] == 8);
    CHECK(switch_interval(500'000).apply(s));
    CHECK(s["interpreter"]["switch_interval"] == "500000ns");
}
