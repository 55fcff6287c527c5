#include "tests/model/memory_run.hpp"

#include <algorithm>
#include <sstream>

#include <fmt/format.h>

#include "model/engine/isolate.hpp"
#include "model/scenario/load.hpp"
#include "model/workload/simulation.hpp"
#include "tests/catch.hpp"

namespace gilsim::test {

using trace::EventKind;
using trace::ThreadState;

namespace {

/// A machine and an interpreter on which nothing costs anything but memory.
const std::string kQuiet = R"(
gilsim: 1
machine:
  cores: 2
  memory: 1GiB
  cache: {size: 1GiB, streamed_line: 0ns, missed_line: 0ns}
  paging: {first_touch: 1us, copy: 2us, reuse: 500ns, fork_page: 100ns, release_page: 0ns}
  costs: {context_switch: 0ns, idle_states: [{after: 0ns, wake: 0ns}], wake_busy: 0ns, timer_interrupt: 0ns, timer_slack: 0ns,
          migration: 0ns, syscall: 0ns, futex_call: 0ns, futex_wait: 0ns, futex_wake: 0ns, condvar_wait: 0ns, cache_transfer: 0ns, timer_set: 0ns}
  ipc: {copy: 0ns}
interpreter:
  gil_overhead: 0ns
  thread_create: 0ns
  thread_bootstrap: 0ns
  thread_exit: 0ns
  fork: 0ns
  fork_child: 0ns
  process_exit: 0ns
  memory:
    arena: 1MiB
    pool: 16KiB
    make: 10ns
    allocate: 5ns
    free: 5ns
    walk: 3ns
    start_objects: 0
    start_memory: 0B
    start_shared: 0B
    fork_touched: 0B
    gc: {start: 0ns, object: 20ns, reference: 7ns, collected: 11ns, passes: 1, RUNS}
)";

/// Sums up what the events say.
struct Watcher final : trace::Sink {
    explicit Watcher(const trace::Directory& its_directory) : directory(its_directory) {}
    void event(const trace::Event& e) override {
        if (e.kind == EventKind::state) {
            settle(e.thread, e.time);
            states[e.thread] = {e.value, e.time};
        }
        if (e.kind == EventKind::thread_end) {
            settle(e.thread, e.time);
            states.erase(e.thread);
        }
        if (e.kind == EventKind::page_faults) figures["faults"] += e.value;
        if (e.kind == EventKind::copy_on_write) figures["copied"] += e.value;
        if (e.kind == EventKind::gc_begin) ++figures["collections"];
        if (e.kind == EventKind::gc_end) figures["freed"] += e.value;
        if (e.kind == EventKind::process_killed) ++figures["killed"];
        if (e.kind == EventKind::world_stop) ++figures["stops"];
        if (e.kind == EventKind::counter) {
            const auto& counter = directory.counters[static_cast<std::size_t>(e.object)];
            const std::string key = fmt::format("{} of {}", counter.name, counter.process);
            figures[key] = e.value;
            figures["most " + key] = std::max(figures["most " + key], e.value);
        }
    }
    void settle(int thread, Nanoseconds now) {
        const auto found = states.find(thread);
        if (found == states.end()) return;
        const auto state = static_cast<ThreadState>(found->second.first);
        figures[fmt::format("{} of {}", trace::row(state).name, thread)] += now - found->second.second;
    }
    void finish(Nanoseconds end, trace::Outcome outcome) override {
        for (const auto& [thread, state] : states) settle(thread, end);
        figures["end"] = end;
        figures["outcome"] = static_cast<std::int64_t>(outcome);
    }
    const trace::Directory& directory;
    std::map<int, std::pair<std::int64_t, Nanoseconds>> states;
    std::map<std::string, std::int64_t> figures;
};

}  // namespace

Outcome run_with_memory(const std::string& workload, const std::string& gc, bool free_threaded, const Edits& edits) {
    std::string text = kQuiet + workload;
    for (const auto& [from, to] : edits) text.replace(text.find(from), from.size(), to);
    text.replace(text.find("RUNS"), 4, gc);
    if (free_threaded) text.replace(text.find("  gil_overhead"), 0, "  gil: free_threaded\n");
    const auto loaded = scenario::load_text(text, "test.yaml");
    INFO(scenario::render(loaded.diagnostics));
    REQUIRE(loaded.scenario.has_value());
    const auto child = engine::in_child([&] {
        workload::Simulation simulation(loaded.scenario->variants.at(0), "test.yaml");
        Watcher watcher(simulation.directory());
        simulation.attach(watcher);
        simulation.run();
        std::string lines;
        for (const auto& [name, value] : watcher.figures) lines += fmt::format("{}={}\n", name, value);
        return lines;
    });
    INFO(child.error);
    REQUIRE(child.ok);
    Outcome outcome;
    std::istringstream lines(child.payload);
    for (std::string line; std::getline(lines, line);)
        outcome.figures[line.substr(0, line.find('='))] = std::stoll(line.substr(line.find('=') + 1));
    return outcome;
}

}  // namespace gilsim::test
