/// What memory costs threads and who waits for it: whole runs, with times worked out by hand.

#include <algorithm>
#include <map>
#include <sstream>

#include <fmt/format.h>

#include "model/engine/isolate.hpp"
#include "model/scenario/load.hpp"
#include "model/workload/simulation.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
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

/// What a run did, as text: `word number` per line.
struct Outcome {
    std::map<std::string, std::int64_t> figures;
    std::int64_t operator[](const std::string& name) const {
        const auto found = figures.find(name);
        return found == figures.end() ? 0 : found->second;
    }
};

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

/// Pieces of `kQuiet`, and what stands there instead.
using Edits = std::vector<std::pair<std::string, std::string>>;

Outcome run(const std::string& workload, const std::string& gc = "enabled: false", bool free_threaded = false,
            const Edits& edits = {}) {
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

}  // namespace

TEST_CASE("process memory: allocating takes core time, and a page fault per page") {
    const auto result = run(R"(
programs: {fill: [{allocate: {objects: 2550, size: 48B, into: kept}}]}
threads: {main: fill}
)");
    // 48 bytes and the collector's 16: 255 to a pool of 4 pages: 10 pools. 15 ns an object.
    CHECK(result["faults"] == 40);
    CHECK(result["bytecode of 0"] == 2550 * 15);
    CHECK(result["paging of 0"] == 40'000);
    CHECK(result["end"] == 2550 * 15 + 40'000);
    CHECK(result["RSS of 0"] == 40 * 4096);
    CHECK(result["arenas of 0"] == 1);
    CHECK(result["objects of 0"] == 2550);
}

TEST_CASE("process memory: short-lived objects take time but no memory") {
    const auto result = run(R"(
programs: {spin: [{allocate: {objects: 1000, size: 48B, values: [28B]}}]}
threads: {main: spin}
)");
    CHECK(result["end"] == 1000 * (10 + 2 * 5 + 2 * 5));
    CHECK(result["most RSS of 0"] == 0);
}

TEST_CASE("process memory: a free list makes it cheaper to make what has just been dropped") {
    const Edits edits{{"make: 10ns", "make: 10ns\n    remake: 4ns"}};
    const auto made = [&](const std::string& into) {
        return run("programs: {spin: [{allocate: {objects: 1000, size: 48B" + into + "}}]}\nthreads: {main: spin}\n",
                   "enabled: false", false, edits)["bytecode of 0"];
    };
    CHECK(made("") == 1000 * (4 + 5 + 5));
    CHECK(made(", make: 7ns") == 1000 * (7 + 5 + 5));
    CHECK(made(", into: kept") == 1000 * (10 + 5));
}

TEST_CASE("process memory: bytecode is slower after each page fault") {
    const auto result = run(R"(
programs: {fill: [{allocate: {objects: 2550, size: 48B, into: kept}}]}
threads: {main: fill}
)",
                            "enabled: false", false, {{"walk: 3ns", "walk: 3ns\n    after_fault: 300ns"}});
    CHECK(result["paging of 0"] == 40'000);
    CHECK(result["bytecode of 0"] == 2550 * 15 + 40 * 300);
}

TEST_CASE("process memory: a frame that is not in the cache takes longer to zero") {
    // 20 pools of 4 pages; the second time with the frames that the first have given back.
    const auto paging = [](const std::string& cache) {
        return run(R"(
programs: {fill: [{allocate: {objects: 5100, size: 48B, into: kept}}, {free: kept}, {allocate: {objects: 5100, size: 48B, into: again}}]}
threads: {main: fill}
)",
                   "enabled: false", false,
                   {{"paging: {", "paging: {cold_frame: 300ns, "},
                    {"cache: {size: 1GiB", "cache: {size: " + cache}})["paging of 0"];
    };
    CHECK(paging("1GiB") == 80 * 1300 + 80 * 1000);
    CHECK(paging("4KiB") == 80 * 1300 + 79 * 1300 + 1000);
}

TEST_CASE("process memory: beyond the cache, a heap whose pools lie apart has to be waited for") {
    const std::string workload = R"(
programs: {fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept, scattered: SCATTERED}}, {walk: kept}, {gc: collect}]}
threads: {main: fill}
)";
    // Beside the in-cache costs. 64 bytes of each object, 28 of its value: of 390 pools of 16 KiB, values' fill 170.
    // Two of the five times that a collection goes through the objects it looks at what they refer to, too.
    const auto beyond = [&](const std::string& cache, bool scattered = false, const std::string& pool = "16KiB") {
        std::string text = workload;
        text.replace(text.find("SCATTERED"), 9, scattered ? "true" : "false");
        const auto result =
            run(text, "enabled: false", false,
                {{"size: 1GiB, streamed_line: 0ns, missed_line: 0ns",
                  "size: " + cache + ", streamed_line: 2ns, missed_line: 50ns, begun_page: 1us, begun_run: 3us"},
                 {"passes: 1", "passes: 5"},
                 {"pool: 16KiB", "pool: " + pool}});
        const std::int64_t walked = result["bytecode of 0"] - 100'000 * (10 + 2 * 5 + 3);
        const std::int64_t collected = result["collecting of 0"] - 100'000 * (20 + 7);
        const bool waits = walked > 0 && !scattered;
        const std::int64_t referred = waits ? walked - 100'000 * 2 + 100'000 * 28 / 64 * 2 : 0;
        CHECK(collected == 5 * walked + 2 * referred);
        return walked;
    };
    CHECK(beyond("9200000B") == 0);
    CHECK(beyond("1MiB") == 100'000 * 2 + 170 * 3'000);
    CHECK(beyond("1MiB", false, "4KiB") == 100'000 * 2 + 683 * 1'000);
    CHECK(beyond("1MiB", true) == 100'000 * 50);
    // Twice the cache: with lines replaced at random, 797 of 1000 are missing each time (1 - exp(-2 * 0.797)).
    CHECK(beyond("4600000B", true) == 100 * 50 * 797);
}

TEST_CASE(
    "process memory: where a hypervisor has page tables, the pages of a list that realloc() moved cost whoever reads "
    "it") {
    const auto paging = [](const std::string& then, const std::string& moves = "moved_page: 1us") {
        return run("programs: {fill: [{allocate: {objects: 100000, size: 48B, into: kept}}" + then +
                       "]}\nthreads: {main: fill}\n",
                   "enabled: false", false, {{"paging: {", "paging: {" + moves + ", "}})["paging of 0"];
    };
    const std::int64_t filled = paging("");
    CHECK(paging(", {walk: kept}") - filled == 173'000);
    CHECK(paging(", {walk: kept}, {walk: kept}") - filled == 173'000);
    CHECK(paging(", {gc: collect}, {walk: kept}") - filled == 173'000);
    // Since it left malloc's heap it moved whenever it was full: by an eighth more each time, from 54 pages to 174.
    CHECK(paging("", "move_page: 10ns") - paging("", "move_page: 0ns") ==
          10 * (54 + 61 + 68 + 77 + 86 + 97 + 109 + 123 + 138 + 155 + 174));
}

TEST_CASE(
    "process memory: beyond the cache, garbage is gone through more often than what lives, and freeing fetches it") {
    const auto result = [](const std::string& operations, const std::string& line = "2ns") {
        return run("programs: {main: [{allocate: {objects: 100000, size: 48B, into: kept, cyclic: CYCLIC}}, " +
                       operations + "]}\nthreads: {main: main}\n",
                   "enabled: false", false,
                   {{"size: 1GiB, streamed_line: 0ns, missed_line: 0ns",
                     "size: 512KiB, streamed_line: " + line + ", begun_page: 0ns, begun_run: 0ns"},
                    {"passes: 1", "passes: 5, garbage_passes: 8"},
                    {"CYCLIC", operations == "{free: kept}" ? "false" : "true"}});
    };
    CHECK(result("{gc: collect}")["collecting of 0"] == 100'000 * (20 + 5 * 2));
    CHECK(result("{free: kept}, {gc: collect}")["collecting of 0"] == 100'000 * (20 + 8 * 2 + 11 + 5));
    CHECK(result("{free: kept}")["native of 0"] == 100'000 * 5);  // while it fetches: a line of 64 bytes in 2 ns
    CHECK(result("{free: kept}", "9ns")["native of 0"] == 100'000 * 9);
}

TEST_CASE(
    "process memory: what is beyond the core's own cache comes from the last level, and beyond that from memory") {
    const auto walked = [](const std::string& core_cache, const std::string& last) {
        const auto result = run(R"(
programs: {fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {walk: kept}]}
threads: {main: fill}
)",
                                "enabled: false", false,
                                {{"cache: {size: 1GiB, streamed_line: 0ns, missed_line: 0ns}",
                                  "cache: {size: " + last +
                                      ", streamed_line: 9ns, begun_page: 0ns, begun_run: 0ns}\n"
                                      "  core_cache: {size: " +
                                      core_cache + ", streamed_line: 3ns, begun_page: 0ns, begun_run: 100ns}"}});
        return result["bytecode of 0"] - 100'000 * (10 + 2 * 5 + 3);
    };
    CHECK(walked("9200000B", "9200000B") == 0);
    CHECK(walked("1MiB", "9200000B") == 100'000 * 3);  // pools of values are begun anew, but for nothing a page
    CHECK(walked("1MiB", "1MiB") == 100'000 * (3 + 9));
}

TEST_CASE("process memory: a collection holds the GIL, and everybody else waits for its end") {
    const auto result = run(R"(
programs:
  fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {start: other}, {gc: collect}, {join: other}]
  other: [{sleep: 1us}, {compute: 10us}]
threads: {main: fill, other: {run: other, start: manual}}
)");
    CHECK(result["collecting of 0"] == 100'000 * (20 + 7));
    CHECK(result["collections"] == 1);
    CHECK(result["waiting_gil of 1"] >= 2'690'000);  // it wanted to run 1 us after it had begun to sleep
    CHECK(result["bytecode of 1"] == 10'000);
}

TEST_CASE("process memory: up to 3.11 collections begin in the allocation, from 3.12 on at check points") {
    const std::string workload = R"(
programs: {parse: [{allocate: {objects: 7010, size: 48B, into: kept, by: native}}]}
threads: {main: parse}
)";
    CHECK(run(workload, "enabled: true, runs: in-allocation")["collections"] == 10);
    CHECK(run(workload, "enabled: true, runs: at-check-points")["collections"] == 1);
    const std::string in_python = R"(
programs: {parse: [{allocate: {objects: 7010, size: 48B, into: kept}}]}
threads: {main: parse}
)";
    CHECK(run(in_python, "enabled: true, runs: at-check-points")["collections"] == 10);
}

TEST_CASE("process memory: a free-threaded collection stops every other thread, twice") {
    const std::string workload = R"(
programs:
  fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {start: other}, {gc: collect}, {join: other}]
  other: [{compute: 5ms}]
threads: {main: fill, other: {run: other, start: manual}}
)";
    const auto result = run(workload, "enabled: false, collector: free-threaded", true);
    CHECK(result["collecting of 0"] == 100'000 * (20 + 7));
    CHECK(result["world_stopped of 1"] >= 2'690'000);
    CHECK(result["stops"] == 2);
}

TEST_CASE("process memory: garbage in cycles stays until a collection finds it") {
    const auto result = run(R"(
programs: {leak: [{allocate: {objects: 1000, size: 48B, into: ring, cyclic: true}}, {free: ring}, {sleep: 1ms}, {gc: collect}]}
threads: {main: leak}
)");
    CHECK(result["freed"] == 1000);
    CHECK(result["collecting of 0"] == 1000 * (20 + 11 + 5));
    CHECK(result["objects of 0"] == 0);
    CHECK(result["RSS of 0"] == 0);
    CHECK(result["most RSS of 0"] == 16 * 4096);
}

TEST_CASE("process memory: a finalised interpreter collects what its program has kept, and frees it") {
    const auto child = [](const std::string& method, const std::string& gc, const std::string& operations,
                          const std::string& release = "0ns") {
        return run("programs:\n  launch: [{start: child}, {join: child}]\n  child: [" + operations +
                       "]\nthreads: {main: launch}\nprocesses: {child: {run: child, start: manual, start_method: " +
                       method + "}}\n",
                   gc, false, {{"release_page: 0ns", "release_page: " + release}});
    };
    const std::string never = "thresholds: [0]";
    // Collecting, and freeing beside it.
    using Spent = std::vector<std::int64_t>;
    const auto ends = [&](const std::string& method, const std::string& gc, const std::string& what,
                          const std::string& then = "") {
        const auto whole = child(method, gc, "{allocate: {objects: 1000, size: 48B, " + what + ", into: kept}}" + then);
        CHECK(whole["collections"] == (method != "spawn" ? 0 : gc == never ? 2 : 1));
        return Spent{whole["collecting of 1"],
                     whole["native of 1"] - child(method, gc, "{compute: 1us}")["native of 1"]};
    };
    // Before modules go, if the collector is on, and then as garbage: at 11 ns, and 5 to free.
    CHECK(ends("spawn", never, "tracked: true") == Spent{1000 * (20 + 20 + 11 + 5), 0});
    CHECK(ends("spawn", "enabled: false", "tracked: true") == Spent{1000 * (20 + 11 + 5), 0});
    // What the collector does not know, and what it does not look at, goes with its last reference.
    CHECK(ends("spawn", never, "tracked: false") == Spent{0, 1000 * 5});
    CHECK(ends("spawn", never, "tracked: true", ", {gc: freeze}") == Spent{0, 1000 * 5});
    // os._exit
    CHECK(ends("fork", never, "tracked: true") == Spent{0, 0});
    CHECK(ends("forkserver", never, "tracked: true") == Spent{0, 0});
    // How much there was at the program's end can still be read.
    const auto all = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}");
    CHECK(all["most USS of 1"] == 16 * 4096);
    CHECK(all["USS of 1"] == 0);
    // Its pages are given back once, by whoever frees them.
    const auto given_back = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}", "100ns");
    CHECK(given_back["end"] - all["end"] == 16 * 100);
    // So few that the core forgets each by itself.
    const auto forgotten = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}",
                                 "0ns, flush_page: 30ns, flush_all: 7us");
    CHECK(forgotten["end"] - all["end"] == 16 * 30);
    const auto arena = child("spawn", never, "{allocate: {objects: 10000, size: 48B, into: kept}}");
    const auto all_at_once = child("spawn", never, "{allocate: {objects: 10000, size: 48B, into: kept}}",
                                   "0ns, flush_page: 30ns, flush_all: 7us");
    CHECK(all_at_once["end"] - arena["end"] == 7000);
}

TEST_CASE("process memory: a forked child copies the pages that it looks at, unless they were frozen") {
    const auto with = [](const std::string& parent, const std::string& child) {
        return run("programs:\n  load: [" + parent +
                   "{start: child}, {join: child}]\n"
                   "  child: [" +
                   child + "]\nthreads: {main: load}\nprocesses: {child: {run: child, start: manual, start_method: fork}}\n");
    };
    const std::string load = "{allocate: {objects: 255000, size: 48B, values: [28B], into: data}}, ";
    // 1000 pools of 4 pages for the objects, 500 for their values (510 to a pool); for the list that keeps them 499
    // pages, and malloc's heap, in which it was at first: 48 pages, of which it gives back 15.
    const std::int64_t all = 6000 + 499 + 33;
    const auto looks = with(load, "{walk: data}");
    CHECK(looks["copied"] == 4000);
    CHECK(looks["paging of 1"] == 4000 * 2000);
    CHECK(looks["most USS of 1"] == 4000 * 4096);
    CHECK(looks["USS of 0"] == all * 4096);  // at its end the child's copies are gone, and what they shared is its own
    CHECK(looks["most memory in use of -1"] == (all + 4000) * 4096);
    CHECK(with(load, "{walk: {set: data, values: true}}")["copied"] == 6000);
    CHECK(with(load, "{compute: 1ms}")["copied"] == 0);
    CHECK(with(load, "{gc: collect}")["copied"] == 4000);
    CHECK(with(load + "{gc: freeze}, ", "{gc: collect}")["copied"] == 0);
    // fork() copies the page table, an entry in 100 ns.
    CHECK(with(load, "{compute: 1ms}")["end"] - with("", "{compute: 1ms}")["end"] ==
          255'000 * 20 + (all + 15) * 1000 + all * 100);
}

TEST_CASE("process memory: who fills the machine is killed, and the others go on") {
    const auto result = run(R"(
programs:
  grow: [{sleep: 1ms}, {allocate: {objects: 30000, size: 100KiB, tracked: false, into: much}}]
  work: [{compute: 20ms}]
processes: {grower: {run: grow, start_method: spawn}, worker: {run: work, start_method: spawn}}
)");
    CHECK(result["killed"] == 1);
    CHECK(result["outcome"] == static_cast<std::int64_t>(trace::Outcome::out_of_memory));
    CHECK(result["most memory in use of -1"] <= (1LL << 30) + (1 << 20));
    CHECK(result["memory in use of -1"] == 0);
    CHECK(result["bytecode of 2"] == 20'000'000);
}

TEST_CASE("process memory: the main process may be the one that is killed") {
    const auto result = run(R"(
programs: {grow: [{allocate: {objects: 30000, size: 100KiB, tracked: false, into: much}}, {compute: 1s}], wait: [{sleep: 5s}]}
threads: {main: grow, other: wait}
)");
    CHECK(result["killed"] == 1);
    CHECK(result["outcome"] == static_cast<std::int64_t>(trace::Outcome::out_of_memory));
    CHECK(result["end"] < kSecond);
}
