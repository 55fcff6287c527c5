// The runner under every Python of this machine: what it does, never how long it takes.

#include <algorithm>
#include <set>

#include "analysis/measure/measured_record.hpp"
#include "analysis/measure/outputs.hpp"
#include "analysis/records/record.hpp"
#include "model/scenario/fields.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// Every operation that the runner has, in threads and in processes by every start method; little of each.
constexpr const char* kEverything = R"(gilsim: 1
title: Does every operation run?
machine: {cores: 1}
interpreter: {version: "3.11", switch_interval: 1ms}
objects: {table: lock}
programs:
  everything:
    - repeat:
        times: 2
        do:
          - compute: {exponential: 50us}
          - compute: {work: 100us, checkpoint_every: 20us}
          - native: 50us
          - native: {work: {uniform: [20us, 50us]}, gil: release}
          - sleep: 50us
          - io: {time: {lognormal: {median: 50us, p99: 100us}}, label: db}
          - lock: table
          - unlock: table
          - with: {lock: table, do: [{compute: 10us}]}
          - request: {name: page, do: [{compute: 10us}]}
          - request_begin: other kind
          - run: inner
          - request_end: other kind
    - repeat: {for: 100us, do: [{compute: 20us}]}
    - repeat: {for: 1s, times: 2, do: [{compute: 20us}]}
  inner: [{compute: 50us}]
  hog: [{repeat: {do: [{compute: 20us}, {request: {name: page, do: []}}]}}]
variants:
  threads:
    programs: {leader: [{start: late}, {join: late}]}
    threads:
      main: leader
      worker: {count: 2, run: everything, nice: 1, cores: [0]}
      late: {run: inner, start: manual}
  daemons: {threads: {worker: {count: 2, run: everything}, hog: {run: hog, daemon: true}}}
  fork:
    processes:
      child: {run: everything, count: 2, threads: {side: {run: everything}, hog: {run: hog, daemon: true}}}
  spawn: {processes: {child: {run: everything, start_method: spawn, arguments: 64KiB}}}
  forkserver: {processes: {child: {run: everything, start_method: forkserver, arguments: {kind: objects, count: 10}}}}
  daemon processes: {threads: {worker: everything}, processes: {child: {run: hog, daemon: true}}}
)";

const MeasuredVariant& of(const Measurement& measurement, const std::string& name) {
    for (const MeasuredVariant& variant : measurement.variants) {
        if (variant.variant->name == name) return variant;
    }
    throw std::runtime_error("no variant " + name);
}

MeasuredVariant single(const std::string& text, MeasureOptions options = once("/usr/bin/python3")) {
    const scenario::Scenario scenario = scenario_of(text);
    MeasuredVariant result = measure(scenario, options, silent()).variants.front();
    result.variant = nullptr;
    return result;
}

}  // namespace

TEST_CASE("random times are others in each repetition") {
    // By their seeds two of the three sleeps are 0.14 s apart; of one seed they would be the same.
    MeasureOptions options = once("/usr/bin/python3");
    options.repeat = 3;
    const MeasuredVariant result = single(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: '3.11'}\n"
        "programs: {main: [{sleep: {uniform: [1ms, 300ms]}}]}\nthreads: {main: main}\n",
        options);
    REQUIRE(result.runs.size() == 3);
    std::vector<double> spans;
    for (const MeasuredRun& run : result.runs) spans.push_back(run.outputs.at("makespan"));
    const auto [least, most] = std::minmax_element(spans.begin(), spans.end());
    CHECK(*most - *least > 0.05);
}

TEST_CASE("every operation runs in every Python of this machine, and its record is valid") {
    const scenario::Scenario scenario = scenario_of(kEverything);
    for (const std::string& python : pythons()) {
        const Measurement measurement = measure(scenario, once(python), silent());
        INFO(python << ": " << measurement.python.about);
        const bool old = measurement.python.version.starts_with("2.");
        for (const MeasuredVariant& variant : measurement.variants) {
            INFO(variant.variant->name << ": " << variant.skipped
                                       << (variant.failed ? variant.failed->why + variant.failed->output : ""));
            const bool lacking = old && variant.variant->name.starts_with("spawn");
            const bool lacking_server = old && variant.variant->name.starts_with("forkserver");
            CHECK(variant.skipped.empty() == !(lacking || lacking_server));
            CHECK_FALSE(variant.failed.has_value());
            for (const MeasuredRun& run : variant.runs) {
                for (const OutputRow& row : run_outputs()) {
                    const bool collections = row.name.starts_with("gc_");
                    CHECK(run.outputs.contains(std::string(row.name)) == !collections);
                }
                CHECK(run.outputs.at("makespan") > 0);
                CHECK(run.inputs.contains("compute_scale"));
                CHECK(run.inputs.contains("native_hold_scale"));
                CHECK(run.inputs.contains("native_release_scale"));
                CHECK(run.inputs.contains("sleep_late"));
                CHECK(run.inputs.contains("io_late"));
                CHECK(run.inputs.contains("lock_pair"));
            }
        }
        // Each run of `everything` is two requests of either kind.
        CHECK(of(measurement, "threads").runs.at(0).outputs.at("page_count") == 4);
        CHECK(of(measurement, "threads").runs.at(0).outputs.at("other_kind_count") == 4);
        CHECK(of(measurement, "threads").runs.at(0).inputs.contains("thread_start"));
        CHECK(of(measurement, "daemons").runs.at(0).outputs.at("page_count") >= 4);
        CHECK(of(measurement, "fork").runs.at(0).outputs.at("other_kind_count") == 8);
        CHECK(of(measurement, "fork").runs.at(0).inputs.contains("fork_child"));
        if (!old) {
            CHECK(of(measurement, "spawn").runs.at(0).outputs.at("page_count") == 2);
            CHECK(of(measurement, "forkserver").runs.at(0).outputs.at("page_count") == 2);
            const auto& costs = of(measurement, "forkserver").runs.at(0).inputs;
            CHECK(costs.at("forkserver_request") <= costs.at("forkserver_parent"));
            CHECK(costs.at("forkserver_launch") >= 0);
        }
        CHECK(of(measurement, "daemon processes").runs.at(0).outputs.at("other_kind_count") == 2);

        const RecordResult record = load_record_text(record_json(scenario, measurement, {}), "record.json");
        INFO(scenario::render(record.diagnostics));
        REQUIRE(record.record.has_value());
        CHECK(record.record->cells.size() == (old ? 4 : 6));
    }
}

TEST_CASE("what the runner lacks is skipped and said") {
    CHECK(single("gilsim: 1\nmachine: {cores: 2}\ninterpreter: {version: \"3.11\"}\nprograms: {p: [{compute: 1ms}]}\n"
                 "threads: {t: {run: p, cores: [1]}}\n")
              .skipped == "'t' wants core 1 of 1");
    CHECK(single("gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\n"
                 "interpreters: {old: {version: \"3.10\"}}\nprograms: {p: [{compute: 1ms}]}\n"
                 "processes: {t: {run: p, interpreter: old}}\n")
              .skipped == "'t' runs another interpreter than the main process");
    CHECK(single("gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"2.7\", gil: tick}\nprograms: {p: [{compute: "
                 "1ms}]}\n"
                 "threads: {t: p}\nsignals: [{at: 1ms, handler: 10us}]\n")
              .skipped == "the runner sends no signals");
    CHECK(single("gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nprograms: {p: [{compute: 1ms}]}\n"
                 "processes: {t: {run: p, arguments: {size: 1KiB, pickle: 1ms}}}\n")
              .skipped == "the runner sends no payload with 'pickle'");
}

TEST_CASE("an error of a thread is an error of its variant") {
    // Unlocks what it has not locked: RuntimeError or _thread.error, by version.
    const MeasuredVariant result = single(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nobjects: {a: lock}\n"
        "programs: {p: [{lock: a}, {start: t}, {join: t}], q: [{unlock: a}, {unlock: a}]}\n"
        "threads: {main: p, t: {run: q, start: manual}}\n");
    REQUIRE(result.failed.has_value());
    CHECK(result.failed->why.find("ended with an error") != std::string::npos);
    CHECK(result.failed->output.find("unlocked lock") != std::string::npos);
    CHECK(result.runs.empty());
}

TEST_CASE("what a process is called with goes the way of its start method: pickled, unless it is forked") {
    const auto started = [](const std::string& method) {
        return single(
            "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nprograms: {p: [{compute: 50us}]}\n"
            "processes: {w: {run: p, start_method: " +
            method + ", arguments: {unpicklable: true}}}\n");
    };
    CHECK(started("fork").runs.size() == 1);
    const MeasuredVariant spawned = started("spawn");
    REQUIRE(spawned.failed.has_value());
    CHECK(spawned.failed->why.find("pickle") != std::string::npos);
}

TEST_CASE("a variant that hangs is stopped") {
    const scenario::Scenario scenario = scenario_of(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nobjects: {a: lock}\n"
        "programs: {p: [{compute: 1ms}], q: [{sleep: 1h}]}\n"
        "variants: {good: {threads: {main: p}}, bad: {threads: {main: q}}}\n");
    MeasureOptions options = once("/usr/bin/python3");
    options.limit = 5 * kSecond;
    options.variants = {"bad"};
    const Measurement hung = measure(scenario, options, silent());
    REQUIRE(hung.variants.front().failed.has_value());
    CHECK(hung.variants.front().failed->why.find("did not end within 5.000 s") != std::string::npos);
}

TEST_CASE("a scenario's own time limit ends a run, with what was done until then") {
    const MeasuredVariant result = single(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nlimit: 20ms\n"
        "programs: {p: [{repeat: {do: [{request: {name: page, do: [{sleep: 1ms}]}}]}}]}\nthreads: {main: p}\n");
    INFO((result.failed ? result.failed->why + result.failed->output : ""));
    REQUIRE(result.runs.size() == 1);
    CHECK(result.runs.front().note.find("stopped at its limit") != std::string::npos);
    CHECK(result.runs.front().outputs.at("page_count") >= 1);
}

TEST_CASE("what is no Python is refused") {
    const scenario::Scenario scenario = scenario_of(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nprograms: {p: [{compute: 1ms}]}\nthreads: "
        "{main: p}\n");
    CHECK_THROWS_AS(measure(scenario, once("/no/such/python"), silent()), PythonError);
    CHECK_THROWS_AS(measure(scenario, once("/bin/false"), silent()), PythonError);
    MeasureOptions many = once("/usr/bin/python3");
    many.cpus = 100'000;
    CHECK_THROWS_AS(measure(scenario, many, silent()), TooFewCpus);
}

TEST_CASE("repetitions are interleaved, and every one is told") {
    const scenario::Scenario scenario = scenario_of(
        "gilsim: 1\nmachine: {cores: 1}\ninterpreter: {version: \"3.11\"}\nprograms: {p: [{compute: 1ms}]}\n"
        "variants: {a: {threads: {main: p}}, b: {threads: {main: p}}}\n");
    MeasureOptions options = once("/usr/bin/python3");
    options.repeat = 2;
    std::string order;
    std::size_t told = 0;
    const MeasureListener listener{[&](const std::string& name, int, double) { order += name; },
                                   [&](const Measurement&) { ++told; }};
    const Measurement measurement = measure(scenario, options, listener);
    CHECK(order == "abba");
    CHECK(told == 4);
    CHECK(measurement.variants.at(0).runs.size() == 2);
    CHECK(measurement.variants.at(0).runs[0].pace > 1e-10);
    CHECK(measurement.variants.at(0).runs[0].pace < 1e-5);
}

TEST_CASE("repetitions on a machine that was slow meanwhile are not quiet, whatever their order") {
    const auto run = [](double pace) {
        MeasuredRun one;
        one.pace = pace;
        return one;
    };
    Measurement measurement;
    measurement.variants.resize(2);
    measurement.variants[0].runs = {run(1.65e-8), run(1.1e-8), run(0)};  // of the last one it is not known
    mark_slow(measurement);
    measurement.variants[1].runs = {run(1e-8)};
    mark_slow(measurement);
    mark_slow(measurement);
    const auto& runs = measurement.variants[0].runs;
    CHECK_FALSE(runs[0].quiet);
    CHECK(runs[0].note == "the machine was slow: bytecode cost 1.50 times as much as at another time");
    CHECK((runs[1].quiet && runs[2].quiet && measurement.variants[1].runs[0].quiet));
    measurement.variants[1].runs.push_back(run(0.85e-8));
    mark_slow(measurement);
    CHECK_FALSE(runs[1].quiet);
}

TEST_CASE("repetitions on a machine that is slower than when it was calibrated are not quiet, however many") {
    Measurement measurement;
    measurement.variants.resize(1);
    measurement.variants[0].runs.resize(2);
    for (MeasuredRun& run : measurement.variants[0].runs) run.pace = 3.1e-8;
    mark_slow(measurement, 2.6e-8);
    CHECK((measurement.variants[0].runs[0].quiet && measurement.variants[0].runs[1].quiet));
    mark_slow(measurement, 2e-8);
    CHECK_FALSE((measurement.variants[0].runs[0].quiet || measurement.variants[0].runs[1].quiet));
    CHECK(measurement.variants[0].runs[1].note ==
          "the machine was slow: bytecode cost 1.55 times as much as at another time");
}

TEST_CASE("synchronisation objects do what they are for") {
    const auto variant = nlohmann::ordered_json::parse(R"({
        "interpreter": {"gil": "timed"},
        "objects": {"l": "lock", "r": "rlock", "c": {"kind": "condition", "lock": "r"}, "own": "condition",
                    "e": "event", "s": {"kind": "semaphore", "value": 2, "bounded": true},
                    "b": {"kind": "barrier", "parties": 2}, "q": {"kind": "queue", "maxsize": 2},
                    "sq": "simple_queue", "value": "local"},
        "programs": {
            "producer": [
                {"repeat": {"times": 5, "do": [{"put": {"queue": "q", "request": "page"}}, {"put": "sq"}]}},
                {"join_queue": "q"}, {"put": {"queue": "q", "timeout": "1ms"}}, {"put": "q"},
                {"put": {"queue": "q", "timeout": "1ms", "else": [{"set": "e"}]}},
                {"wait": {"for": "b", "timeout": "30s"}}],
            "consumer": [
                {"repeat": {"times": 5, "do": [{"get": "q"}, {"get": "sq"}, {"request_end": "page"},
                                               {"task_done": "q"}]}},
                {"get": {"queue": "sq", "timeout": "1ms", "else": [{"request": {"name": "empty", "do": []}}]}},
                {"wait": "e"}, {"clear": "e"},
                {"wait": {"for": "e", "timeout": "1ms", "else": [{"request": {"name": "not set", "do": []}}]}},
                {"lock": {"lock": "l", "timeout": "1ms", "else": [{"request": {"name": "wrong", "do": []}}]}},
                {"lock": {"lock": "l", "timeout": "1ms", "else": [{"request": {"name": "taken", "do": []}}]}},
                {"unlock": "l"},
                {"with": {"lock": "c", "do": [{"notify": "c"}, {"notify_all": "c"},
                                              {"wait": {"for": "c", "timeout": "1ms"}}]}},
                {"with": {"lock": "own", "do": [{"notify": {"condition": "own", "count": 2}}]}},
                {"lock": "s"}, {"lock": "s"}, {"unlock": {"lock": "s", "count": 2}},
                {"with": {"lock": "r", "do": [{"with": {"lock": "r", "do": [{"local": "value"}]}}]}},
                {"wait": "b"}]},
        "threads": {"p": "producer", "c": "consumer"}})");
    Python python("/usr/bin/python3", kRunner);
    const Attempt attempt = python.run(variant, {allowed_cpus().front()}, 60 * kSecond);
    if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
    const auto& requests = std::get<Ran>(attempt).result["outputs"]["requests"];
    CHECK(requests["page"]["count"] == 5);
    CHECK(requests["empty"]["count"] == 1);
    CHECK(requests["not set"]["count"] == 1);
    CHECK(requests["taken"]["count"] == 1);
    CHECK(requests["wrong"]["count"] == 0);
}

TEST_CASE("an interpreter that no Python is, and operations and objects that the runner does not know, are skipped") {
    Python python("/usr/bin/python3", kRunner);
    const auto why = [&](const char* json) {
        const Attempt attempt = python.run(nlohmann::ordered_json::parse(json), {allowed_cpus().front()}, 60 * kSecond);
        return std::holds_alternative<Skipped>(attempt) ? std::get<Skipped>(attempt).why : "it was not skipped";
    };
    CHECK(why(R"({"interpreter": {"gil": "fifo"}, "programs": {}})") == "no Python has 'gil: fifo'");
    CHECK(why(R"({"interpreter": {}, "programs": {"p": [{"dance": 1}]}, "threads": {"main": "p"}})") ==
          "the runner has no operation 'dance'");
    CHECK(why(R"({"interpreter": {}, "objects": {"o": "teapot"}, "programs": {}})") ==
          "the runner has no objects of kind 'teapot'");
}
