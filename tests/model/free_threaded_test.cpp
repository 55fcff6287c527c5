/// Interpreters without a GIL: parallel threads, contended reference counts, object locks, stop-the-world.

#include "tests/catch.hpp"
#include "tests/model/policy_run.hpp"

using namespace gilsim::test;

namespace {

using Lines = std::vector<std::string>;

/// Four cores. A reference to an own object 2 ns, to a shared one 10 ns; the shared line 10 ns for each of two updates.
std::string counting_machine(const std::string& gil, const std::string& programs, const std::string& threads) {
    auto machine = free_machine_text(4);
    machine.insert(machine.find("context_switch"), "contended_line: 10us, ");
    return "gilsim: 1\nmachine: " + machine + "\ninterpreter: {gil: " + gil +
           ", checkpoint_every: 1us, gil_overhead: 0ns, thread_create: 0ns, thread_bootstrap: 0ns, thread_exit: 0ns, "
           "process_exit: 0ns, refcount: 2us, refcount_shared: 10us, refcount_uncounted: 1us}\nprograms: {" +
           programs + "}\nthreads: " + threads + "\n";
}

/// How long the only `touch` of the thread took, in ns.
long long touching(const std::vector<std::string>& log, const std::string& thread) {
    return time_of(log, "main/" + thread + " op_end touch") - time_of(log, "main/" + thread + " op_begin touch");
}

std::string touch(const std::string& counting) {
    return "p: [{touch: {object: o, times: 1000000, counting: " + counting + "}}]";
}

}  // namespace

TEST_CASE("free-threaded: threads compute side by side, and no GIL is in the trace", "[free_threaded]") {
    const auto log = log_of(counting_machine("free_threaded", "p: [{compute: 1ms}]", "{a: p, b: p, c: p}"));
    CHECK(time_of(log, "run_end") < 1'200'000);
    CHECK(count(log, "gil_") == 0);
}

TEST_CASE("free-threaded: the price of a reference depends on whose object it is", "[free_threaded]") {
    CHECK(touching(log_of(counting_machine("free_threaded", touch("own"), "{a: p}")), "a") == 2'000'000);
    CHECK(touching(log_of(counting_machine("free_threaded", touch("shared"), "{a: p}")), "a") == 10'000'000);
    CHECK(touching(log_of(counting_machine("free_threaded", touch("shared"), "{main: p}")), "main") == 2'000'000);
    CHECK(touching(log_of(counting_machine("free_threaded", touch("deferred"), "{a: p}")), "a") == 1'000'000);
    CHECK(touching(log_of(counting_machine("free_threaded", touch("immortal"), "{a: p}")), "a") == 1'000'000);
    // With a GIL there is one price; only what is immortal is not counted.
    CHECK(touching(log_of(counting_machine("timed", touch("shared"), "{a: p}")), "a") == 2'000'000);
    CHECK(touching(log_of(counting_machine("timed", touch("deferred"), "{a: p}")), "a") == 2'000'000);
    CHECK(touching(log_of(counting_machine("timed", touch("immortal"), "{a: p}")), "a") == 1'000'000);
}

TEST_CASE("free-threaded: who writes one count takes turns with all others on a core", "[free_threaded]") {
    const auto two = log_of(counting_machine("free_threaded", touch("shared"), "{a: p, b: p}"));
    const auto three = log_of(counting_machine("free_threaded", touch("shared"), "{a: p, b: p, c: p}"));
    // Two updates of 10 ns for each writer in turn: 40 ns a reference for two threads, 60 ns for three.
    CHECK(touching(two, "a") > 39'000'000);
    CHECK(touching(two, "a") < 41'000'000);
    CHECK(touching(three, "a") > 58'000'000);
    CHECK(touching(three, "a") < 61'000'000);
    CHECK(count(two, "main/a state contended") > 0);
    // As soon as one is through, the other has the line to itself.
    CHECK(touching(two, "b") < touching(two, "a") + 1'000'000);
    const auto own = log_of(counting_machine("free_threaded", touch("own"), "{a: p, b: p}"));
    CHECK(touching(own, "a") == 2'000'000);
    CHECK(count(own, "state contended") == 0);
}

TEST_CASE("free-threaded: a thread off its core does not take turns", "[free_threaded]") {
    // Both on core 0: only one at a time writes.
    const auto log = log_of(
        counting_machine("free_threaded", touch("shared"), "{a: {run: p, cores: [0]}, b: {run: p, cores: [0]}}"));
    CHECK(time_of(log, "main/b op_end touch") < 21'000'000);
    CHECK(count(log, "state contended") == 0);
}

TEST_CASE("free-threaded: a critical section keeps others out, and is suspended while its thread sleeps",
          "[free_threaded]") {
    const std::string sections =
        "p: [{critical_section: {object: o, do: [{compute: 1ms}]}}], "
        "q: [{critical_section: {object: o, do: [{compute: 100us}, {sleep: 1ms}, {compute: 100us}]}}]";
    const auto busy = log_of(counting_machine("free_threaded", sections, "{a: p, b: p}"));
    CHECK(time_of(busy, "main/b op_begin compute") >= time_of(busy, "main/a op_end compute"));
    const auto asleep = log_of(counting_machine("free_threaded", sections, "{a: q, b: q}"));
    CHECK(time_of(asleep, "main/b op_begin compute") < time_of(asleep, "main/a op_end sleep"));
    CHECK(time_of(asleep, "main/b op_begin compute") >= time_of(asleep, "main/a op_end compute"));
    const auto with_gil = log_of(counting_machine("timed", sections, "{a: p, b: p}"));
    CHECK(count(with_gil, "waiting_lock") == 0);  // nothing to hold
}

TEST_CASE("free-threaded: who is handed an item by a simple queue goes on when the call that woke it has returned",
          "[free_threaded]") {
    std::string text = counting_machine("free_threaded", "p: [{get: q}], main: [{sleep: 1ms}, {put: q}]",
                                        "{main: main, a: p}\nobjects: {q: simple_queue}");
    text.insert(text.find("gil: free_threaded"), "version: 3.13t, ");
    text.replace(text.find("futex_wake: 0ns"), 15, "futex_wake: 100us");
    const auto log = log_of(text);
    // The call takes 50 us until a is woken, and 50 after that, while a, on a core of its own, wants the queue's mutex.
    CHECK(time_of(log, "main/a state waiting_lock") == time_of(log, "main/a sync_done q"));
    CHECK(time_of(log, "main/a thread_end") >= time_of(log, "main/main sync_signal q") + 100'000);
}

TEST_CASE("free-threaded: sections that are entered crosswise do not lock each other up", "[free_threaded]") {
    const auto log =
        log_of(counting_machine("free_threaded",
                                "p: [{critical_section: {object: x, do: [{compute: 100us}, {critical_section: "
                                "{object: y, do: [{compute: 1us}]}}]}}], "
                                "q: [{critical_section: {object: y, do: [{compute: 100us}, {critical_section: "
                                "{object: x, do: [{compute: 1us}]}}]}}]",
                                "{a: p, b: q}"));
    CHECK(count(log, "run_end completed") == 1);
}

TEST_CASE("stop-the-world: attached threads stop at their next check point and go on afterwards", "[free_threaded]") {
    const auto log = log_of(counting_machine(
        "free_threaded", "p: [{compute: 2ms}], s: [{sleep: 500us}, {stop_the_world: 300us}]", "{a: p, b: p, s: s}"));
    const auto stop = time_of(log, "main/s world_stop");
    const auto start = time_of(log, "main/s world_start");
    CHECK(start - stop == 300'000);
    CHECK(only(log, {"state world_stopped"}).size() >= 2);
    for (const auto* thread : {"a", "b"}) {
        INFO(thread);
        const auto begin = time_of(log, std::string("main/") + thread + " op_begin compute");
        const auto end = time_of(log, std::string("main/") + thread + " op_end compute");
        CHECK(end - begin >= 2'300'000);
        CHECK(end - begin <= 2'340'000);  // and its ways off and back to a core
        const auto stopped = time_of(log, std::string("main/") + thread + " state world_stopped");
        CHECK(stopped <= stop);
        CHECK(stopped >= stop - 12'000);  // a check point is 1 us away at most, the requester's way back 10 us
    }
}

TEST_CASE("stop-the-world: a thread that sleeps need not be woken, but may not come back before the world goes on",
          "[free_threaded]") {
    const auto log = log_of(counting_machine(
        "free_threaded", "p: [{sleep: 600us}, {compute: 1us}], s: [{sleep: 100us}, {stop_the_world: 1ms}]",
        "{a: p, s: s}"));
    CHECK(time_of(log, "main/s world_stop") == time_of(log, "main/s op_begin stop_the_world"));
    CHECK(time_of(log, "main/a op_begin compute") >= time_of(log, "main/s world_start"));
}

TEST_CASE("stop-the-world: a thread that detaches meanwhile is found a millisecond later", "[free_threaded]") {
    // a has no check point before it sleeps.
    const auto log =
        log_of(counting_machine("free_threaded",
                                "p: [{compute: {work: 300us, checkpoint_every: 10ms}}, {sleep: 5ms}], s: [{sleep: "
                                "100us}, {stop_the_world: 1us}]",
                                "{a: p, s: s}"));
    const auto asked = time_of(log, "main/s op_begin stop_the_world");
    CHECK(time_of(log, "main/s world_stop") >= asked + 1'000'000);
    CHECK(time_of(log, "main/s world_stop") <= asked + 1'020'000);
}

TEST_CASE("stop-the-world: two requesters come one after the other", "[free_threaded]") {
    const auto log =
        log_of(counting_machine("free_threaded", "s: [{compute: 100us}, {stop_the_world: 300us}]", "{a: s, b: s}"));
    CHECK(count(log, "world_stop main") == 2);
    CHECK(count(log, "world_start main") == 2);
    const auto second = only(log, {"world_stop main", "world_start main"});
    REQUIRE(second.size() == 4);
    CHECK(second[1].find("world_start") != std::string::npos);
    CHECK(second[2].find("world_stop") != std::string::npos);
}

TEST_CASE("stop-the-world: with a GIL the holder is alone anyway", "[free_threaded]") {
    const auto log =
        log_of(counting_machine("timed", "p: [{compute: 2ms}], s: [{stop_the_world: 300us}]", "{a: p, s: s}"));
    CHECK(count(log, "world_stop main") == 0);
    CHECK(count(log, "main/s state native") == 1);
}
