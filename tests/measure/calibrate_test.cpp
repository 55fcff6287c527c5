#include "analysis/measure/calibrate.hpp"

#include <fstream>

#include <nlohmann/json.hpp>

#include "analysis/measure/child.hpp"
#include "model/scenario/config.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// What a calibration could be: made up, so that the figures are known.
Calibration made_up() {
    Calibration calibration;
    calibration.host = {"A Processor", 4, 8LL << 30, true, "Linux 6.18.1 x86_64"};
    calibration.python.version = "3.13.0";
    calibration.python.minor = "3.13";
    calibration.python.c_library = "glibc 2.36";
    calibration.python.about = "CPython 3.13.0 (\"main\", GCC: 12), /usr/bin/python3.13";
    calibration.settings = {{"switch_interval", 0.005}, {"start_method", "fork"}};
    const auto at = [](double p50) { return Quantiles{100, p50 * 0.9, p50, p50 * 1.2, p50 * 2}; };
    for (const auto& [name, p50] : std::map<std::string, double>{{"syscall", 80},
                                                                 {"tick", 4e6},
                                                                 {"timer_slack", 50e3},
                                                                 {"yield_alone", 160},
                                                                 {"yield_shared", 1200},
                                                                 {"ping_pong_same", 4000},
                                                                 {"ping_pong_other", 60e3},
                                                                 {"cache_line", 85},
                                                                 {"wake_call", 9e3},
                                                                 {"nap_timed", 8e3},
                                                                 {"nap_woken", 6e3},
                                                                 {"pack_below", 70},
                                                                 {"late_100us", 20e3},
                                                                 {"late_1ms", 50e3},
                                                                 {"late_4ms", 90e3},
                                                                 {"late_16ms", 140e3},
                                                                 {"late_busy", 9e3},
                                                                 {"wake_busy", 21e3}})
        calibration.machine[name] = at(p50);
    for (const auto& [name, p50] : std::map<std::string, double>{{"turn", 17},
                                                                 {"gil", 30},
                                                                 {"thread_create", 18e3},
                                                                 {"thread_bootstrap", 8e3},
                                                                 {"thread_exit", 9e3},
                                                                 {"fork", 5e5},
                                                                 {"fork_child", 1e6},
                                                                 {"fork_exit", 6e5},
                                                                 {"spawn", 6e5},
                                                                 {"spawn_child", 5e7},
                                                                 {"spawn_exit", 7e6},
                                                                 {"forkserver_child", 4e6}})
        calibration.interpreter[name] = at(p50);
    return calibration;
}

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file) << text;
}

}  // namespace

TEST_CASE("profiles are configurations, each value with its source") {
    const Folder folder;
    write(folder / "machine.yaml", machine_yaml(made_up()));
    write(folder / "interpreter.yaml", interpreter_yaml(made_up(), "cpython-3.13"));
    for (const auto& [file, kind] : {std::pair{"machine.yaml", "machines"}, {"interpreter.yaml", "interpreters"}}) {
        const scenario::ConfigFile config = scenario::read_config((folder / file).string(), kind, {kRoot + "/configs"});
        INFO(file << scenario::render(config.diagnostics));
        CHECK(config.diagnostics.empty());
        CHECK(config.values.size() > 12);
        for (const scenario::ConfigValue& value : config.values) {
            INFO(value.path);
            CHECK((!value.source.empty() || value.path == "about" || value.path == "name"));
        }
    }
}

TEST_CASE("a scenario runs on calibrated profiles, with the figures that were measured") {
    const Folder folder;
    write(folder / "machine.yaml", machine_yaml(made_up()));
    write(folder / "interpreter.yaml", interpreter_yaml(made_up(), "cpython-3.13"));
    const scenario::Scenario scenario = scenario_of("gilsim: 1\nmachine: " + (folder / "machine.yaml").string() +
                                                    "\ninterpreter: " + (folder / "interpreter.yaml").string() +
                                                    "\nprograms: {p: [{compute: 1ms}]}\nthreads: {main: p}\n");
    const scenario::MachineSpec& machine = scenario.variants.front().machine;
    CHECK(machine.cores == 4);
    CHECK(machine.memory == 8LL << 30);
    CHECK(machine.scheduler.tick == 4 * kMillisecond);
    CHECK(machine.scheduler.pack_below == 84);      // the 90th percentile
    CHECK(machine.costs.timer_set == 2000);         // 8000 - 6000
    CHECK(machine.costs.send_interrupt.a == 7890);  // 9000 - 4000 / 2 * 5 / 9
    CHECK(machine.costs.context_switch == 440);     // 1200 / 2 - 160
    CHECK(machine.costs.futex_wait == 693);         // (4000 / 2 - 440) * 4 / 9
    CHECK(machine.costs.futex_wake == 867);
    REQUIRE(machine.costs.idle_states.size() == 4);
    CHECK(machine.costs.idle_states[1].after == 300 * kMicrosecond);
    CHECK(machine.costs.idle_states[1].wake.a == 50'000);
    CHECK(machine.costs.idle_states[1].wake.b == 60'000);
    CHECK(machine.costs.timer_slack == 50'000);
    const scenario::InterpreterSpec& interpreter = scenario.variants.front().interpreters.front();
    CHECK(interpreter.version == "3.13");
    CHECK(interpreter.gil == scenario::GilPolicy::timed);
    CHECK(interpreter.checkpoint_every == 17);
    CHECK(interpreter.gil_overhead == 15);
    CHECK(interpreter.spawn_child == 50 * kMillisecond);
    CHECK(interpreter.spawn_exit == 7 * kMillisecond);
    CHECK(interpreter.process_exit == 600 * kMicrosecond);
}

TEST_CASE("what could not be measured is left out, and stays the language's default") {
    const Folder folder;
    Calibration calibration = made_up();
    calibration.machine.clear();
    calibration.interpreter.clear();
    write(folder / "machine.yaml", machine_yaml(calibration));
    write(folder / "interpreter.yaml", interpreter_yaml(calibration, ""));
    CHECK(scenario::read_config((folder / "machine.yaml").string(), "machines").diagnostics.empty());
    CHECK(scenario::read_config((folder / "interpreter.yaml").string(), "interpreters").diagnostics.empty());
}

TEST_CASE("the probe prints quantiles, and its names when it is asked for another one") {
    const Folder folder;
    const std::string cpu = std::to_string(allowed_cpus().front());
    const auto output = [&] { return std::ifstream(folder / "log"); };
    for (const std::string name : {"syscall", "yield_alone", "timer_slack", "tick", "nap_timed"}) {
        const ChildEnd end = run_child({GILSIM_PROBE, name, cpu}, {}, kSecond * 60, folder / "log");
        REQUIRE((end.how == ChildEnd::How::exited && end.status == 0));
        auto in = output();
        const auto json = nlohmann::json::parse(in);
        INFO(name << json.dump());
        CHECK(json.at("n") >= 1);
        CHECK(json.at("p50") > 0);
        CHECK(json.at("p10") <= json.at("p90"));
    }
    CHECK(run_child({GILSIM_PROBE, "nonsense"}, {}, kSecond * 60, folder / "log").status == 2);
}

TEST_CASE("every part of the Python half of a calibration answers, in every Python of this machine") {
    for (const std::string& name : pythons()) {
        Python python(name, kRunner);
        for (const std::string part : {"turn", "gil", "lock", "thread", "fork"}) {
            const Attempt attempt = python.run_program(
                "interpreter.py", {{"cpus", {allowed_cpus().front()}}, {"part", part}}, 60 * kSecond);
            INFO(name << " " << part);
            if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
            const auto& result = std::get<Ran>(attempt).result;
            CHECK_FALSE(result.at("values").empty());
            CHECK(result.at("settings").contains("start_method"));
        }
    }
}
