/// The GIL of CPython 2, step by step.

#include "tests/catch.hpp"
#include "tests/model/policy_run.hpp"

using namespace gilsim::test;

namespace {

using Lines = std::vector<std::string>;

/// A check every 100 ticks of 100 ns, which is 10 us. Starting and ending cost nothing.
std::string ticking(int cores, const std::string& compute, const std::string& threads, const std::string& more = "") {
    return "gilsim: 1\nmachine: " + free_machine_text(cores) +
           "\ninterpreter: {gil: tick, checkpoint_every: 100ns, gil_overhead: 0ns, thread_create: 0ns, "
           "thread_bootstrap: 0ns, "
           "thread_exit: 0ns, process_exit: 0ns" +
           more + "}\nprograms: {p: [{compute: " + compute + "}]}\nthreads: " + threads + "\n";
}

}  // namespace

TEST_CASE("tick: a program without threads never touches the lock", "[gil][tick]") {
    const auto log = log_of("gilsim: 1\nmachine: " + free_machine_text(1) +
                            "\ninterpreter: {gil: tick, gil_overhead: 1us, process_exit: 0ns}\n"
                            "programs: {p: [{compute: 1ms}]}\nthreads: {main: p}\n");
    CHECK(count(log, "gil_acquire") == 1);
    CHECK(count(log, "gil_release") == 0);
    CHECK(time_of(log, "run_end") == 1'010'000);  // the first 10 us woke the core
}

TEST_CASE("tick: a check that nobody waits for costs a release and an acquisition", "[gil][tick]") {
    const auto log =
        log_of("gilsim: 1\nmachine: " + free_machine_text(1) +
               "\ninterpreter: {gil: tick, checkpoint_every: 100ns, gil_overhead: 50ns, thread_create: 0ns, "
               "thread_bootstrap: 0ns, thread_exit: 0ns}\n"
               "programs: {p: [{compute: 1ms}]}\nthreads: {a: p}\n");
    CHECK(time_of(log, "main/a op_end") - time_of(log, "main/a op_begin") == 1'000'000 + 100 * 2 * 50);
    CHECK(count(log, "gil_missed") == 0);
}

TEST_CASE("tick: on two cores the woken waiter comes too late again and again", "[gil][tick]") {
    // main has started a, needs 10 us to come back, and finds the lock taken. From then on a releases every 10 us and
    // has the lock back at once; each release wakes main, which arrives 10 us later.
    const auto log = log_of(ticking(2, "50us", "{a: p}"));
    CHECK(first(11, log, {"gil_"}) == Lines{
                                          "10 main gil_acquire after nobody",
                                          "10 main gil_release blocking",
                                          "20 a gil_acquire after main",
                                          "30 main gil_wait",
                                          "40 a gil_release requested",
                                          "40 a gil_acquire after a",
                                          "50 a gil_release requested",
                                          "50 a gil_acquire after a",
                                          "50 main gil_missed",
                                          "60 a gil_release requested",
                                          "60 a gil_acquire after a",
                                      });
    CHECK(count(log, "drop_request") == 0);
    CHECK(count(log, "forced_switch") == 0);
}

TEST_CASE("tick: on one core the lock moves when the scheduler moves the core", "[gil][tick]") {
    // At 4 ms the tick takes the core from a, which holds the lock, for main: it finds the lock taken and sleeps, and a
    // goes on. a's next check wakes main, whose turn it is, so that it gets the core while the lock is free.
    const auto log = log_of(ticking(1, "6ms", "{a: p}"));
    Lines from_tick;
    for (const auto& line : only(log, {"gil_", "sched_switch"}))
        if (std::stoll(line) >= 4000 && from_tick.size() < 7) from_tick.push_back(line);
    CHECK(from_tick == Lines{
                           "4000 core0 sched_switch a -> main runnable",
                           "4000 main gil_wait",
                           "4000 core0 sched_switch main -> a",
                           "4010 a gil_release requested",
                           "4010 core0 sched_switch a -> main runnable",
                           "4010 main gil_acquire after a",
                           "4010 main gil_release blocking",
                       });
}

TEST_CASE("tick: the check interval counts ticks", "[gil][tick]") {
    CHECK(count(log_of(ticking(2, "1ms", "{a: p}", ", check_interval: 1000")), "a gil_release main requested") < 10);
    CHECK(count(log_of(ticking(2, "1ms", "{a: p}", ", check_interval: 10")), "a gil_release main requested") > 900);
}

// --- signals: Py_AddPendingCall ---------------------------------------------------------------------------------------

namespace {

/// A signal comes at 2 ms.
std::string interrupted(const std::string& programs, const std::string& threads, const std::string& handler = "0ns") {
    return "gilsim: 1\nmachine: " + free_machine_text(4) +
           "\ninterpreter: {gil: tick, checkpoint_every: 100ns, gil_overhead: 50ns, thread_create: 0ns, "
           "thread_bootstrap: 0ns, thread_exit: 0ns, process_exit: 0ns}\n"
           "signals: [{at: 2ms, handler: " +
           handler + ", request: late}]\nprograms: {" + programs + "}\nthreads: " + threads + "\n";
}

}  // namespace

TEST_CASE("tick: until the main thread has run a signal's handler, the lock is released after each tick",
          "[gil][tick][signal]") {
    // The release and acquisition of 100 ns come every 10 us before the signal, every 100 ns after it. main is blocked in
    // join() and gets to the handler only when a has ended.
    const auto log = log_of(interrupted("p: [{sleep: 1ms}, {compute: 10ms}]", "{a: p}"));
    const auto begin = time_of(log, "main/a op_begin compute");
    const auto before = 2'000'000 - begin;
    const auto work_left = 10'000'000 - before * 100 / 101;
    CHECK(time_of(log, "main/a op_end compute") - 2'000'000 == Approx(2 * work_left).epsilon(0.005));
    CHECK(time_of(log, "request_begin late") == 2'000'000);
    CHECK(time_of(log, "main/main request_end late") >= time_of(log, "main/a op_end compute"));
}

TEST_CASE("tick: threads that wait make each of these ticks a battle for the lock", "[gil][tick][signal]") {
    const auto quiet = log_of(interrupted("p: [{sleep: 1ms}, {compute: 3ms}]", "{a: p, b: p}"));
    CHECK(count(quiet, "gil_release main requested") > 10'000);
    CHECK(count(quiet, "gil_missed") > 50);
    CHECK(time_of(quiet, "main/main request_end late") > 6'000'000);
}

TEST_CASE("tick: a main thread that computes runs the handler at once", "[gil][tick][signal]") {
    const auto log = log_of(interrupted("p: [{compute: 10ms}]", "{main: p}", "300us"));
    CHECK(time_of(log, "main/main request_end late") >= 2'300'000);
    CHECK(time_of(log, "main/main request_end late") <= 2'300'200);  // at the next check
    CHECK(time_of(log, "main/main op_end") - time_of(log, "main/main op_begin") == 10'300'000);
}
