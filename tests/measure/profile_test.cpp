/// What calibrations are written as: profiles, which are configurations.

#include <fstream>
#include <set>

#include <nlohmann/json.hpp>

#include "analysis/measure/calibrate.hpp"
#include "model/scenario/config.hpp"
#include "model/scenario/fields.hpp"
#include "tests/measure/made_up_calibration.hpp"
#include "tests/measure/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

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

TEST_CASE("profiles that were calibrated beside others, or while the machine's speed changed, say so") {
    Calibration calibration = made_up();
    CHECK(calibration.disturbance().empty());
    CHECK(machine_yaml(calibration).find("not quiet") == std::string::npos);
    calibration.interpreter["turn"].p90 = 26;
    CHECK(calibration.disturbance() == "a turn of a loop took 16ns at one time, 26ns at another");
    calibration.foreign = 0.07;
    const std::string told =
        "# The machine was not quiet: others used 7 % of its CPU time; a turn of a loop took 16ns at one time, 26ns at "
        "another. Calibrate again.\n";
    CHECK(machine_yaml(calibration).find(told) != std::string::npos);
    CHECK(interpreter_yaml(calibration, "cpython-3.13").find(told) != std::string::npos);
    calibration.corrected = {{"fork", 1.5}, {"syscall", 1.284}};
    const std::string divided = "# Measured while the machine was slow, and divided by how slow it was: ";
    CHECK(interpreter_yaml(calibration, "").find(divided + "fork by 1.50.\n") != std::string::npos);
    CHECK(machine_yaml(calibration).find(divided + "syscall by 1.28.\n") != std::string::npos);
}

TEST_CASE("profiles name the steps of their calibration that gave no answer") {
    Calibration calibration = made_up();
    CHECK(machine_yaml(calibration).find("No answer") == std::string::npos);
    calibration.unanswered = {{"posts_signal", "it did not end within 20s and was stopped"}, {"gil", "x: y"}};
    const std::string told =
        "# No answer, so that what follows from it is left out: gil (x: y), posts_signal (it did not end within 20s "
        "and "
        "was stopped). Calibrate again.\n";
    CHECK(machine_yaml(calibration).find(told) != std::string::npos);
    CHECK(interpreter_yaml(calibration, "cpython-3.13").find(told) != std::string::npos);
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
    CHECK(machine.core_cache.size == 2 << 20);
    CHECK(machine.paging.cold_frame == 400);  // 1300 - 900
    CHECK(machine.paging.flush_page == 300);  // 6240 / 16 - 90
    CHECK(machine.paging.flush_all == 4000);  // 9760 - 64 * 90
    CHECK(machine.paging.move_page == 40);
    CHECK(machine.paging.moved_page == 12'000);
    CHECK(scenario.variants.front().interpreters.front().pace == 62'500);
    CHECK(machine.core_cache.begun_run == 560);
    CHECK(machine.ipc.copy_aliased == 300'000);
    CHECK(machine.ipc.aliased_below == 1 << 20);
    CHECK(machine.costs.code_memory.holds == 16'000);   // 24,000 / 1.5
    CHECK(machine.costs.code_memory.displaced == 60);   // 80 / 50 - 1
    CHECK(machine.costs.code_memory.after_exit == 50);  // 450 / 300 - 1
    CHECK(machine.costs.shootdown.takes == 26'000);
    CHECK(machine.costs.shootdown.waits == 48'000);
    CHECK(machine.costs.shootdown.replaced == 41'000);
    CHECK(machine.paging.inherited_page == 150);
    CHECK(machine.costs.noise.every.a == 950 * kMicrosecond);
    CHECK(machine.costs.noise.takes.a == 45 * kMicrosecond);
    CHECK(machine.costs.deadline.a == 200);
    // Asker and holder, less 85 for a transfer and half of what the asker takes longer, together: 523.5; after 5 ms 3.8
    // times as much in addition, which is 1 - 2^-(5 / 17.5)^0.6 of 14 times; after 20 ms 7.2 times, 1 - 2^-(20
    // / 17.5)^0.6 of that.
    CHECK(machine.costs.cold_code.slowdown == 14);
    CHECK(machine.costs.cold_code.half_life == 17'500 * kMicrosecond);
    CHECK(machine.costs.cold_code.kernel_slowdown == 7);  // (1425 / 300 - 1) / 0.53
    // 3000 + 85 - (145 + 105 * (1 + 7 * 0.28)) is 71 times 37.
    CHECK(machine.costs.cold_code.condvar_slowdown == 251);  // (71 - 1) / 0.28
    CHECK(machine.costs.condvar_signal.a == 14);             // (1255 - 3 * 85) / 71
    CHECK(machine.costs.condvar_signal.b == 19);             // (1251 / 874.5)^(2.326 / 2.563) times that
    CHECK(machine.costs.resume == 7670);                     // 9000 - 380 - 700 / 2 - (1200 / 2 - 160) - 2 * 80
    CHECK(machine.costs.halt_polling.resume == 5750);        // 15000 - 8000 - 730 - 440 - 80
    CHECK(machine.costs.contended_line == 17'000);
    CHECK(machine.paging.huge_pages);
    CHECK(machine.ipc.pipe_call == 75);        // 310 / 2 - 80
    CHECK(machine.ipc.pipe_copy == 48'800);    // (5900 - 310) / 2 / 59,999 * 1 MiB
    CHECK(machine.ipc.socket_call == 235);     // 630 / 2 - 80
    CHECK(machine.ipc.socket_copy == 37'100);  // (2750 - 630) / 2 / 29,999 * 1 MiB
    CHECK(machine.ipc.apart.pipe_write == 200);
    CHECK(machine.ipc.apart.socket_read == 850);
    CHECK(machine.ipc.apart.tcp_send == 950);
    CHECK(machine.ipc.apart.copy == 96'100);  // (7200 + 4300 - 200 - 300) / 2 / 60,000 * 1 MiB
    CHECK(machine.ipc.poll == 40);            // (240 - 80) / 4
    CHECK(machine.ipc.socket_buffer == 212'992);
    CHECK(machine.costs.send_interrupt.a == 9300);  // 10,000 - 700
    CHECK(machine.costs.context_switch == 440);     // 1200 / 2 - 160
    CHECK(machine.costs.sched_yield == 160);
    CHECK(machine.costs.futex_call == 145);
    CHECK(machine.costs.futex_wait == 650);  // 380 + 700 / 2 - 80
    CHECK(machine.costs.futex_wake == 700);
    REQUIRE(machine.costs.idle_states.size() == 6);
    CHECK(machine.costs.idle_states[0].polling);
    // Of a latency half a wake call, 350, a switch, 440, and the way out, 80, count by themselves.
    CHECK(machine.costs.idle_states[0].wake.a == 13'100);
    CHECK(machine.costs.idle_states[1].after == 7 * kMicrosecond);
    CHECK(machine.costs.idle_states[1].wake.a == 29'100);
    CHECK(machine.costs.idle_states[3].after == 300 * kMicrosecond);
    CHECK(machine.costs.idle_states[3].wake.a == 49'500);
    CHECK(machine.costs.idle_states[3].wake.b == 59'500);
    CHECK(machine.costs.wake_busy.a == 20'100);
    CHECK(machine.costs.timer_interrupt.a == 7580);  // 8100 - 520
    CHECK(machine.costs.halt_polling.most == 60 * kMicrosecond);
    CHECK(machine.costs.halt_polling.wake.a == 19'100);
    CHECK(machine.costs.halt_polling.send_interrupt.a == 7300);  // 8000 - 700
    CHECK(machine.costs.timer_slack == 50'000);
    const scenario::InterpreterSpec& interpreter = scenario.variants.front().interpreters.front();
    CHECK(interpreter.version == "3.13.0");  // its locks are not those of 3.13.1
    CHECK(interpreter.gil == scenario::GilPolicy::timed);
    CHECK(interpreter.checkpoint_every == 16);
    CHECK(interpreter.gil_overhead == 15);
    CHECK(interpreter.request_overhead.a == 300);  // 408.5 - 108.5
    CHECK(interpreter.evaluator.a == 1900);        // (6000 / 3 + 14,400 / 8) / 2
    CHECK(interpreter.evaluator.b == 2280);        // 1.2 times that
    CHECK(interpreter.spawn_child == 50 * kMillisecond);
    CHECK(interpreter.spawn_exit == 7 * kMillisecond);
    CHECK(interpreter.tracker_start == 31 * kMillisecond);
    CHECK(interpreter.fork_shootdowns == 290);
    CHECK(interpreter.spawn_shootdowns == 220);
    CHECK(interpreter.forkserver_shootdowns == 510);
    CHECK(interpreter.process_exit == 600 * kMicrosecond);
    CHECK(interpreter.process_join == 35 * kMicrosecond);
    CHECK(interpreter.forkserver_start == 49'400 * kMicrosecond);  // 50 ms - 0.6 ms
    CHECK(interpreter.pickling.load_instance == 1200);
    CHECK(interpreter.memory.start_memory == 5'400'000);
    CHECK(interpreter.memory.start_room == 278'528);
    CHECK(interpreter.memory.forked.calls == 117);
    CHECK(interpreter.memory.forked.dumps == 23);
    CHECK(interpreter.memory.forked.loads == 5);
    CHECK(interpreter.memory.forked.thread == 40);
    CHECK(interpreter.memory.forked.reads == 1300);  // 3650 - 2200 - 150
    CHECK(interpreter.memory.allocate_big == 36);
    CHECK(interpreter.memory.remake == 2);
    CHECK(interpreter.memory.after_fault == 400);  // 1700 - 1300, the fault itself
    CHECK(interpreter.future_submit == 8000);
    CHECK(interpreter.future_run == 5000);
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
          std::set<std::string>{"background", "costs.cold_code.varies", "costs.condvar_wait",
                                "costs.halt_polling.start", "scheduler.base_slice", "scheduler.latency",
                                "scheduler.migration_cost", "scheduler.min_granularity", "scheduler.online_cores",
                                "scheduler.preempt_short", "scheduler.run_to_parity", "scheduler.tick_offset",
                                "scheduler.wakeup_granularity", "speed", "speeds"});
    // By version (from the base), of the program, or of another build.
    CHECK(unmeasured(scenario::interpreter_fields(), folder / "interpreter.yaml", "interpreters") ==
          std::set<std::string>{"check_interval",
                                "forkserver_preload",
                                "import_main",
                                "io_patience",
                                "memory.allocator",
                                "memory.arena",
                                "memory.free_lists.lists",
                                "memory.free_lists.tuple_size",
                                "memory.free_lists.tuples",
                                "memory.gc.collector",
                                "memory.gc.enabled",
                                "memory.gc.garbage_passes",
                                "memory.gc.mark",
                                "memory.gc.memory_gate",
                                "memory.gc.passes",
                                "memory.gc.runs",
                                "memory.gc_header",
                                "memory.immortal_objects",
                                "memory.numbers",
                                "memory.object_header",
                                "memory.pool",
                                "memory.small_limit",
                                "mutex_reload",
                                "mutex_spins",
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
