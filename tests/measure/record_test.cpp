#include "analysis/records/record.hpp"

#include <nlohmann/json.hpp>

#include "analysis/cli/choices.hpp"
#include "analysis/measure/measure_table.hpp"
#include "analysis/measure/measured_record.hpp"
#include "analysis/records/predict.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

constexpr const char* kScenario = R"(gilsim: 1
title: Is it faster?
machine: {cores: 2}
interpreter: {version: "3.11", switch_interval: 2ms}
programs:
  work:
    - request:
        name: web page
        do: [{compute: {lognormal: {median: 1ms, p99: 2ms}}}, {native: {work: 3ms, gil: release}}]
    - native: 4ms
variants:
  one: {threads: {main: work}}
  two: {threads: {worker: {count: 2, run: work}}}
  other: {threads: {worker: {count: 3, run: work}}}
)";

// What a measurement of it could be: made up, so that the figures are known.
Measurement made_up(const scenario::Scenario& scenario) {
    Measurement measurement;
    measurement.python.version = "3.11.2";
    measurement.inputs = {{"compute_scale", {"1", "a factor"}}};
    for (const scenario::Variant& variant : scenario.variants)
        measurement.variants.push_back({&variant, {0, 1}, {}, "", {}});
    for (int i = 1; i <= 3; ++i) {
        MeasuredRun run;
        run.quiet = i != 2;
        run.note = i == 2 ? "a note" : "";
        run.inputs["compute_scale"] = 1 + 0.01 * i;
        run.outputs = {{"makespan", 0.01 * i}, {"voluntary", 3}, {"web_page_count", 1}, {"web_page_throughput", 100}};
        measurement.variants[0].runs.push_back(run);
    }
    measurement.variants[1].skipped = "no second thread";
    measurement.variants[2].failed = Failed{"it was killed", "output"};
    return measurement;
}

}  // namespace

TEST_CASE("a measurement becomes a record that validates, with every repetition") {
    const scenario::Scenario scenario = scenario_of(kScenario);
    const std::string text = record_json(scenario, made_up(scenario), {"", "cpython-3.11"});
    const RecordResult result = load_record_text(text, "r.json");
    INFO(scenario::render(result.diagnostics));
    REQUIRE(result.record.has_value());
    const Record& record = *result.record;
    CHECK(record.name == "test 3.11.2");
    CHECK(record.about == "Is it faster?; 'two' was skipped: no second thread; 'other' failed: it was killed");
    CHECK(record.profiles.interpreter == "cpython-3.11");
    REQUIRE(record.cells.size() == 1);
    const Cell& cell = record.cells.front();
    CHECK(*find(cell.given, "cpus") == "2");
    CHECK(*find(cell.given, "switch_interval") == "2ms");
    CHECK(*find(cell.set, "interpreter.start_method") == "'fork'");  // the scenario's, as measured, not the profile's
    CHECK(*find(cell.set, "parameters.compute_scale") == "compute_scale");
    CHECK(find(cell.set, "parameters.native_hold_scale") == nullptr);  // not measured
    REQUIRE(cell.repetitions.size() == 3);
    CHECK_FALSE(cell.repetitions[1].quiet);
    CHECK(cell.repetitions[1].note == "a note");
    CHECK(*find(cell.repetitions[2].outputs, "makespan") == Approx(0.03));
    CHECK(find(record.outputs, "web_page_throughput")->predicted_by ==
          "predicted_web_page_throughput / predicted_makespan");
}

TEST_CASE("a fork server's costs are the server's and the parent's, not those of a spawned process") {
    const scenario::Scenario scenario = scenario_of(kScenario);
    Measurement measurement = made_up(scenario);
    for (MeasuredRun& run : measurement.variants[0].runs) {
        for (const char* input :
             {"forkserver_parent", "forkserver_request", "forkserver_launch", "forkserver_child", "forkserver_exit"}) {
            run.inputs[input] = 0.001;
            measurement.inputs[input] = {"s", "a cost"};
        }
    }
    const RecordResult result = load_record_text(record_json(scenario, measurement, {}), "r.json");
    INFO(scenario::render(result.diagnostics));
    REQUIRE(result.record.has_value());
    const Named<std::string>& set = result.record->cells.front().set;
    CHECK(*find(set, "interpreter.forkserver_request") == "forkserver_request");
    CHECK(*find(set, "interpreter.forkserver_fork") == "max(0ns, forkserver_parent - forkserver_request)");
    CHECK(*find(set, "interpreter.forkserver_start") == "forkserver_launch");
    CHECK(*find(set, "interpreter.forkserver_child") == "forkserver_child");
    CHECK(*find(set, "interpreter.import_main") ==
          "'0ns'");  // the main module that was measured is the program that measures
    CHECK(find(set, "interpreter.spawn") == nullptr);
    CHECK(find(set, "interpreter.spawn_child") == nullptr);
}

TEST_CASE(
    "a record that tells how fast the machine was is predicted at that speed, by costs as they are at the calibrated "
    "one") {
    const scenario::Scenario scenario = scenario_of(kScenario);
    Measurement measurement = made_up(scenario);
    measurement.host.cores = 2;
    for (const char* input : {"speed", "compute_step", "heap_objects", "lock_pair"})
        measurement.inputs[input] = {std::string(input) == "speed" || std::string(input) == "heap_objects" ? "1" : "s",
                                     ""};
    for (MeasuredRun& run : measurement.variants[0].runs) {
        run.inputs["compute_scale"] = 2;
        run.inputs["speed"] = 0.5;
        run.inputs["compute_step"] = 4e-8;
        run.inputs["heap_objects"] = 12'000;
        run.inputs["lock_pair"] = 1e-7;
    }
    const RecordResult result = load_record_text(record_json(scenario, measurement, {}), "r.json");
    INFO(scenario::render(result.diagnostics));
    REQUIRE(result.record.has_value());
    const Named<std::string>& set = result.record->cells.front().set;
    CHECK(*find(set, "machine.speed") == "speed");
    CHECK(*find(set, "parameters.compute_scale") == "(compute_scale) * speed");
    CHECK(*find(set, "interpreter.lock_call") == "(lock_pair / 2) * speed");
    CHECK(*find(set, "interpreter.checkpoint_every") == "max(1ns, (compute_step) * speed)");
    CHECK(*find(set, "interpreter.memory.start_objects") == "heap_objects");
    const Cell& cell = result.record->cells.front();
    const auto predicted = Predictor(*result.record, {}).predict({cell, cell.repetitions[0].inputs, 0}, {"makespan"});
    measurement.inputs.erase("speed");
    for (MeasuredRun& run : measurement.variants[0].runs) run.inputs.erase("speed");
    const RecordResult unpaced = load_record_text(record_json(scenario, measurement, {}), "r.json");
    const Cell& its_cell = unpaced.record->cells.front();
    const auto at_full =
        Predictor(*unpaced.record, {}).predict({its_cell, its_cell.repetitions[0].inputs, 0}, {"makespan"});
    // What was measured in this repetition counts as it was; 7 ms of C code were not, and take twice as long.
    CHECK(predicted.at("makespan") - at_full.at("makespan") == Approx(0.007).epsilon(0.02));
}

TEST_CASE("the scenario in a record is the one that was run, each kind of work with a factor") {
    const scenario::Scenario scenario = scenario_of(kScenario);
    const auto json = nlohmann::json::parse(record_json(scenario, made_up(scenario), {}));
    const std::string text = json["scenario"]["text"];
    const auto program = nlohmann::json::parse(text)["variants"]["one"]["programs"]["work"];
    CHECK(program[0]["request"]["do"][0]["compute"]["lognormal"]["median"] == "${1ms * compute_scale}");
    CHECK(program[0]["request"]["do"][1]["native"]["work"] == "${3ms * native_release_scale}");
    CHECK(program[1]["native"] == "${4ms * native_hold_scale}");

    const scenario::Scenario back = scenario_of(text);
    REQUIRE(back.variants.size() == 1);
    const auto& request = std::get<scenario::Request>(back.variants[0].programs.at(0).at(0).what);
    CHECK(std::get<scenario::Native>(request.body.at(1).what).work.a == 3 * kMillisecond);
}

TEST_CASE("a table shows median, interval and range of every output that is not nothing") {
    const scenario::Scenario scenario = scenario_of(kScenario);
    const std::string table = measure_table(scenario, made_up(scenario));
    INFO(table);
    CHECK(table.find("one") != std::string::npos);
    CHECK(table.find("3 repetitions, 2 quiet") != std::string::npos);
    CHECK(table.find("  makespan                20.00 ms     10.00 ms    30.00 ms     10.00 ms    30.00 ms\n") !=
          std::string::npos);
    CHECK(table.find("web_page_throughput") != std::string::npos);
    CHECK(table.find("major_faults") == std::string::npos);
    CHECK(table.find("two") == std::string::npos);
}

TEST_CASE("measure: a Python without a configuration of its own is taken for the latest before it that has one") {
    const auto config = [](const char* minor, bool free_threaded) {
        PythonFacts python;
        python.minor = minor;
        python.free_threaded = free_threaded;
        return cli::interpreter_config(python);
    };
    CHECK(config("3.11", false) == "cpython-3.11");
    CHECK(config("3.7", false) == "cpython-3.6");
    CHECK(config("2.7", false) == "cpython-2.7");
    CHECK(config("3.99", false) == "cpython-3.15");
    CHECK(config("3.99", true) == "cpython-3.15t");
    CHECK(config("3.12", true).empty());  // there was none without a GIL
}
