/// How threads that wait come to another core: pulled, pushed. As in scheduler_test.cpp: worked out by hand, times in
/// us.

#include "tests/catch.hpp"
#include "tests/model/scheduling.hpp"

using namespace gilsim;
using namespace gilsim::testing;

TEST_CASE("a core that runs out of work pulls a waiting thread, unless its cache is hot", "[balance]") {
    // Slices of 4 ms, first ones of 2. a, pinned, and c take turns on core 0 until b ends on core 1 at 4500; c waits
    // since 4000. At 500 it is cold and pulled. Within 1 ms it is hot: at the tick of 5000 core 0, with two threads to
    // none, hands it over.
    auto machine = fine_machine(2);
    const auto script = [](Stage& stage) {
        stage.thread("a", 0, runs(6 * ms), {.cores = {0}});
        stage.thread("b", 0, runs(4500 * us), {.cores = {1}});
        stage.thread("c", 0, runs(5 * ms));
    };
    SECTION("cold after 500 us") {
        machine.scheduler.migration_cost = 500 * us;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> a
0 core1 idle -> b
2000 core0 a -> c runnable
4000 core0 c -> a runnable
4500 core1 b -> c
7500 core1 c -> idle
8000 core0 a -> idle
)");
    }
    SECTION("hot for 1 ms") {
        machine.scheduler.migration_cost = 1 * ms;
        CHECK(switches(machine, script) == R"(
0 core0 idle -> a
0 core1 idle -> b
2000 core0 a -> c runnable
4000 core0 c -> a runnable
4500 core1 b -> idle
5000 core1 idle -> c
8000 core0 a -> idle
8000 core1 c -> idle
)");
    }
}

TEST_CASE("after two ticks in vain an idle core gets a thread whose cache is hot elsewhere", "[balance]") {
    // As above, and c is hot for 10 ms: the ticks of 5000 and 6000 find no cold thread, that of 7000 takes c.
    auto machine = fine_machine(2);
    machine.scheduler.migration_cost = 10 * ms;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(12 * ms), {.cores = {0}});
              stage.thread("b", 0, runs(4500 * us), {.cores = {1}});
              stage.thread("c", 0, runs(10 * ms));
          }) == R"(
0 core0 idle -> a
0 core1 idle -> b
2000 core0 a -> c runnable
4000 core0 c -> a runnable
4500 core1 b -> idle
7000 core1 idle -> c
14000 core0 a -> idle
15000 core1 c -> idle
)");
}

TEST_CASE("a thread that may not run there is not pulled", "[balance]") {
    // Core 1 is idle from 1000 on.
    CHECK(switches(fine_machine(2), [](Stage& stage) {
              stage.thread("a", 0, runs(3 * ms), {.cores = {0}});
              stage.thread("b", 0, runs(3 * ms), {.cores = {0}});
              stage.thread("c", 0, runs(1 * ms), {.cores = {1}});
          }) == R"(
0 core0 idle -> a
0 core1 idle -> c
1000 core1 c -> idle
2000 core0 a -> b runnable
4000 core0 b -> a runnable
5000 core0 a -> b
6000 core0 b -> idle
)");
}

TEST_CASE("a thread that has never run is not cache-hot: a core that becomes idle pulls it", "[balance]") {
    auto machine = fine_machine(2);
    machine.scheduler.migration_cost = 500 * ms;
    CHECK(switches(machine, [](Stage& stage) {
              stage.thread("a", 0, runs(1 * ms), {.cores = {0}});
              stage.thread("h", 0, runs(300 * us), {.cores = {1}});
              stage.thread("b", 100 * us, runs(1 * ms));
          }) == R"(
0 core0 idle -> a
0 core1 idle -> h
300 core1 h -> b
1000 core0 a -> idle
1300 core1 b -> idle
)");
}

namespace {

// a, last on core 0, waits there from 500 on beside b, which is pinned. The tick of 1000 moves a to core 1.
std::string pushed(const scenario::Span& send_interrupt) {
    auto machine = fine_machine(2);
    machine.scheduler.pack_below = 100;
    machine.costs.send_interrupt = send_interrupt;
    return switches(machine, [](Stage& stage) {
        stage.thread("a", 0, naps(0, 500 * us, 3 * ms));
        stage.thread("b", 0, naps(0, 500 * us, 3 * ms), {.cores = {0}});
        stage.thread("c", 100 * us, naps(0, 300 * us, 3 * ms), {.cores = {0}});
    });
}

}  // namespace

TEST_CASE("at a tick a core with waiting threads wakes an idle one", "[balance]") {
    CHECK(pushed(span(0)) == R"(
0 core0 idle -> a
0 core0 a -> b
0 core0 b -> idle
100 core0 idle -> c
100 core0 c -> idle
400 core0 idle -> c
1000 core1 idle -> a
3400 core0 c -> b
4000 core1 a -> idle
6400 core0 b -> idle
)");
}

TEST_CASE("a core that wakes an idle one at its tick pays for the interrupt", "[balance]") {
    // c, there since 400, is 10 later.
    CHECK(pushed(span(10 * us)) == R"(
0 core0 idle -> a
0 core0 a -> b
0 core0 b -> idle
100 core0 idle -> c
100 core0 c -> idle
400 core0 idle -> c
1000 core1 idle -> a
3410 core0 c -> b
4000 core1 a -> idle
6410 core0 b -> idle
)");
}
