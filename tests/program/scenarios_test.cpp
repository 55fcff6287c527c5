// Every shipped scenario: its golden session, its laws, its determinism.

#include <algorithm>
#include <limits>
#include <malloc.h>
#include <set>

#include "analysis/insight/run_analysis.hpp"
#include "analysis/summary_builder.hpp"
#include "analysis/summary_json.hpp"
#include "analysis/trace/reader.hpp"
#include "tests/catch.hpp"
#include "tests/program/program.hpp"
#include "tests/trace/events_back.hpp"
#include "tests/trace/laws.hpp"

using namespace gilsim::testing;
namespace analysis = gilsim::analysis;

namespace {

// The scenarios' names, sorted.
std::vector<std::string> scenarios() {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(std::string(GILSIM_SOURCE_DIR) + "/scenarios")) {
        if (entry.path().extension() == ".yaml") names.push_back(entry.path().stem().string());
    }
    std::sort(names.begin(), names.end());
    return names;
}

// The files of a folder with their contents, sorted by name.
std::vector<std::pair<std::string, std::string>> contents(const std::string& folder) {
    std::vector<std::pair<std::string, std::string>> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder))
        files.emplace_back(entry.path().filename().string(), content(entry.path().string()));
    std::sort(files.begin(), files.end());
    return files;
}

// What the parts of an analysis owe each other.
void check_analysis(const analysis::RunAnalysis& run) {
    gilsim::Nanoseconds runnable = 0;
    for (const auto& thread : run.summary().threads) runnable += thread.states[gilsim::trace::ThreadState::runnable];
    CHECK(run.blame().total(analysis::Wanted::core) == runnable);
    gilsim::Nanoseconds path = 0;
    for (const auto& share : run.critical_path().path()) path += share.time;
    CHECK(path == run.summary().makespan);
    gilsim::Nanoseconds time = 0;
    for (const auto with_k_cores : run.activity().cores_busy()) time += with_k_cores;
    CHECK(time == run.summary().makespan);
}

// The scenarios that are about a deadlock, a lost task and too little memory end with the status of a failed verdict.
int expected_status(const std::string& name) {
    static const std::set<std::string> failing{"deadlock", "dying_worker", "memory_budget"};
    return failing.count(name) == 1 ? 1 : 0;
}

}  // namespace

TEST_CASE("golden sessions: each scenario says what its .expected says") {
    for (const std::string& name : scenarios()) {
        DYNAMIC_SECTION(name) {
            const std::string file = "scenarios/" + name + ".yaml";
            const Result r = invoke("run " + file);
            CHECK(r.err.empty());
            CHECK(r.status == expected_status(name));
            check_golden("scenarios/" + name + ".expected", r.out);
            CHECK(std::count(r.out.begin(), r.out.end(), '\n') <= 15);
        }
    }
}

TEST_CASE(
    "each scenario, fully traced: twice the same bytes, the laws, the same figures from the file as from memory") {
    // What one trace has used is kept for the next one: else page faults are a third of the time.
    ::mallopt(M_MMAP_MAX, 0);
    ::mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
    for (const std::string& name : scenarios()) {
        DYNAMIC_SECTION(name) {
            const Folder folder;
            const std::string file = "scenarios/" + name + ".yaml";
            const auto traced = [&](const std::string& out) {
                const Result r = invoke("run " + file + " --trace full -o " + (folder / out));
                REQUIRE(r.status == expected_status(name));
                std::filesystem::remove(folder / (out + "/manifest.json"));  // names the folder in its command
                return contents(folder / out);
            };
            const auto first = traced("first");
            CHECK(first == traced("second"));

            const std::string untraced = invoke("run --json " + file).out;
            CHECK(content(folder / "first/summary.json") == untraced);

            const analysis::ScenarioSummary summary = analysis::scenario_summary_from_json(untraced);
            for (const analysis::RunSummary& run : summary.variants) {
                INFO("variant " << run.name);
                const auto trace = gilsim::test::decode_file(folder / ("first/" + run.name + ".pftrace"));
                for (const std::string& violation : gilsim::test::check_laws(trace)) FAIL_CHECK(violation);

                const auto directory = gilsim::test::directory_of(trace);
                analysis::SummaryBuilder builder(directory);
                for (const auto& event : gilsim::test::events_of(trace)) builder.event(event);
                builder.finish(trace.end, run.outcome);
                analysis::RunSummary rebuilt = builder.summary();
                rebuilt.deadlock = run.deadlock;
                CHECK(analysis::to_json(rebuilt) == analysis::to_json(run));

                analysis::TraceReader reader(folder / ("first/" + run.name + ".pftrace"));
                analysis::RunAnalysis read(reader.directory());
                reader.read(read);
                rebuilt = read.summary();
                rebuilt.deadlock = run.deadlock;
                CHECK(analysis::to_json(rebuilt) == analysis::to_json(run));
                check_analysis(read);
            }
        }
    }
}

TEST_CASE("the summary's own laws: states tile lives, cores tile the makespan, busy cores are threads on cores") {
    for (const std::string& name : scenarios()) {
        DYNAMIC_SECTION(name) {
            const auto summary =
                analysis::scenario_summary_from_json(invoke("run --json scenarios/" + name + ".yaml").out);
            for (const analysis::RunSummary& run : summary.variants) {
                INFO("variant " << run.name);
                gilsim::Nanoseconds on_core = 0;
                gilsim::Nanoseconds busy = 0;
                for (const analysis::ThreadSummary& thread : run.threads) {
                    INFO("thread " << thread.process << "/" << thread.name);
                    CHECK(thread.states.total() == thread.end - thread.start);
                    on_core += thread.states.on_core();
                }
                for (const analysis::CoreSummary& core : run.cores) {
                    CHECK(core.busy + core.idle == run.makespan);
                    busy += core.busy;
                }
                CHECK(on_core == busy);
                for (const analysis::InterpreterSummary& interpreter : run.interpreters) {
                    CHECK(interpreter.gil.handoffs <= interpreter.gil.acquisitions);
                    CHECK(interpreter.gil.idle >= 0);
                }
            }
        }
    }
}
