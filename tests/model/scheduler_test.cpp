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

TEST_CASE("CFS: a sleeper has its credit on another core, too", "[scheduler]") {
    // s ran on core 1, which is c's since 200; w, alone on core 0, wakes it up at 50 ms and goes on. s comes to w's
    // core half a latency ahead of it, which is more than the wake-up granularity: it has the core at once.
    CHECK(switches(fine_machine(2, Policy::cfs), [](Stage& stage) {
              static machine::Thread* sleeper;
              stage.thread("w", 0, [](Player& me) -> Co<> {
                  co_await me.os.run(50 * ms);
                  me.os.machine().wake_sync(*sleeper, &me.os);
                  co_await me.os.run(1 * ms);
              });
              stage.thread("s", 0, [](Player& me) -> Co<> {
                  sleeper = &me.os;
                  co_await me.os.run(100 * us);
                  co_await me.os.block(State::io, 0);
                  co_await me.os.run(200 * us);
              });
              stage.thread("c", 200 * us, runs(60 * ms), {.cores = {1}});
          }) == R"(
0 core0 idle -> w
0 core1 idle -> s
100 core1 s -> idle
200 core1 idle -> c
50000 core0 w -> s runnable
50200 core0 s -> w
51200 core0 w -> idle
60200 core1 c -> idle
)");
}

TEST_CASE("EEVDF: who moves to another core goes on there with the rest of its slice", "[scheduler]") {
    // x, with a shorter slice, takes core 0 at 1400 from c, which has 600 of its first slice left when d's core pulls
    // it at 1500: its slice is over at 2100, which the tick of 3000 sees. A new one would last until 5500.
    CHECK(switches(fine_machine(2), [](Stage& stage) {
              stage.thread("c", 0, runs(6 * ms));
              stage.thread("d", 0, runs(1500 * us), {.cores = {1}});
              stage.thread("x", 1400 * us, runs(4 * ms), {.cores = {0}, .slice = 100 * us});
              stage.thread("e", 1600 * us, runs(1 * ms), {.cores = {1}});
          }) == R"(
0 core0 idle -> c
0 core1 idle -> d
1400 core0 c -> x runnable
1500 core1 d -> c
3000 core1 c -> e runnable
4000 core1 e -> c
5400 core0 x -> idle
7100 core1 c -> idle
)");
}
