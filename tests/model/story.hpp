#pragma once
/// A run of a small scenario as a text: the events that a test is about, one line each, and how it ended.

#include <set>
#include <sstream>
#include <string>

#include "model/engine/isolate.hpp"
#include "model/scenario/load.hpp"
#include "model/trace/text_log.hpp"
#include "model/workload/simulation.hpp"
#include "tests/catch.hpp"

namespace gilsim::testing {

/// A machine and an interpreter on which nothing costs time but what the program says, so that every date can be worked
/// out by hand: four cores that wake at once, one CPython 3.11.
inline const std::string kFree =
    "gilsim: 1\n"
    "machine:\n"
    "  cores: 4\n"
    "  scheduler: {tick_offset: 0ns}\n"
    "  costs: {context_switch: 0ns, idle_states: [{after: 0ns, wake: 0ns}], wake_busy: 0ns, timer_interrupt: 0ns,\n    "
    "      "
    "timer_slack: 0ns, migration: 0ns, syscall: 0ns, futex_call: 0ns, futex_wait: 0ns, futex_wake: 0ns, condvar_wait: "
    "0ns, "
    "cache_transfer: 0ns, timer_set: "
    "0ns}\n"
    "  ipc: {pipe_call: 0ns, socket_call: 0ns, poll: 0ns, copy: 0ns, pipe_copy: 0ns, socket_copy: 0ns, map: 0ns, "
    "shared_page: 0ns, "
    "apart: {pipe_write: 0ns, pipe_read: 0ns, socket_write: 0ns, socket_read: 0ns, tcp_send: 0ns, tcp_receive: 0ns, "
    "copy: 0ns}}\n"
    "interpreter: {gil_overhead: 0ns, thread_create: 0ns, thread_bootstrap: 0ns, thread_exit: 0ns, process_exit: 0ns,\n"
    "              fork: 0ns, fork_child: 0ns, lock_call: 0ns, library_call: 0ns, "
    "pickling: {dumps: 0ns, loads: 0ns, object: 0ns, load_object: 0ns, reference: 0ns, load_reference: 0ns, "
    "instance: 0ns, load_instance: 0ns}, "
    "memory: {forked: {calls: 0, dumps: 0, loads: 0, thread: 0}}}\n";

/// The first words of the names of the counters that every process has, of its memory.
inline const std::set<std::string> kMemoryCounters{"RSS", "USS", "objects", "arenas", "memory"};

/// Runs the only variant of a scenario, in a process of its own. `events`: which events to tell (`sync_wait`, ...);
/// counters of memory are left out unless they are named, too (`RSS`).
inline std::string story(const std::string& yaml, const std::set<std::string>& events) {
    const auto loaded = scenario::load_text(yaml, "test.yaml", GILSIM_SOURCE_DIR, {});
    INFO(yaml);
    INFO(scenario::render(loaded.diagnostics));
    REQUIRE(loaded.scenario.has_value());
    const auto child = engine::in_child([&] {
        workload::Simulation simulation(loaded.scenario->variants.at(0), "test");
        trace::TextLog log(simulation.directory());
        simulation.attach(log);
        const auto result = simulation.run();
        std::string text;
        std::istringstream lines(log.text());
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string time, who, event, object;
            words >> time >> who >> event >> object;
            if (event == "counter" && kMemoryCounters.count(object) != 0 && events.count(object) == 0) continue;
            if (who == "run_end" || events.count(event) != 0) text += line + "\n";
        }
        for (const std::string& wait : result.deadlock) text += wait + "\n";
        return text;
    });
    INFO(child.error);
    REQUIRE(child.ok);
    return child.payload;
}

/// What a thread of a scenario does that its program may not do.
inline std::string failure(const std::string& yaml) {
    const auto loaded = scenario::load_text(yaml, "test.yaml", GILSIM_SOURCE_DIR, {});
    REQUIRE(loaded.scenario.has_value());
    const auto child = engine::in_child([&] {
        return workload::Simulation(loaded.scenario->variants.at(0), "test").run().failure;
    });
    REQUIRE(child.ok);
    return child.payload;
}

/// Whether a log contains a line, or a part of one.
inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// How often a log contains it.
inline std::size_t count_in(const std::string& text, const std::string& part) {
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++count;
    return count;
}

}  // namespace gilsim::testing
