#include "analysis/measure/calibrate.hpp"

#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "analysis/measure/child.hpp"
#include "model/scenario/config.hpp"
#include "model/scenario/fields.hpp"
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
    calibration.settings = {{"switch_interval", 0.005}, {"start_method", "fork"}, {"thresholds", {2000, 10, 10}}};
    const auto at = [](double p50) { return Quantiles{100, p50 * 0.9, p50, p50 * 1.2, p50 * 2}; };
    for (const auto& [name, p50] : std::map<std::string, double>{{"syscall", 80},
                                                                 {"futex_call", 145},
                                                                 {"tick", 4e6},
                                                                 {"timer_slack", 50e3},
                                                                 {"yield_alone", 160},
                                                                 {"yield_shared", 1200},
                                                                 {"ping_pong_same", 4000},
                                                                 {"ping_pong_other", 60e3},
                                                                 {"cache_line", 85},
                                                                 {"falls_asleep", 380},
                                                                 {"wake_soon", 14e3},
                                                                 {"wake_soon_call", 700},
                                                                 {"wake_later", 30e3},
                                                                 {"wake_later_call", 10e3},
                                                                 {"wait_long", 9e3},
                                                                 {"wake_polled", 20e3},
                                                                 {"wake_polled_call", 8e3},
                                                                 {"polled_for", 60e3},
                                                                 {"halts", 7e3},
                                                                 {"timer_set", 2e3},
                                                                 {"contended_line", 17e3},
                                                                 {"page_touch", 900},
                                                                 {"page_copy", 2200},
                                                                 {"page_reuse", 550},
                                                                 {"page_release", 90},
                                                                 {"page_fork", 55},
                                                                 {"huge_pages", 1},
                                                                 {"huge_touch", 75e3},
                                                                 {"cache", 32 << 20},
                                                                 {"streamed_line", 4},
                                                                 {"begun_page", 500},
                                                                 {"begun_run", 1500},
                                                                 {"missed_line", 90},
                                                                 {"malloc", 36},
                                                                 {"free", 18},
                                                                 {"pipe_byte", 310},
                                                                 {"pipe_write_apart", 200},
                                                                 {"pipe_read_apart", 300},
                                                                 {"pipe_bulk_write_apart", 7200},
                                                                 {"pipe_bulk_read_apart", 4300},
                                                                 {"socket_write_apart", 350},
                                                                 {"socket_read_apart", 850},
                                                                 {"tcp_send_apart", 950},
                                                                 {"tcp_receive_apart", 900},
                                                                 {"pipe_bulk", 5900},
                                                                 {"socket_byte", 630},
                                                                 {"socket_bulk", 2750},
                                                                 {"poll_4", 240},
                                                                 {"copy", 34e3},
                                                                 {"copy_aliased", 300e3},
                                                                 {"second_level", 1 << 20},
                                                                 {"pipe_buffer", 65536},
                                                                 {"socket_buffer", 212992},
                                                                 {"map", 2500},
                                                                 {"shared_page", 90},
                                                                 {"pack_below", 70},
                                                                 {"late_100us", 20e3},
                                                                 {"late_1ms", 50e3},
                                                                 {"late_4ms", 90e3},
                                                                 {"late_16ms", 140e3},
                                                                 {"late_busy", 9e3},
                                                                 {"wake_busy", 21e3},
                                                                 {"futex_warm", 300},
                                                                 {"futex_cold", 1425},
                                                                 {"noise_every", 950e3},
                                                                 {"noise_takes", 45e3}})
        calibration.machine[name] = at(p50);
    for (const auto& [name, p50] : std::map<std::string, double>{{"turn", 17},
                                                                 {"first_run_100us", 700},
                                                                 {"first_run_1ms", 1500},
                                                                 {"first_run_4ms", 1500},
                                                                 {"first_run_16ms", 4000},
                                                                 {"first_run_polled", 520},
                                                                 {"later_run", 500},
                                                                 {"first_run_exit", 450},
                                                                 {"later_run_exit", 300},
                                                                 {"code_alone", 50e3},
                                                                 {"code_in_turn", 80e3},
                                                                 {"code_held", 24e3},
                                                                 {"ask_device", 9000},
                                                                 {"asker_100us", 200},
                                                                 {"asker_5ms", 1200},
                                                                 {"asker_20ms", 2000},
                                                                 {"holder_100us", 408.5},
                                                                 {"holder_5ms", 1908.5},
                                                                 {"holder_20ms", 3296},
                                                                 {"evaluator_5ms", 6000},
                                                                 {"evaluator_20ms", 14'400},
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
                                                                 {"forkserver_child", 4e6},
                                                                 {"forkserver_launch", 5e7},
                                                                 {"forkserver_request", 2e5},
                                                                 {"forkserver_fork", 3e5},
                                                                 {"fork_join", 35e3},
                                                                 {"subinterpreter_create", 7e6},
                                                                 {"subinterpreter_destroy", 1.2e6},
                                                                 {"lock_call", 30},
                                                                 {"library_call", 60},
                                                                 {"connection_send", 900},
                                                                 {"connection_receive", 1200},
                                                                 {"refcount", 4},
                                                                 {"refcount_uncounted", 3},
                                                                 {"pickle", 300},
                                                                 {"pickle_mib", 5e5},
                                                                 {"shareable_mib", 32e3},
                                                                 {"dumps", 1700},
                                                                 {"loads", 210},
                                                                 {"object", 10},
                                                                 {"load_object", 26},
                                                                 {"reference", 370},
                                                                 {"load_reference", 490},
                                                                 {"instance", 1300},
                                                                 {"load_instance", 1200},
                                                                 {"make", 5},
                                                                 {"remake", 2},
                                                                 {"fault", 1300},
                                                                 {"free", 9},
                                                                 {"walk", 4},
                                                                 {"heap_objects", 8700},
                                                                 {"object_size", 183},
                                                                 {"private", 5'400'000},
                                                                 {"shared", 7'100'000},
                                                                 {"fork_touched", 900'000},
                                                                 {"collect_start", 90},
                                                                 {"collect_object", 36},
                                                                 {"collect_reference", 3},
                                                                 {"collect_nothing", 180},
                                                                 {"collected", 12}})
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
    CHECK(machine.scheduler.pack_below == 84);  // the 90th percentile
    CHECK(machine.costs.timer_set == 2000);
    CHECK(machine.costs.ask_device == 9000);
    const auto& idle = machine.costs.idle_states;
    CHECK(std::vector<std::int64_t>{idle[1].first_run, idle[2].first_run, idle[3].first_run} ==
          std::vector<std::int64_t>{40, 40, 200});
    CHECK(machine.costs.halt_polling.first_run == 4);  // 520 / 500 - 1
    CHECK(machine.cache.begun_run == 1500);
    CHECK(machine.ipc.copy_aliased == 300'000);
    CHECK(machine.ipc.aliased_below == 1 << 20);
    CHECK(machine.costs.code_memory.holds == 16'000);    // 24,000 / 1.5
    CHECK(machine.costs.code_memory.displaced == 60);    // 80 / 50 - 1
    CHECK(machine.costs.code_memory.after_exit == 50);   // 450 / 300 - 1
    CHECK(machine.costs.noise.every.a == 950 * kMicrosecond);
    CHECK(machine.costs.noise.takes.a == 45 * kMicrosecond);
    CHECK(machine.costs.deadline.a == 200);
    // Asker and holder, less 85 + (17 + 30) / 2 of what the holder does in the model, together: 500, after 5 ms 3000,
    // after 20 ms 5187.5, which is 10 times 500 in addition for ever, half of that after 5 ms.
    CHECK(machine.costs.cold_code.slowdown == 10);
    CHECK(machine.costs.cold_code.half_life == 5 * kMillisecond);
    CHECK(machine.costs.cold_code.kernel_slowdown == 4);  // (1425 / 300 - 1) / (1 - 1/16)
    CHECK(machine.costs.resume == 7830);  // 9000 - 380 - 700 / 2 - (1200 / 2 - 160)
    CHECK(machine.costs.contended_line == 17'000);
    CHECK(machine.paging.huge_pages);
    CHECK(machine.ipc.pipe_call == 75);        // 310 / 2 - 80
    CHECK(machine.ipc.pipe_copy == 48'800);    // (5900 - 310) / 2 / 59,999 * 1 MiB
    CHECK(machine.ipc.socket_call == 235);     // 630 / 2 - 80
    CHECK(machine.ipc.socket_copy == 37'100);  // (2750 - 630) / 2 / 29,999 * 1 MiB
    CHECK(machine.ipc.apart.pipe_write == 200);
    CHECK(machine.ipc.apart.socket_read == 850);
    CHECK(machine.ipc.apart.tcp_send == 950);
    CHECK(machine.ipc.apart.copy == 96'100);   // (7200 + 4300 - 200 - 300) / 2 / 60,000 * 1 MiB
    CHECK(machine.ipc.poll == 40);             // (240 - 80) / 4
    CHECK(machine.ipc.socket_buffer == 212'992);
    CHECK(machine.costs.send_interrupt.a == 9300);  // 10,000 - 700
    CHECK(machine.costs.context_switch == 440);     // 1200 / 2 - 160
    CHECK(machine.costs.sched_yield == 160);
    CHECK(machine.costs.futex_call == 145);
    CHECK(machine.costs.futex_wait == 650);         // 380 + 700 / 2 - 80
    CHECK(machine.costs.futex_wake == 700);
    REQUIRE(machine.costs.idle_states.size() == 6);
    CHECK(machine.costs.idle_states[0].polling);
    CHECK(machine.costs.idle_states[0].wake.a == 14'000);
    CHECK(machine.costs.idle_states[1].after == 7 * kMicrosecond);
    CHECK(machine.costs.idle_states[1].wake.a == 30'000);
    CHECK(machine.costs.idle_states[3].after == 300 * kMicrosecond);
    CHECK(machine.costs.idle_states[3].wake.a == 50'000);
    CHECK(machine.costs.idle_states[3].wake.b == 60'000);
    CHECK(machine.costs.halt_polling.most == 60 * kMicrosecond);
    CHECK(machine.costs.halt_polling.wake.a == 20'000);
    CHECK(machine.costs.halt_polling.send_interrupt.a == 7300);  // 8000 - 700
    CHECK(machine.costs.timer_slack == 50'000);
    const scenario::InterpreterSpec& interpreter = scenario.variants.front().interpreters.front();
    CHECK(interpreter.version == "3.13.0");  // its locks are not those of 3.13.1
    CHECK(interpreter.gil == scenario::GilPolicy::timed);
    CHECK(interpreter.checkpoint_every == 17);
    CHECK(interpreter.gil_overhead == 15);
    CHECK(interpreter.request_overhead.a == 300);  // 408.5 - 108.5
    CHECK(interpreter.evaluator.a == 1900);        // (6000 / 3 + 14,400 / 8) / 2
    CHECK(interpreter.evaluator.b == 2280);        // 1.2 times that
    CHECK(interpreter.spawn_child == 50 * kMillisecond);
    CHECK(interpreter.spawn_exit == 7 * kMillisecond);
    CHECK(interpreter.process_exit == 600 * kMicrosecond);
    CHECK(interpreter.process_join == 35 * kMicrosecond);
    CHECK(interpreter.forkserver_start == 49'400 * kMicrosecond);  // 50 ms - 0.6 ms
    CHECK(interpreter.pickling.load_instance == 1200);
    CHECK(interpreter.memory.start_memory == 5'400'000);
    CHECK(interpreter.memory.allocate_big == 36);
    CHECK(interpreter.memory.remake == 2);
    CHECK(interpreter.memory.after_fault == 400);  // 1300 - 900, the fault itself
    CHECK(interpreter.connection_send == 715);     // 900 - 310 / 2 - 30: a system call, the GIL
    CHECK(interpreter.connection_receive == 830);  // two of them
    CHECK(interpreter.memory.free == 9);
    CHECK(interpreter.memory.gc.start == 180);
    CHECK(interpreter.memory.gc.object == 33);  // 36 - 3: lists of one number
    CHECK(interpreter.memory.gc.reference == 3);
}

namespace {

// The paths of all fields of a structure, lists of structures not entered.
void add_paths(const scenario::Structure& structure, const std::string& prefix, std::set<std::string>& paths) {
    for (const scenario::Field& field : structure.fields) {
        const scenario::Structure* inside = field.kind->inside();
        const bool list = field.key == "idle_states" || field.key == "background";
        if (inside != nullptr && !list) {
            add_paths(*inside, prefix + field.key + ".", paths);
        } else {
            paths.insert(prefix + field.key);
        }
    }
}

std::set<std::string> unmeasured(const scenario::Structure& structure, const fs::path& file, const char* kind) {
    std::set<std::string> paths;
    add_paths(structure, "", paths);
    for (const scenario::ConfigValue& value : scenario::read_config(file.string(), kind, {kRoot + "/configs"}).values)
        paths.erase(value.path.substr(0, value.path.find('[')));
    return paths;
}

}  // namespace

TEST_CASE("every field of a profile is calibrated, but for those that no measurement tells") {
    const Folder folder;
    write(folder / "machine.yaml", machine_yaml(made_up()));
    write(folder / "interpreter.yaml", interpreter_yaml(made_up(), "cpython-3.13"));
    // The kernel's constants, and what no program can see: docs/measure.md tells how they are known.
    CHECK(unmeasured(scenario::machine_fields(), folder / "machine.yaml", "machines") ==
          std::set<std::string>{"background", "costs.condvar_wait", "costs.halt_polling.start", "scheduler.base_slice",
                                "scheduler.latency", "scheduler.migration_cost", "scheduler.min_granularity",
                                "scheduler.online_cores", "scheduler.preempt_short", "scheduler.run_to_parity",
                                "scheduler.tick_offset", "scheduler.wakeup_granularity", "speeds"});
    // By version (from the base), of the program, or of another build.
    CHECK(unmeasured(scenario::interpreter_fields(), folder / "interpreter.yaml", "interpreters") ==
          std::set<std::string>{"check_interval",      "forkserver_preload",
                                "import_main",         "io_patience",
                                "memory.allocator",    "memory.arena",
                                "memory.gc.collector", "memory.gc.enabled",
                                "memory.gc.mark",      "memory.gc.memory_gate",
                                "memory.gc.passes",    "memory.gc.runs",
                                "memory.gc_header",    "memory.immortal_objects",
                                "memory.numbers",      "memory.object_header",
                                "memory.pool",         "memory.small_limit",
                                "mutex_reload",        "mutex_spins",
                                "refcount_shared"});
}

TEST_CASE("which collector a 3.14 has is told by its thresholds: 3.14.5 went back to generations") {
    const Folder folder;
    const auto collector = [&](const char* thresholds, bool free_threaded) {
        Calibration calibration = made_up();
        calibration.python.minor = "3.14";
        calibration.python.free_threaded = free_threaded;
        calibration.settings["thresholds"] = nlohmann::json::parse(thresholds);
        write(folder / "interpreter.yaml",
              interpreter_yaml(calibration, free_threaded ? "cpython-3.14t" : "cpython-3.14"));
        const auto config =
            scenario::read_config((folder / "interpreter.yaml").string(), "interpreters", {kRoot + "/configs"});
        std::string last;
        for (const scenario::ConfigValue& value : config.values)
            if (value.path == "memory.gc.collector") last = value.value;
        return last;
    };
    CHECK(collector("[2000, 10, 0]", false) == "incremental");
    CHECK(collector("[2000, 10, 10]", false) == "generational");
    CHECK(collector("[2000, 10, 10]", true).empty());  // its base's: there is one only
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
    for (const std::string name : {"syscall", "yield_alone", "timer_slack", "tick", "pipe_bulk",
                                   "socket_byte", "poll_4", "malloc", "huge_pages", "shared_page"}) {
        const ChildEnd end = run_child({GILSIM_PROBE, name, cpu}, {}, kSecond * 60, folder / "log");
        REQUIRE((end.how == ChildEnd::How::exited && end.status == 0));
        auto in = output();
        const auto json = nlohmann::json::parse(in);
        INFO(name << json.dump());
        CHECK(json.at("n") >= 1);
        CHECK(json.at("p50") >= (name == "huge_pages" ? 0 : 1));
        CHECK(json.at("p10") <= json.at("p90"));
    }
    CHECK(run_child({GILSIM_PROBE, "nonsense"}, {}, kSecond * 60, folder / "log").status == 2);
}

TEST_CASE("every part of the Python half of a calibration answers, in every Python of this machine") {
    for (const std::string& name : pythons()) {
        Python python(name, kRunner);
        for (const std::string part :
             {"turn", "gil", "lock", "thread", "fork", "garbage", "footprint", "pickling", "plain_pickle"}) {
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

TEST_CASE("the race for the GIL is measured from a log of a Python's calls") {
    const std::vector<int> cpus = allowed_cpus();
    if (cpus.size() < 2) return;
    Python python(pythons().front(), kRunner);
    const Attempt attempt = python.run_program(
        "interpreter.py", {{"cpus", {cpus[0], cpus[1]}}, {"part", "gil_race"}, {"gil_log", GILSIM_GIL_LOG}},
        60 * kSecond);
    if (const Failed* failed = std::get_if<Failed>(&attempt)) FAIL(failed->why << failed->output);
    const auto& values = std::get<Ran>(attempt).result.at("values");
    for (const char* name : {"asker_100us", "asker_5ms", "asker_20ms", "holder_100us", "holder_5ms", "holder_20ms",
                             "evaluator_5ms", "evaluator_20ms"}) {
        INFO(name << values.dump());
        REQUIRE(values.contains(name));
        CHECK(values[name].at("n") >= 20);
        CHECK(values[name].at("p50") > 0);
    }
}
