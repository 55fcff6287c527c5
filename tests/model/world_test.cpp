/// Whole programs from YAML: who is started when and by whom, what holds a run up, and how it ends. Times in us.

#include <set>
#include <sstream>

#include "tests/catch.hpp"
#include "tests/model/stage.hpp"
#include "tests/model/story.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

// A machine and an interpreter that charge nothing but what a test adds.
std::string free_world(const std::string& interpreter, const std::string& rest) {
    return R"(gilsim: 1
title: test
machine:
  cores: 2
  scheduler: {tick_offset: 4ms, migration_cost: 0us}
  costs: {context_switch: 0us, idle_states: [{after: 0us, wake: 0us}], wake_busy: 0us, timer_interrupt: 0us, timer_slack: 0us,
          migration: 0us, syscall: 0us, futex_call: 0us, futex_wait: 0us, futex_wake: 0us, condvar_wait: 0ns, cache_transfer: 0us, timer_set: 0us}
interpreter: {gil_overhead: 0us, process_exit: 0us, fork: 0us, fork_child: 0us, )" +
           interpreter + "}\n" + rest;
}

constexpr const char* kFreeThreads = "thread_create: 0us, thread_bootstrap: 0us, thread_exit: 0us";

const std::set<EventKind> kLives{EventKind::thread_start, EventKind::thread_end, EventKind::process_start,
                                 EventKind::process_end};
const std::set<EventKind> kRequests{EventKind::request_begin, EventKind::request_end};

}  // namespace

TEST_CASE("starting a thread costs its parent, then the thread", "[world]") {
    // 20 in the parent; the parent waits for the started event, which the child posts after its 10: main joins from 30.
    const std::string log = run_yaml(free_world("thread_create: 20us, thread_bootstrap: 10us, thread_exit: 5us", R"(
programs: {work: [{compute: 100us}]}
threads: {worker: {run: work}}
)"),
                                     kLives);
    INFO(log);
    CHECK(has(log, "20 worker thread_start"));
    CHECK(has(log, "135 worker thread_end"));
    CHECK(has(log, "135 completed"));
}

TEST_CASE("a daemon does not hold the run up", "[world]") {
    CHECK(run_yaml(free_world(kFreeThreads, R"(
programs:
  work: [{compute: 100us}]
  beat: [{repeat: {do: [{sleep: 30us}]}}]
threads: {heart: {run: beat, daemon: true}, worker: {run: work}}
)"),
                   kNothing) == "\n100 completed\n");
}

TEST_CASE("a wait for the GIL begins when its deadline is known", "[world]") {
    std::string text = free_world(kFreeThreads, "programs: {work: [{compute: 8ms}]}\nthreads: {worker: {count: 2, run: work}}\n");
    text.replace(text.find("wake_busy:"), 10, "deadline: 300us, wake_busy:");
    CHECK(has(run_yaml(text, {EventKind::drop_request}), "5300 drop_request"));
}

// SimGrid adds its steps up in doubles: 16 us and 84 us are a little more than 100 us there.
TEST_CASE("a step that SimGrid's clock rounds up is no step into the past", "[world]") {
    CHECK(run_yaml(free_world(kFreeThreads, "programs: {p: [{sleep: 16us}, {sleep: 84us}]}\nthreads: {main: p}\n"),
                   kNothing) == "\n100 completed\n");
}

TEST_CASE("a limit ends a run that would not end", "[world]") {
    CHECK(run_yaml(free_world(kFreeThreads, R"(
limit: 1ms
programs: {beat: [{repeat: {do: [{sleep: 30us}]}}]}
threads: {heart: {run: beat}}
)"),
                   kNothing) == "\n1000 limit\n");
}

TEST_CASE("a group with start: manual waits for its start operation", "[world]") {
    const std::string log = run_yaml(free_world(kFreeThreads, R"(
programs:
  work: [{compute: 100us}]
  boss: [{sleep: 1ms}, {start: worker}, {join: worker}, {compute: 50us}]
threads: {main: boss, worker: {count: 2, run: work, start: manual}}
)"),
                                     kLives);
    INFO(log);
    CHECK(has(log, "1000 worker-1 thread_start"));
    // worker-1's first act takes the GIL, which main has given up to wait for it: main goes on when worker-1 has ended.
    CHECK(has(log, "1100 worker-2 thread_start"));
    CHECK(has(log, "1250 completed"));  // 2 x 100 under one GIL, then main's 50
}

TEST_CASE("processes have a GIL each, threads share one", "[world]") {
    const std::string programs = "programs: {work: [{compute: 1ms}]}\n";
    CHECK(run_yaml(free_world(kFreeThreads, programs + "threads: {worker: {count: 2, run: work}}\n"), kNothing) ==
          "\n2000 completed\n");
    CHECK(run_yaml(free_world(kFreeThreads, programs + "processes: {worker: {count: 2, run: work}}\n"), kNothing) ==
          "\n1000 completed\n");
}

TEST_CASE("each start method costs the parent its launch and the child its boot", "[world]") {
    const auto end = [](const std::string& method) {
        return run_yaml(free_world(std::string(kFreeThreads) +
                                       ", spawn: 700us, spawn_child: 50ms, forkserver_child: 4ms, forkserver_start: "
                                       "40ms, forkserver_request: 500us, "
                                       "forkserver_fork: 1ms, import_main: 0us, pickling: {dumps: 0ns, loads: 0ns, "
                                       "object: 0ns, load_object: 0ns, "
                                       "reference: 0ns, load_reference: 0ns, instance: 0ns, load_instance: 0ns}",
                                   R"(
programs: {work: [{compute: 1ms}]}
processes: {worker: {run: work, start_method: )" +
                                       method + "}}\n"),
                        kNothing);
    };
    CHECK(end("fork") == "\n1000 completed\n");
    CHECK(end("spawn") == "\n51700.542 completed\n");  // 542 ns: it reads what its parent has sent
    // The server is launched (700 us) and boots (40 ms); it forks (1 ms) what has been asked for meanwhile, as
    // poll (150 ns) tells, and reaps the child as poll (150 ns) tells. That unpickles for the first time: two pages.
    CHECK(end("forkserver") == "\n46702.521 completed\n");
}

TEST_CASE("requests nest, and each has its own begin and end", "[world]") {
    const std::string log = run_yaml(free_world(std::string(kFreeThreads) + ", lock_call: 0ns, library_call: 0ns", R"(
objects: {table: lock}
programs:
  serve:
    - request:
        name: page
        do:
          - compute: 100us
          - with: {lock: table, do: [{request: {name: query, do: [{compute: 10us}]}}]}
          - compute: 20us
threads: {server: {run: serve}}
)"),
                                     kRequests);
    CHECK(log == R"(
0 server request_begin page #0
100 server request_begin query #1
110 server request_end query #1
130 server request_end page #0
130 completed
)");
}

TEST_CASE("two locks taken in opposite orders: the cycle is told by name", "[world]") {
    const std::string log = run_yaml(free_world(kFreeThreads, R"(
objects: {a: lock, b: lock}
programs:
  ab: [{lock: a}, {sleep: 1ms}, {lock: b}, {unlock: b}, {unlock: a}]
  ba: [{lock: b}, {sleep: 1ms}, {lock: a}, {unlock: a}, {unlock: b}]
threads: {first: {run: ab}, second: {run: ba}}
)"),
                                     kNothing);
    INFO(log);
    CHECK(has(log, "deadlock"));
    CHECK(has(log, "'first' waits for lock 'b'"));
    CHECK(has(log, "held by 'second'"));
    CHECK(has(log, "'second' waits for lock 'a'"));
    CHECK(has(log, "held by 'first'"));
}

TEST_CASE("a new thread on its creator's core need not wait for an interrupt", "[world]") {
    // Its slices are shorter: it takes the core from its parent at once, not 100 us later.
    std::string text = free_world(kFreeThreads, R"(
programs: {quick: [{compute: 10us}], boss: [{start: quick}, {compute: 1ms}]}
threads: {main: boss}
processes: {quick: {run: quick, start: manual, start_method: fork, slice: 100us}}
)");
    text.replace(text.find("cores: 2"), 8, "cores: 1");
    text.replace(text.find("wake_busy: 0us"), 14, "wake_busy: 100us");
    const std::string log = run_yaml(text, kLives);
    INFO(log);
    CHECK(has(log, "\n10 quick/main thread_end"));
}

TEST_CASE("a killed thread's sleep does not keep the run alive", "[world]") {
    const std::string log = run_yaml(free_world(kFreeThreads, R"(
objects: {never: event}
programs:
  sleeper: [{sleep: 100s}]
  dies: [{sleep: 1ms}, {crash: segmentation fault}]
  main: [{wait: never}]
threads: {main: main}
processes: {child: {run: dies, start_method: fork, threads: {sleeper: {run: sleeper, daemon: true}}}}
)"),
                                     kNothing);
    INFO(log);
    CHECK(has(log, "deadlock"));
    CHECK(std::stod(log) < 2000);
}

TEST_CASE("who is started again draws other random numbers", "[world]") {
    const std::string log = run_yaml(free_world(kFreeThreads, R"(
programs:
  work: [{sleep: {uniform: [1ms, 100ms]}}]
  boss: [{repeat: {times: 3, do: [{start: worker}, {join: worker}]}}]
threads: {main: boss, worker: {run: work, start: manual}}
)"),
                                     {EventKind::thread_start, EventKind::thread_end});
    INFO(log);
    std::set<std::string> naps;
    std::istringstream lines(log);
    double begin = 0;
    for (std::string line; std::getline(lines, line);) {
        if (!has(line, "worker")) continue;
        if (has(line, "thread_start"))
            begin = std::stod(line);
        else
            naps.insert(std::to_string(std::stod(line) - begin));
    }
    CHECK(naps.size() == 3);
}

TEST_CASE("a process is reaped once, in the order of the starts, while others still run", "[world]") {
    // Forks end at 2 and 4 ms, members at 5 and 7. From 4 on main joins: it reaps from 5 to 6 and from 7 to 8. That it
    // joins them again, and at the end once more, with a group that was never started, takes nothing.
    for (const std::string& again : {std::string(), std::string(", {join: worker}")}) {
        std::string text = free_world(std::string(kFreeThreads) + ", process_join: 1ms", R"(
programs:
  work: [{compute: 3ms}]
  boss: [{start: worker}, {join: worker})" + again + R"(]
threads: {main: boss}
processes:
  worker: {count: 2, run: work, start: manual, start_method: fork}
  never: {count: 3, run: work, start: manual, start_method: fork}
)");
        text.replace(text.find("fork: 0us"), 9, "fork: 2ms");
        CHECK(run_yaml(text, kNothing) == "\n8000 completed\n");
    }
}

TEST_CASE("who joins threads wakes up at the end of each that it waits for", "[world]") {
    // They begin at 1 and 2 ms and end at 4 and 5.
    const std::string log = run_yaml(free_world("thread_create: 1ms, thread_bootstrap: 0us, thread_exit: 0us", R"(
programs: {work: [{sleep: 3ms}]}
threads: {worker: {count: 2, run: work}}
)"),
                                     {EventKind::sched_waking});
    INFO(log);
    CHECK(has(log, "\n4000 sched_waking"));
    CHECK(has(log, "\n5000 sched_waking"));
}
