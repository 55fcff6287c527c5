/// Which core a thread runs on: started, woken. As in scheduler_test.cpp: worked out by hand, times in
/// us.

#include <utility>

#include "tests/catch.hpp"
#include "tests/model/scheduling.hpp"
#include "tests/model/story.hpp"

using namespace gilsim;
using namespace gilsim::testing;

TEST_CASE("a woken thread goes to its last core if idle, else to another idle one, else stays", "[balance]") {
    // a ran on core 0, where b is at 500; c wakes up at 1500. Packed: a waits on core 0 for its tick.
    auto machine = fine_machine(3);
    const auto script = [](Stage& stage) {
        stage.thread("a", 0, naps(100 * us, 400 * us, 100 * us));
        stage.thread("b", 200 * us, runs(1 * ms), {.cores = {0}});
        stage.thread("c", 0, naps(100 * us, 1400 * us, 100 * us), {.cores = {1, 2}});
    };
    SECTION("it goes to the idle core") {
        CHECK(switches(machine, script) == R"(
0 core0 idle -> a
0 core1 idle -> c
100 core0 a -> idle
100 core1 c -> idle
200 core0 idle -> b
500 core1 idle -> a
600 core1 a -> idle
1200 core0 b -> idle
1500 core1 idle -> c
1600 core1 c -> idle
)");
    }
    SECTION("it is packed") {
        machine.scheduler.pack_below = 100;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> a
0 core1 idle -> c
100 core0 a -> idle
100 core1 c -> idle
200 core0 idle -> b
1000 core1 idle -> a
1100 core1 a -> idle
1200 core0 b -> idle
1500 core1 idle -> c
1600 core1 c -> idle
)");
    }
}

TEST_CASE("woken threads are packed on a core until that is too busy", "[balance]") {
    // b begins to compute on core 0 at 100 ms. Half-life 32.8 ms: at 120 ms the core has been busy for 0.4 of its time,
    // a waits there for the end of b's slice; at 200 ms for 0.9: a goes to the idle core.
    auto machine = fine_machine(2);
    machine.scheduler.pack_below = 70;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  for (const Nanoseconds until : {120 * ms, 200 * ms}) {
                      co_await me.os.run(100 * us);
                      co_await me.sleep(until - me.now());
                  }
                  co_await me.os.run(100 * us);
              });
              stage.thread("b", 100 * ms, runs(150 * ms), {.cores = {0}});
          }) == R"(
0 core0 idle -> a
100 core0 a -> idle
100000 core0 idle -> b
121000 core0 b -> a runnable
121100 core0 a -> b
200000 core1 idle -> a
200100 core1 a -> idle
250100 core0 b -> idle
)");
}

TEST_CASE("who is about to sleep has whom it wakes come to its core, unless that one's own is idle", "[balance]") {
    // a was on core 1, where c computes from 100 on; b, alone on core 0, wakes it at 1000.
    const auto with = [](void (machine::Machine::*wake)(machine::Thread&, machine::Thread*)) {
        return play(fine_machine(2), free_interpreter(), {EventKind::sched_waking}, [wake](Stage& stage) {
            static machine::Thread* sleeper;
            stage.thread("b", 0, [wake](Player& me) -> Co<> {
                co_await me.os.run(1 * ms);
                (me.os.machine().*wake)(*sleeper, &me.os);
                co_await me.os.run(100 * us);
            });
            stage.thread("a", 0, [](Player& me) -> Co<> {
                sleeper = &me.os;
                co_await me.os.run(50 * us);
                co_await me.os.block(State::io, 0);
                co_await me.os.run(200 * us);
            });
            stage.thread("c", 100 * us, runs(5 * ms), {.cores = {1}});
        });
    };
    CHECK(with(&machine::Machine::wake_sync) == R"(
1000 a sched_waking core0 by b
)");
    CHECK(with(&machine::Machine::wake) == R"(
1000 a sched_waking core1 by b
)");
}

TEST_CASE("guests that pack bring a woken thread to its waker's core, if there is room for both", "[balance]") {
    // At 100 ms b, on core 0, wakes a, whose core 1 is idle. A new thread counts as half busy; half-life 32.8 ms. At
    // 100 ms a, when it ran for 50 us, still counts 6 %, for 60 ms 37 %. b, when it slept until 80 ms, counts 39 %.
    const auto with = [](int pack_below, Nanoseconds before) {
        auto machine = fine_machine(2);
        machine.scheduler.pack_below = pack_below;
        return play(machine, free_interpreter(), {EventKind::sched_waking}, [before](Stage& stage) {
            static machine::Thread* sleeper;
            stage.thread("b", 0,
                         [](Player& me) -> Co<> {
                             co_await me.sleep(80 * ms);
                             co_await me.os.run(20 * ms);
                             me.os.machine().wake(*sleeper, &me.os);
                             co_await me.os.run(1 * ms);
                         },
                         {.cores = {0}});
            stage.thread("c", 0, runs(10 * us), {.cores = {0}});
            stage.thread("a", 0, [before](Player& me) -> Co<> {
                sleeper = &me.os;
                co_await me.os.run(before);
                co_await me.os.block(State::io, 0);
                co_await me.os.run(1 * ms);
            });
        });
    };
    CHECK(with(0, 50 * us) == R"(
80000 b sched_waking core0 by timer
100000 a sched_waking core1 by b
)");
    CHECK(with(70, 50 * us) == R"(
80000 b sched_waking core0 by timer
100000 a sched_waking core0 by b
)");
    CHECK(with(70, 60 * ms) == R"(
80000 b sched_waking core0 by timer
100000 a sched_waking core1 by b
)");
}

namespace {

/// Wakes who waits for it; if nobody does, the next one need not wait.
struct Bell {
    machine::Thread* waits = nullptr;
    bool rung = false;

    Co<> wait(Player& me) {
        if (!std::exchange(rung, false)) {
            waits = &me.os;
            co_await me.os.block(State::io, 0);
        }
    }
    void ring(Player& me) {
        if (waits == nullptr)
            rung = true;
        else
            me.os.machine().wake_sync(*std::exchange(waits, nullptr), &me.os);
    }
};

}  // namespace

TEST_CASE("who is woken with a debt is compared with what the other one had run by the last tick", "[balance]") {
    // s and c ring for each other on core 0 while h has core 1, until 10. At 12 s, which has had 7 us, rings for c,
    // which sleeps with 4 and owed something when s was last counted, at 5: c keeps what it is owed now, runs at once,
    // sleeps without a debt at 16, and at 24 goes to the idle core. Counted at 12, c would owe nothing and get no
    // credit (DELAY_ZERO); who ran last would always have more than the other, and both would stay.
    CHECK(switches(fine_machine(2), [](Stage& stage) {
              static Bell server, client;
              stage.thread("h", 0, runs(10 * us), {.cores = {1}});
              stage.thread("s", 0, [](Player& me) -> Co<> {
                  for (int turn = 0; turn < 3; ++turn) {
                      co_await server.wait(me);
                      co_await me.os.run(7 * us);
                      client.ring(me);
                      co_await me.os.run(1 * us);
                  }
              });
              stage.thread("c", 1 * us, [](Player& me) -> Co<> {
                  for (int turn = 0; turn < 3; ++turn) {
                      co_await me.os.run(3 * us);
                      server.ring(me);
                      co_await me.os.run(1 * us);
                      co_await client.wait(me);
                  }
              });
          }) == R"(
0 core1 idle -> h
0 core0 idle -> s
0 core0 s -> idle
1 core0 idle -> c
5 core0 c -> s
10 core1 h -> idle
12 core0 s -> c runnable
16 core0 c -> s
24 core1 idle -> c
25 core0 s -> idle
27 core0 idle -> s
28 core1 c -> idle
34 core1 idle -> c
34 core1 c -> idle
35 core0 s -> idle
)");
}

TEST_CASE("a sleeper whose debt is paid is no longer tied to its core", "[balance]") {
    // a sleeps at 1000 with a debt to b, in core 0's queue; it leaves that at 5000, when d comes and there is a choice
    // to be made. At 26000 it goes to the idle core at once, not at the next tick.
    CHECK(switches(fine_machine(2), [](Stage& stage) {
              stage.thread("a", 0, naps(1 * ms, 25 * ms, 1 * ms));
              stage.thread("h", 0, runs(20 * ms), {.cores = {1}});
              stage.thread("b", 0, runs(30 * ms), {.cores = {0}});
              stage.thread("d", 5 * ms, runs(1 * ms), {.cores = {0}});
          }) == R"(
0 core0 idle -> a
0 core1 idle -> h
1000 core0 a -> b
5000 core0 b -> d runnable
6000 core0 d -> b
20000 core1 h -> idle
26000 core1 idle -> a
27000 core1 a -> idle
32000 core0 b -> idle
)");
}

namespace {

/// On which cores a run's threads begin. `main` does what it is told, then starts those that compute for 300 ms each.
std::string starts(const std::string& before, const std::string& threads, int pack_below) {
    std::string text = kFree;
    text.replace(text.find("cores: 4"), 8, "cores: 2");
    text.insert(text.find("gil_overhead"), "gil: none, ");
    text.replace(text.find("tick_offset"), 11, "pack_below: " + std::to_string(pack_below) + ", tick_offset");
    const std::string log = story(text + "programs:\n  main: [" + before +
                                      "]\n  work: [{compute: 300ms}]\n  brief: [{compute: 100ms}]\n  nap: [{sleep: "
                                      "300ms}]\nthreads: {main: main, " +
                                      threads + "}\n",
                                  {"sched_waking"});
    std::string result;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::string time, who, event, core;
        words >> time >> who >> event >> core;
        const bool first = event == "sched_waking" && result.find(who) == std::string::npos;
        if (first && who != "main/main") result += who + " " + core + ", ";
    }
    return result;
}

const std::string kTwo = "a: {run: work, start: manual}, b: {run: work, start: manual}";

}  // namespace

TEST_CASE("a new thread goes to an idle core, but stays with its creator on a core that packs and has room",
          "[balance]") {
    const std::string one = "a: {run: work, start: manual}";
    CHECK(starts("{sleep: 200ms}, {start: a}", one, 0) == "main/a core1, ");
    CHECK(starts("{sleep: 200ms}, {start: a}", one, 70) == "main/a core0, ");
    CHECK(starts("{compute: 200ms}, {start: a}", one, 70) == "main/a core1, ");
}

TEST_CASE("how busy the dead were counts no longer for the core on which they ran last", "[balance]") {
    const std::string two = "brief: {run: brief, start: manual}, a: {run: work, start: manual}";
    CHECK(starts("{sleep: 200ms}, {start: brief}, {sleep: 110ms}, {start: a}", two, 60) ==
          "main/brief core0, main/a core0, ");
}

TEST_CASE("a new thread counts as half as busy as its core may still become", "[balance]") {
    // main is woken beside nap, which has not run yet, and stays there or finds no room.
    const std::string threads = "nap: {run: nap, start: manual}, a: {run: work, start: manual}";
    CHECK(starts("{sleep: 200ms}, {start: nap}, {sleep: 1ms}, {start: a}", threads, 60) ==
          "main/nap core0, main/a core0, ");
    CHECK(starts("{sleep: 200ms}, {start: nap}, {sleep: 1ms}, {start: a}", threads, 45) ==
          "main/nap core0, main/a core1, ");
}

TEST_CASE("of two cores with a thread each a new one goes to its creator's, however busy either was", "[balance]") {
    CHECK(starts("{sleep: 200ms}, {start: a}, {start: b}", kTwo, 0) == "main/a core1, main/b core0, ");
    CHECK(starts("{sleep: 200ms}, {start: a}, {sleep: 200ms}, {start: b}", kTwo, 0) == "main/a core1, main/b core0, ");
    CHECK(starts("{compute: 200ms}, {start: a}, {compute: 200ms}, {start: b}", kTwo, 70) ==
          "main/a core1, main/b core0, ");
}
