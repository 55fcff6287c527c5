/// The scheduler against traces worked out by hand, on machines that charge nothing unless the test says so. Times in
/// us; `core0 a -> b runnable`: b takes the core from a, which could go on.

#include "tests/catch.hpp"
#include "tests/model/scheduling.hpp"

using namespace gilsim;
using namespace gilsim::testing;
using Policy = scenario::SchedulerSpec::Policy;

TEST_CASE("EEVDF: equal threads take turns, a slice each, which ends at a tick", "[scheduler]") {
    // A new thread's first slice is half of 1500, so over at the tick of 1000; the others end at the second tick,
    // having run 2000. Of equal deadlines the one that has waited longer comes first.
    auto machine = fine_machine(1);
    machine.scheduler.base_slice = 1500 * us;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(6 * ms));
              stage.thread("b", 0, runs(4 * ms));
          }) == R"(
0 core0 idle -> a
1000 core0 a -> b runnable
2000 core0 b -> a runnable
4000 core0 a -> b runnable
6000 core0 b -> a runnable
8000 core0 a -> b runnable
9000 core0 b -> a
10000 core0 a -> idle
)");
}

TEST_CASE("EEVDF: slices grow with the number of cores", "[scheduler]") {
    // Four cores: 1 + log2(4) = 3 times 2 ms; the first slice is half of it.
    CHECK(switches(fine_machine(4), [](Stage& stage) {
              stage.thread("a", 0, runs(12 * ms), {.cores = {0}});
              stage.thread("b", 0, runs(12 * ms), {.cores = {0}});
          }) == R"(
0 core0 idle -> a
3000 core0 a -> b runnable
6000 core0 b -> a runnable
12000 core0 a -> b runnable
18000 core0 b -> a runnable
21000 core0 a -> b
24000 core0 b -> idle
)");
}

TEST_CASE("EEVDF: nice threads get less, by Linux's weights", "[scheduler]") {
    // Weights 1024 and 335: b's time counts 3.057 times. Its first slice is over when it has run 1000 (virtual 3057 of
    // 3057). At 4000 a is at 3000, below the average of 3014, and goes on; at 6000 it is at 5000 of 4521, and b has its
    // 2000: and so on, 6 ms to 2, until b ends.
    CHECK(switches(fine_machine(1), [](Stage& stage) {
              stage.thread("a", 0, runs(24 * ms));
              stage.thread("b", 0, runs(8 * ms), {.nice = 5});
          }) == R"(
0 core0 idle -> a
1000 core0 a -> b runnable
2000 core0 b -> a runnable
6000 core0 a -> b runnable
8000 core0 b -> a runnable
14000 core0 a -> b runnable
16000 core0 b -> a runnable
22000 core0 a -> b runnable
24000 core0 b -> a runnable
30000 core0 a -> b runnable
31000 core0 b -> a
32000 core0 a -> idle
)");
}

TEST_CASE("EEVDF: the current thread keeps the core within its slice (RUN_TO_PARITY)", "[scheduler]") {
    // a runs from 100 on with its deadline at 2000. b, whose weight of 3121 makes its deadline come 2000 * 1024 / 3121
    // = 656 after its start, wakes up at 500 without lag, where a is at 400: its deadline of 1056 is the earlier one.
    // With parity a keeps the core until its slice of 2000 is over, at 2100, which the tick of 3000 sees.
    auto machine = fine_machine(1);
    const auto script = [](Stage& stage) {
        stage.thread("a", 0, naps(0, 100 * us, 8 * ms));
        stage.thread("b", 0, naps(0, 500 * us, 200 * us), {.nice = -5});
    };
    SECTION("on") {
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
0 core0 a -> idle
100 core0 idle -> a
3000 core0 a -> b runnable
3200 core0 b -> a
8300 core0 a -> idle
)");
    }
    SECTION("off") {
        machine.scheduler.run_to_parity = false;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
0 core0 a -> idle
100 core0 idle -> a
500 core0 a -> b runnable
700 core0 b -> a
8300 core0 a -> idle
)");
    }
}

TEST_CASE("EEVDF: a shorter slice takes the core all the same (PREEMPT_SHORT)", "[scheduler]") {
    // As above, but b has the weight of a and has asked for slices of 500: its deadline is 900.
    auto machine = fine_machine(1);
    const auto script = [](Stage& stage) {
        stage.thread("a", 0, naps(0, 100 * us, 8 * ms));
        stage.thread("b", 0, naps(0, 500 * us, 200 * us), {.slice = 500 * us});
    };
    SECTION("on") {
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
0 core0 a -> idle
100 core0 idle -> a
500 core0 a -> b runnable
700 core0 b -> a
8300 core0 a -> idle
)");
    }
    SECTION("off") {
        machine.scheduler.preempt_short = false;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
0 core0 a -> idle
100 core0 idle -> a
3000 core0 a -> b runnable
3200 core0 b -> a
8300 core0 a -> idle
)");
    }
}

TEST_CASE("EEVDF: what a thread has had too much it still owes when it wakes up", "[scheduler]") {
    // At 2900 a has had 1900, b 1000: a is 450 above the average and stays in the queue (delayed dequeue). It wakes up
    // at 3000 with its debt, no credit: b keeps the core until its slice, begun at 1000, is over (virtual 3000, at the
    // tick of 5000).
    CHECK(switches(fine_machine(1), [](Stage& stage) {
              stage.thread("a", 0, naps(1900 * us, 100 * us, 3 * ms));
              stage.thread("b", 0, runs(6 * ms));
          }) == R"(
0 core0 idle -> a
1000 core0 a -> b runnable
2000 core0 b -> a runnable
2900 core0 a -> b
5000 core0 b -> a runnable
7000 core0 a -> b runnable
9000 core0 b -> a runnable
10000 core0 a -> b
10900 core0 b -> idle
)");
}

namespace {

/// Yields every 100 us, so often.
Script yields(int times) {
    return [times](Player& me) -> Co<> {
        for (int i = 0; i < times; ++i) {
            co_await me.os.run(100 * us);
            co_await me.os.yield();
        }
    };
}

}  // namespace

TEST_CASE("EEVDF: who yields forfeits the rest of its slice", "[scheduler]") {
    // At 100 a is ahead of the average: b has the core, and there is nothing to forfeit. At 2100 a counts as if it had
    // run 1000, its first slice, less than b's 1900, and goes on. At 2200 its second slice of 2000 is gone, too. Alone,
    // it yields to nobody.
    CHECK(switches(fine_machine(1), [](Stage& stage) {
              stage.thread("a", 0, yields(4));
              stage.thread("b", 0, runs(4 * ms));
          }) == R"(
0 core0 idle -> a
100 core0 a -> b runnable
2000 core0 b -> a runnable
2200 core0 a -> b runnable
4300 core0 b -> a
4400 core0 a -> idle
)");
}

TEST_CASE("CFS: turns of latency / threads, at ticks", "[scheduler]") {
    // A new thread starts a slice behind (START_DEBIT): a, alone then, at 6000, b at 3000: b is first. A turn is 6 ms /
    // 2, and the tick of 4000 is the first that sees more than 3000.
    auto machine = fine_machine(1, Policy::cfs);
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(9 * ms));
              stage.thread("b", 0, runs(9 * ms));
          }) == R"(
0 core0 idle -> b
4000 core0 b -> a runnable
8000 core0 a -> b runnable
12000 core0 b -> a runnable
16000 core0 a -> b runnable
17000 core0 b -> a
18000 core0 a -> idle
)");
}

TEST_CASE("CFS: who yields is passed over for one that is not far behind", "[scheduler]") {
    // b begins 3 ms behind a, and has the core before it: within the wake-up granularity of 5 ms a is the next one all
    // the same.
    auto machine = fine_machine(1, Policy::cfs);
    machine.scheduler.wakeup_granularity = 5 * ms;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, yields(3));
              stage.thread("b", 0, yields(3));
          }) == R"(
0 core0 idle -> b
100 core0 b -> a runnable
200 core0 a -> b runnable
300 core0 b -> a runnable
400 core0 a -> b runnable
500 core0 b -> a runnable
600 core0 a -> b runnable
600 core0 b -> a
600 core0 a -> idle
)");
}

TEST_CASE("CFS: a turn lasts at least the minimal granularity", "[scheduler]") {
    // 2 * 3 ms instead of 2 ms for both: turns of more than 3 ms, not of more than 1.
    auto machine = fine_machine(1, Policy::cfs);
    machine.scheduler.latency = 2 * ms;
    machine.scheduler.min_granularity = 3 * ms;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(8 * ms));
              stage.thread("b", 0, runs(4 * ms));
          }) == R"(
0 core0 idle -> a
4000 core0 a -> b runnable
8000 core0 b -> a
12000 core0 a -> idle
)");
}

TEST_CASE("CFS: a sleeper gets half a latency of credit, and takes the core beyond the wake-up granularity",
          "[scheduler]") {
    // At 10500 a is at 16500; b is placed 3000 (half of 6 ms) before it. Its turn ends with the tick that sees more
    // than 3 ms, at 14000; b is at 17000 then.
    auto machine = fine_machine(1, Policy::cfs);
    const auto script = [](Stage& stage) {
        stage.thread("a", 0, runs(20 * ms));
        stage.thread("b", 0, naps(0, 10500 * us, 4 * ms));
    };
    SECTION("3 ms of credit are more than 1 ms") {
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
10500 core0 a -> b runnable
14000 core0 b -> a runnable
18000 core0 a -> b runnable
18500 core0 b -> a
24000 core0 a -> idle
)");
    }
    SECTION("but not more than 4 ms") {
        machine.scheduler.wakeup_granularity = 4 * ms;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> b
0 core0 b -> a
11000 core0 a -> b runnable
15000 core0 b -> a
24000 core0 a -> idle
)");
    }
}

TEST_CASE("CFS: nice threads get less, by Linux's weights", "[scheduler]") {
    // b starts at 1479 * 1024 / 335 = 4520 and runs first. At 1000 it is at 7577, more than its slice of 1479 beyond a.
    // a's slice is 4520: over at the tick of 6000; b's is over at 8000.
    CHECK(switches(fine_machine(1, Policy::cfs), [](Stage& stage) {
              stage.thread("a", 0, runs(16 * ms));
              stage.thread("b", 0, runs(4 * ms), {.nice = 5});
          }) == R"(
0 core0 idle -> b
1000 core0 b -> a runnable
6000 core0 a -> b runnable
8000 core0 b -> a runnable
13000 core0 a -> b runnable
14000 core0 b -> a
20000 core0 a -> idle
)");
}

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
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(3 * ms), {.cores = {0}});
              stage.thread("b", 0, runs(3 * ms), {.cores = {1}});
          }) == R"(
0 core0 idle -> a
0 core1 idle -> b
3000 core0 a -> idle
5000 core1 b -> idle
)");
}
