// Sweeps: the same results as single runs, in any order, however often they are interrupted.

#include <filesystem>
#include <fstream>
#include <map>
#include <sstream>

#include <nlohmann/json.hpp>

#include "analysis/summary_json.hpp"
#include "analysis/sweep/sweep_store.hpp"
#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using namespace gilsim::testing;
namespace analysis = gilsim::analysis;

namespace {

constexpr const char* kScenario = R"(gilsim: 1
title: How many workers pay?
machine: {base: laptop-2}
interpreter: cpython-3.11
parameters: {workers: 2, wait: 1ms}
programs:
  p: [{repeat: {times: 3, do: [{request: {name: page, do: [{compute: 100us}, {io: {exponential: "${wait}"}}]}}]}}]
variants:
  alone: {parameters: {workers: 1}, threads: {worker: {count: "${workers}", run: p}}}
  threads: {threads: {worker: {count: "${workers}", run: p}}}
  processes: {processes: {worker: {count: "${workers}", run: p}}}
sweep:
  grid: {workers: [1, 2, 4], wait: {from: 1ms, to: 4ms, factor: 2}}
  where: workers < 4 || wait < 3ms
  repeat: 2
)";
constexpr std::int64_t kPoints = 8;
constexpr std::int64_t kRows = kPoints * 3 * 2;

std::vector<std::string> lines(const std::string& text) {
    std::vector<std::string> result;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);) result.push_back(line);
    return result;
}

// How many runs a file holds, by their keys and summaries.
std::map<std::string, std::string> runs(const std::string& file) {
    std::map<std::string, std::string> result;
    if (!std::filesystem::exists(file)) return result;
    try {
        const auto store = analysis::SweepStore::open(file);
        for (const analysis::ResultRow& row : store->results()) {
            if (row.ended && row.error.empty())
                result[row.planned.run] = to_json(store->summary(row.planned.run).value());
        }
    } catch (const analysis::ForeignSweep&) {  // killed before the file was one
    }
    return result;
}

}  // namespace

TEST_CASE("a sweep's runs are those of gilsim run, bit for bit") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string database = folder / "s.sqlite";
    const Result result = invoke("sweep " + file + " -o " + database);
    INFO(result.out << result.err);
    REQUIRE(result.status == 0);
    const auto store = analysis::SweepStore::open(database);
    const analysis::SweepHead head = store->head();
    REQUIRE(head.points.size() == kPoints);
    const auto rows = store->results();
    REQUIRE(rows.size() == kRows);
    for (const analysis::ResultRow& row : rows) {
        const auto& values = head.points[row.planned.point];
        const std::string variant = head.variants[row.planned.variant].first;
        const Result single =
            invoke("run --json " + file + " --variant " + variant + " --set parameters.workers=" + values[0].text +
                   " --set parameters.wait=" + values[1].text + " --seed " + std::to_string(row.planned.repetition));
        REQUIRE(single.status == 0);
        analysis::ScenarioSummary summary;
        summary.scenario = "pages.yaml";
        summary.title = "How many workers pay?";
        summary.variants.push_back(store->summary(row.planned.run).value());
        CHECK(to_json(summary) == single.out);
    }
}

TEST_CASE("a sweep gives the same with any number of workers, and without a file") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const Result one = invoke("sweep " + file + " -j1 --csv -");
    const Result three = invoke("sweep " + file + " -j3 --csv - -o " + (folder / "s.sqlite"));
    CHECK(one.status == 0);
    CHECK(one.out == three.out);
    CHECK(lines(one.out).size() == kRows + 1);
    CHECK(invoke("sweep " + file + " -j1").out == invoke("sweep " + file + " -j3").out);
    CHECK(invoke("sweep " + file + " -j2 --json").out ==
          invoke("sweep " + file + " -o " + (folder / "s.sqlite") + " --json").out);
}

TEST_CASE("all repetitions see the same chances at every point") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const auto json = nlohmann::json::parse(invoke("sweep " + file + " --json").out);
    for (const auto& run : json["runs"]) CHECK(run["seed"] == run["repetition"]);
    CHECK(json["axes"][1]["dimension"] == "time");
    // What no axis reaches is simulated once: `alone` has its own number of workers.
    CHECK(json["runs"][0]["variant"] == "alone");
    CHECK(json["runs"][0]["key"] == json["runs"][3 * 6]["key"]);
    CHECK(json["table"].size() == kPoints * 3);
}

TEST_CASE("a sweep that is killed twenty times ends as one that was not") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const Result undisturbed = invoke("sweep " + file + " --repeat 8 --csv - -o " + (folder / "whole.sqlite"));
    REQUIRE(undisturbed.status == 0);
    const std::string database = folder / "killed.sqlite";
    const std::string command = "sweep " + file + " --repeat 8 --csv - -o " + database;
    std::map<std::string, std::string> before;
    unsigned chance = 1;
    for (int i = 0; i < 20; ++i) {
        chance = chance * 1664525 + 1013904223;  // anywhere from its start to long after its end
        const std::string delay = "0." + std::to_string(1000 + (chance >> 16) % 300).substr(1);
        static_cast<void>(invoke(command, "timeout --foreground -s KILL " + delay));
        const auto after = runs(database);
        for (const auto& [key, summary] : before) {
            REQUIRE(after.contains(key));  // nothing that had ended is lost
            CHECK(after.at(key) == summary);
        }
        before = after;
    }
    const Result resumed = invoke(command);
    INFO(resumed.err);
    CHECK(resumed.status == 0);
    CHECK(resumed.out == undisturbed.out);
    CHECK(runs(database) == runs(folder / "whole.sqlite"));
    CHECK(invoke("sweep " + file + " --repeat 8 -o " + database).out ==
          invoke("sweep " + file + " --repeat 8 -o " + (folder / "whole.sqlite")).out);
}

TEST_CASE("a full disk ends a sweep with status 4, and what had ended is kept") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string database = folder / "s.sqlite";
    const std::string command = "sweep " + file + " --repeat 20 --csv - -o " + database;
    const Result undisturbed = invoke("sweep " + file + " --repeat 20 --csv -");
    REQUIRE(undisturbed.status == 0);
    std::size_t kept = 0;
    for (const int blocks : {1, 40, 300, 420}) {  // of 512 bytes
        INFO(blocks);
        const Result full = invoke(command, "sh -c 'ulimit -f " + std::to_string(blocks) + "; exec \"$0\" \"$@\"'");
        INFO(full.err);
        CHECK(full.status == 4);
        CHECK(has(full.err, database));
        CHECK(has(full.err, "What had ended is kept; the same command goes on from there."));
        if (blocks < 300) continue;
        const std::size_t now = runs(database).size();
        CHECK(now > kept);
        kept = now;
    }
    const Result resumed = invoke(command);
    CHECK(resumed.status == 0);
    CHECK(resumed.out == undisturbed.out);
}

TEST_CASE("a point that fails is recorded, the others are run, and it is tried again") {
    const Folder folder;
    const std::string file = folder.write("many.yaml", R"(gilsim: 1
title: How many threads fit?
machine: laptop-2
interpreter: cpython-3.11
parameters: {workers: 1}
programs: {p: [{sleep: 1ms}]}
threads: {worker: {count: "${workers}", run: p}}
sweep: {grid: {workers: [1, 20000, 3]}}
)");
    const std::string database = folder / "s.sqlite";
    const Result failed = invoke("sweep " + file + " --max-memory 256MiB -o " + database);
    INFO(failed.out << failed.err);
    CHECK(failed.status == 4);
    CHECK(has(failed.out, "1 run failed, the first at workers = 20000: the simulation needs more than 256 MiB"));
    CHECK(runs(database).size() == 2);
    const std::string csv = invoke("sweep " + file + " --max-memory 256MiB --csv - -o " + database).out;
    CHECK(has(lines(csv).at(2), "1,20000,main,1,1,failed,"));
    CHECK(has(lines(csv).at(3), "2,3,main,1,1,ended,completed,"));
    CHECK(invoke("sweep " + file + " -o " + database).status == 0);
    CHECK(runs(database).size() == 3);
}

TEST_CASE("a deadlock is a result of a sweep: status 1") {
    const Folder folder;
    const std::string file = folder.write("deadlock.yaml", R"(gilsim: 1
title: When do two locks block each other?
machine: {cores: 2}
interpreter: {version: "3.11"}
parameters: {nap: 1ms}
objects: {a: lock, b: lock}
programs:
  ab: [{lock: a}, {sleep: "${nap}"}, {lock: b}, {unlock: b}, {unlock: a}]
  ba: [{sleep: 10ms}, {lock: b}, {sleep: 1ms}, {lock: a}, {unlock: a}, {unlock: b}]
threads: {first: {run: ab}, second: {run: ba}}
sweep: {grid: {nap: [1ms, 15ms]}}
)");
    const Result result = invoke("sweep " + file);
    INFO(result.out << result.err);
    CHECK(result.status == 1);
    CHECK(has(result.out, "1 run deadlocked, the first at nap = 15ms."));
}

TEST_CASE("a run of a sweep that runs out of memory, or whose program fails, is not the best: status 1") {
    const Folder folder;
    const std::string head = R"(gilsim: 1
title: How little can be done?
machine: {cores: 1, memory: 64MiB}
interpreter: {version: "3.11"}
parameters: {bad: 0}
objects: {table: lock}
)";
    const auto outcome_of = [&](const std::string& bad) {
        const std::string file = folder.write(
            "bad.yaml",
            head + "programs: {p: [{repeat: {times: \"${bad}\", do: [" + bad +
                "]}}, {compute: 100ms}, {lock: table}]}\nthreads: {worker: p}\nsweep: {grid: {bad: [0, 1]}}\n");
        const Result result = invoke("sweep " + file);
        INFO(result.out << result.err);
        CHECK(result.status == 1);
        CHECK_FALSE(has(result.out, "best at bad = 1"));
        CHECK_FALSE(has(result.out, "the knee is at bad = 1"));
        CHECK_FALSE(has(result.out, "still rising at bad = 1"));
        return result.out;
    };
    CHECK(has(outcome_of("{allocate: {objects: 4000000, size: 40B, into: data}}"),
              "1 run ran out of memory, the first at bad = 1."));
    CHECK(has(outcome_of("{unlock: table}"), "1 run ended with an error of the program, the first at bad = 1."));
}

TEST_CASE("a dry run shows the runs and what they will take, and runs nothing") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string database = folder / "s.sqlite";
    const Result dry = invoke("sweep " + file + " --dry-run -o " + database);
    INFO(dry.out << dry.err);
    CHECK(dry.status == 0);
    CHECK_FALSE(std::filesystem::exists(database));
    CHECK(lines(dry.out).size() == 1 + kPoints * 3 + 2);
    CHECK(has(dry.out, "8 points: 3 variants, 2 repetitions each: 38 runs to do, "));
    REQUIRE(invoke("sweep " + file + " -o " + database).status == 0);
    CHECK(has(invoke("sweep " + file + " --dry-run -o " + database).out, "nothing is left to be run"));
    CHECK(has(invoke("sweep " + file + " --repeat 3 --dry-run -o " + database).out, "19 runs to do"));
}

TEST_CASE("a changed sweep keeps what it has") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string database = folder / "s.sqlite";
    REQUIRE(invoke("sweep " + file + " -o " + database).status == 0);
    const Result wider = invoke("sweep " + file + " --vary workers=1..3 --csv - -o " + database);
    CHECK(wider.out == invoke("sweep " + file + " --vary workers=1..3 --csv -").out);
    CHECK(has(invoke("sweep " + file + " --dry-run -o " + database).out, "nothing is left to be run"));
}

TEST_CASE("repeat: auto runs until the mean is known well enough, however it is interrupted") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string options = " --vary wait=1ms --vary workers=1,2 --repeat 'auto(ci=15%, min=3, max=30)' --csv - ";
    const Result whole = invoke("sweep " + file + options);
    INFO(whole.out << whole.err);
    REQUIRE(whole.status == 0);
    const std::size_t count = lines(whole.out).size();
    CHECK(count > 1 + 2 * 3 * 3);   // some needed more than the least
    CHECK(count < 1 + 2 * 3 * 30);  // none went on for ever
    CHECK(invoke("sweep " + file + options + "-j3").out == whole.out);
    const std::string database = folder / "s.sqlite";
    REQUIRE(invoke("sweep " + file + " --vary wait=1ms --vary workers=1,2 --repeat 5 -o " + database).status == 0);
    CHECK(invoke("sweep " + file + options + "-o " + database).out == whole.out);
}

TEST_CASE("sweeps that cannot be: status, place and remedy") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const auto check = [](const std::string& arguments, int status, const std::string& message) {
        const Result r = invoke("sweep " + arguments);
        INFO("gilsim sweep " << arguments << "\n" << r.err);
        CHECK(r.status == status);
        CHECK(r.out.empty());
        CHECK(has(r.err, message));
    };
    check(file + " --set 'sweep.where=workers > 9'", 3, "no point is left: it excludes all 9 of them");
    check(file + " --vary wrokers=1,2", 3, "--vary:1:1: error: sweep.grid.wrokers: 'wrokers' is neither");
    check(file + " --vary workers", 2, "--vary: 'workers' is not NAME=VALUES");
    check(file + " --vary machine.cores=1,0", 3, "--vary:1:17: error: machine.cores: must be a whole number");
    check(file + " --vary workers=1..1000 --vary wait=1ms..1s+1ms", 2, "about ");
    check(file + " --vary workers=1..1000 --vary wait=1ms..1s+1ms", 2, "or add --yes");
    check(file + " --vary workers=1..10000 --vary wait=1us..1s+1us", 3, "more than 100,000 values");
    check(file + " --vary workers=1..10000 --vary wait=1ms..10s+1ms", 4, "more than 10,000,000 points");
    check(file + " -j 0", 2, "-j must be from 1");
    check(file + " --variant other", 2, "no variant 'other'");
    check("scenarios/cpu_bound.yaml", 2, "add --vary NAME=VALUES or --repeat N");
    check(file + " -o " + folder.write("text.sqlite", "What is this, if not a database? No page of SQLite begins so."),
          2, "is no sweep of gilsim: it is no SQLite file");
    check(file + " -o " + folder.path(), 4, "cannot be opened");
    const std::string folders = folder / "no/such/folder";
    check(file + " -o " + folders + "/s.sqlite", 4, "cannot be opened: there is no folder '" + folders + "'");
    CHECK_FALSE(has(invoke("sweep " + file + " -o " + folders + "/s.sqlite").err, "What had ended is kept"));
    const std::string damaged = folder / "damaged.sqlite";
    REQUIRE(invoke("sweep " + file + " -o " + damaged).status == 0);
    std::fstream(damaged, std::ios::in | std::ios::out).seekp(100) << std::string(400, 'x');
    check(file + " -o " + damaged, 4, "it is damaged; write to another file");
    CHECK_FALSE(has(invoke("sweep " + file + " -o " + damaged).err, "What had ended is kept"));
    const std::string other = folder.write("other.yaml", kScenario);
    REQUIRE(invoke("sweep " + other + " -o " + (folder / "other.sqlite")).status == 0);
    check(file + " -o " + (folder / "other.sqlite"), 2, "holds the sweep of another scenario, other.yaml");
}

TEST_CASE("compare: two runs, two sweeps, and what cannot be compared") {
    const Folder folder;
    const std::string file = folder.write("pages.yaml", kScenario);
    const std::string a = folder / "a.sqlite", b = folder / "b.sqlite", run = folder / "run";
    REQUIRE(invoke("sweep " + file + " -o " + a).status == 0);
    REQUIRE(invoke("sweep " + file + " --set machine.costs.syscall=1ms -o " + b).status == 0);
    REQUIRE(invoke("run " + file + " -o " + run).status == 0);
    CHECK(has(invoke("compare " + a + " " + a).out, "Nothing changed: all 96 figures are the same."));
    const Result sweeps = invoke("compare " + a + " " + b);
    INFO(sweeps.out << sweeps.err);
    CHECK(sweeps.status == 0);
    CHECK(has(sweeps.out, "of 96 figures changed beyond noise"));
    CHECK(lines(sweeps.out).size() <= 20);
    const auto json = nlohmann::json::parse(invoke("compare --json " + a + " " + b).out);
    CHECK(json["paired"] == true);
    CHECK(json["changes"].size() == 96);
    CHECK(json["changes"][0]["beyond_noise"] == true);
    CHECK(has(invoke("compare " + run + " " + run + "/summary.json").out,
              "Nothing changed: all 12 figures are the same."));
    const auto check = [](const std::string& arguments, const std::string& message) {
        const Result r = invoke("compare " + arguments);
        INFO(r.err);
        CHECK(r.status == 2);
        CHECK(has(r.err, message));
    };
    check(a, "two things are to be compared");
    check(a + " " + run, "compare two of a kind");
    check(a + " " + file, "is neither a summary.json nor a sweep of gilsim");
    check(a + " " + folder.path(), "holds no summary.json");
    check(a + " " + (folder / "none.sqlite"), "no such file");
}
