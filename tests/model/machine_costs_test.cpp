/// What switching, waking up and timers cost, against traces worked out by hand. Times in us; `core0 a -> b runnable`: b
/// takes the core from a, which could go on.

#include "tests/catch.hpp"
#include "tests/model/scheduling.hpp"

using namespace gilsim;
using namespace gilsim::testing;

TEST_CASE("a core that has been idle for longer takes longer to wake up, a timer is late by its slack", "[costs]") {
    // Asleep from 3 to 103 + 50, idle for 150: 3. Asleep from 156 to 356 + 50, idle for 250: 30.
    auto machine = fine_machine(1);
    machine.costs.idle_states = {{0, span(3 * us)}, {200 * us, span(30 * us)}};
    machine.costs.timer_slack = 50 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.sleep(100 * us);
                  co_await me.sleep(200 * us);
              });
          }) == R"(
3 core0 idle -> a
3 core0 a -> idle
156 core0 idle -> a
156 core0 a -> idle
436 core0 idle -> a
436 core0 a -> idle
)");
}

TEST_CASE("a host polls for a core that halts only shortly, longer each time, until it halts for long", "[costs]") {
    // Idle for 80 or 85 each time, from 50 on, when it begins: the host polls for nothing, 40, then 80, which is enough: it is 5
    // late and not 50. After 300 all of it from the start again.
    auto machine = fine_machine(1);
    machine.costs.idle_states = {{0, span(50 * us)}};
    machine.costs.halt_polling = {.most = 200 * us, .start = 40 * us, .wake = span(5 * us)};
    CHECK(play(machine, free_interpreter(), {}, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  for (const Nanoseconds nap : {80 * us, 80 * us, 80 * us, 300 * us, 80 * us}) {
                      const Nanoseconds until = me.now() + nap;
                      co_await me.sleep(nap);
                      me.says(std::to_string((me.now() - until) / us));
                  }
              });
          }) == R"(
180 a 50
310 a 50
395 a 5
745 a 50
875 a 50
)");
}

TEST_CASE("a thread pays itself for a part of the wake-up of a core that had halted", "[costs]") {
    // Due at 20 and at 90, and 10 late both times. The second time the core has halted: 4 of the 10 are a's.
    auto machine = fine_machine(1);
    machine.costs.idle_states = {{0, span(10 * us), true}, {50 * us, span(10 * us), false}};
    machine.costs.resume = 4 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.sleep(10 * us);
                  co_await me.sleep(60 * us);
                  co_await me.os.run(5 * us);
              });
          }) == R"(
10 core0 idle -> a
10 core0 a -> idle
30 core0 idle -> a
30 core0 a -> idle
96 core0 idle -> a
105 core0 a -> idle
)");
}

TEST_CASE("a thread pays itself for a part of the wake-up of a core that its host polls for, too", "[costs]") {
    // It begins 50 late; due at 60 and at 75, and 5 late, of which 2 are a's.
    auto machine = fine_machine(1);
    machine.costs.idle_states = {{0, span(50 * us)}};
    machine.costs.halt_polling = {.most = 200 * us, .start = 100 * us, .wake = span(5 * us), .resume = 2 * us};
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.sleep(10 * us);
                  co_await me.sleep(10 * us);
                  co_await me.os.run(5 * us);
              });
          }) == R"(
50 core0 idle -> a
50 core0 a -> idle
63 core0 idle -> a
65 core0 a -> idle
78 core0 idle -> a
85 core0 a -> idle
)");
}

TEST_CASE("switching costs the next thread, moving to another core too, a timer's interrupt on a busy core",
          "[costs]") {
    // a: 2 (switch) + 100 + 4 (into the sleep); woken at 202 on core 1: 2 + 7 (moved) + 1 (back from the kernel) + 100
    // = 312. Its timer was armed on core 0: that interrupt costs b 5. c sleeps from 1206 to 1302, when d has the core,
    // which pays for the interrupt; then 2 + 1 + 100 from 2257 on.
    auto machine = fine_machine(2);
    machine.costs.context_switch = 2 * us;
    machine.costs.migration = 7 * us;
    machine.costs.timer_interrupt = span(5 * us);
    machine.costs.syscall = 1 * us;
    machine.costs.timer_set = 3 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, naps(100 * us, 100 * us, 100 * us));
              stage.thread("b", 150 * us, runs(1 * ms), {.cores = {0}});
              stage.thread("c", 1200 * us, naps(0, 100 * us, 100 * us), {.cores = {0}});
              stage.thread("d", 1250 * us, runs(1 * ms), {.cores = {0}});
          }) == R"(
0 core0 idle -> a
106 core0 a -> idle
150 core0 idle -> b
202 core1 idle -> a
312 core1 a -> idle
1157 core0 b -> idle
1200 core0 idle -> c
1206 core0 c -> idle
1250 core0 idle -> d
2257 core0 d -> c
2360 core0 c -> idle
)");
}

TEST_CASE("to arm a timer costs only if the core's timer must be programmed for it", "[timers]") {
    // a: 3 for its timer at 103. b's at 210 comes after it: nothing. c's comes after the next tick, at 4 ms: nothing.
    auto machine = fine_machine(1);
    machine.costs.timer_set = 3 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, naps(0, 100 * us, 0));
              stage.thread("b", 10 * us, naps(0, 200 * us, 0));
              stage.thread("c", 20 * us, naps(0, 5 * ms, 0));
          }) == R"(
0 core0 idle -> a
3 core0 a -> idle
10 core0 idle -> b
10 core0 b -> idle
20 core0 idle -> c
20 core0 c -> idle
100 core0 idle -> a
100 core0 a -> idle
210 core0 idle -> b
210 core0 b -> idle
5020 core0 idle -> c
5020 core0 c -> idle
)");
}

TEST_CASE("to set a core's timer back costs a waiter that is woken before it has expired", "[timers]") {
    // Setting takes 3. a, whose time-out is at 500, is woken at 100, and needs 3 to set the timer back. b's wait until
    // 300 is ended by its timer: nothing more. c's wait of 5 ms is behind the next tick, at 1 ms: nothing at all.
    auto machine = fine_machine(2);
    machine.costs.timer_set = 3 * us;
    CHECK(play(machine, free_interpreter(), kNothing, [](Stage& stage) {
              static machine::Futex word;
              const auto waits = [](Nanoseconds time) {
                  return [time](Player& me) -> Co<> {
                      co_await word.wait(me.os, 0, State::waiting_lock, me.now() + time);
                      me.says("has waited");
                  };
              };
              const auto wakes = [](Player& me) -> Co<> { co_await word.wake(me.os, 1); };
              stage.thread("a", 0, waits(500 * us), {.cores = {0}});
              stage.thread("x", 100 * us, wakes, {.cores = {1}});
              stage.thread("b", 200 * us, waits(100 * us), {.cores = {0}});
              stage.thread("c", 400 * us, waits(5 * ms), {.cores = {0}});
              stage.thread("y", 500 * us, wakes, {.cores = {1}});
          }) == R"(
103 a has waited
300 b has waited
500 c has waited
)");
}

TEST_CASE("timers of a core whose slacks overlap expire in one interrupt", "[timers]") {
    // All sleep 100 us on core 0: a may wake from 200 to 250, b from 215 to 265, c from 300 to 350. The interrupt at
    // 250 wakes a and b, the one at 350 c.
    auto machine = fine_machine(1);
    machine.costs.timer_slack = 50 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, naps(100 * us, 100 * us, 10 * us));
              stage.thread("b", 105 * us, naps(10 * us, 100 * us, 10 * us));
              stage.thread("c", 190 * us, naps(10 * us, 100 * us, 10 * us));
          }) == R"(
0 core0 idle -> a
100 core0 a -> idle
105 core0 idle -> b
115 core0 b -> idle
190 core0 idle -> c
200 core0 c -> idle
250 core0 idle -> a
260 core0 a -> b
270 core0 b -> idle
350 core0 idle -> c
360 core0 c -> idle
)");
}

TEST_CASE("a slow core takes longer for the same work", "[costs]") {
    auto machine = fine_machine(2);
    machine.speeds_permille = {1000, 600};
    const auto two = [](Stage& stage) {
        stage.thread("a", 0, runs(3 * ms), {.cores = {0}});
        stage.thread("b", 0, runs(3 * ms), {.cores = {1}});
    };
    CHECK(switches(machine, two) == R"(
0 core0 idle -> a
0 core1 idle -> b
3000 core0 a -> idle
5000 core1 b -> idle
)");
    machine.speed_permille = 500;  // and all of them are slow
    CHECK(switches(machine, two) == R"(
0 core0 idle -> a
0 core1 idle -> b
6000 core0 a -> idle
10000 core1 b -> idle
)");
}
