/// Code that has not run for a while takes longer (`costs.cold_code`). Times in us.

#include <algorithm>
#include <memory>
#include <sstream>
#include <vector>

#include "model/sync/mutex.hpp"
#include "tests/catch.hpp"
#include "tests/model/stage.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

scenario::MachineSpec forgetful_machine(std::int64_t cores) {
    auto machine = free_machine(cores);
    machine.costs.cold_code = {.slowdown = 4, .kernel_slowdown = 2, .half_life = 1 * ms, .varies = 100};
    return machine;
}

}  // namespace

TEST_CASE("the kernel's way to a futex is slow after a pause, half of it after the half-life", "[cold]") {
    // A wake call for nobody takes 1. The first one, at 0, is warm, so is one right after it; after 1 ms
    // without one it takes 1 + 2 * 1/2, after 2 ms more 1 + 2 * (1 - 2^-(2^0.6)).
    auto machine = forgetful_machine(1);
    machine.costs.futex_call = 1 * us;
    CHECK(play(machine, free_interpreter(), kNothing, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  machine::Futex word;
                  for (const Nanoseconds pause : {0 * us, 0 * us, 999 * us, 1998 * us}) {
                      co_await me.os.run(pause);
                      const Nanoseconds before = me.now();
                      co_await word.wake(me.os, 1);
                      me.says("takes " + std::to_string(me.now() - before) + " ns");
                  }
              });
          }) == R"(
1 a takes 1000 ns
2.022 a takes 1022 ns
1003.022 a takes 2000 ns
3003.323 a takes 2301 ns
)");
}

TEST_CASE("who has computed for long is slow to leave its core, who has just got it is not", "[cold]") {
    // To fall asleep takes 4. a has had the core for a half-life, and needs 4 + 2 * 4 / 2; b has it since then.
    auto machine = forgetful_machine(1);
    machine.costs.futex_wait = 4 * us;
    CHECK(play(machine, free_interpreter(), kNothing, [](Stage& stage) {
              const auto word = std::make_shared<machine::Futex>();
              const auto sleeps_after = [word](Nanoseconds work) {
                  return [word, work](Player& me) -> Co<> {
                      me.says("has the core");
                      co_await me.os.run(work);
                      co_await word->wait(me.os, 0, machine::Thread::State::waiting_lock);
                  };
              };
              stage.thread("a", 0, sleeps_after(1 * ms));
              stage.thread("b", 0, sleeps_after(0));
              stage.thread("c", 0, [word](Player& me) -> Co<> {
                  me.says("has the core");
                  co_await word->wake(me.os, 2);
              });
          }) == R"(
0 a has the core
1008 b has the core
1012 c has the core
)");
}

TEST_CASE("a holder needs the longer from a request to the drop, the longer ago it had one", "[cold][gil]") {
    // request_overhead is 10 right after the last one. a has never had one: at 1001, a check point after the half-life,
    // it is 10 * (1 + 4 / 2) and a little.
    auto interpreter = free_interpreter();
    interpreter.switch_interval = 1 * ms;
    interpreter.request_overhead = span(10 * us);
    CHECK(play(forgetful_machine(2), interpreter, kGil, [](Stage& stage) {
              stage.thread("a", 0, computes(5 * ms));
              stage.thread("b", 0, computes(100 * us));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
1000 b drop_request
1031.008 a gil_release requested
1031.008 a forced_switch
1031.008 b gil_acquire after a
1031.008 a gil_wait
1131.008 b gil_release exit
1131.008 a gil_acquire after b
5130.008 a gil_release exit
)");
}

TEST_CASE("a waiter needs the longer from its time-out to the next wait, the longer it slept", "[cold][gil]") {
    // `deadline` is 10. b waits from 10 on, times out at 1010, and needs 10 * (1 + 4 / 2) to wait again, of which half
    // of the 20 that are added come before it asks; a, at its check point of 1021, must wait for the mutex until 1040.
    auto machine = forgetful_machine(2);
    machine.costs.deadline = span(10 * us);
    auto interpreter = free_interpreter();
    interpreter.switch_interval = 1 * ms;
    CHECK(play(machine, interpreter, kGil, [](Stage& stage) {
              stage.thread("a", 0, computes(5 * ms));
              stage.thread("b", 0, computes(100 * us));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
1020.041 b drop_request
1040.083 a gil_release requested
1040.083 a forced_switch
1040.083 b gil_acquire after a
1040.083 a gil_wait
1140.083 b gil_release exit
1140.083 a gil_acquire after b
5119.083 a gil_release exit
)");
}

TEST_CASE("what one thread has run is warm for the next on that core, not on another", "[cold]") {
    // A call takes 1, and after a half-life 1 + 2 / 2. b's comes right after a's, on the same core; c's core has never
    // made one.
    auto machine = forgetful_machine(2);
    machine.costs.futex_call = 1 * us;
    const auto calls = [](Player& me) -> Co<> {
        machine::Futex word;
        const Nanoseconds before = me.now();
        co_await word.wake(me.os, 1);
        me.says("takes " + std::to_string(me.now() - before) + " ns");
    };
    CHECK(play(machine, free_interpreter(), kNothing, [&](Stage& stage) {
              stage.thread("a", 1 * ms, calls, {.cores = {0}});
              stage.thread("b", 1 * ms, calls, {.cores = {0}});
              stage.thread("c", 1 * ms, calls, {.cores = {1}});
          }) == R"(
1002 a takes 2000 ns
1002 c takes 2000 ns
1003.033 b takes 1033 ns
)");
}

TEST_CASE("what code takes when it is cold varies, at a stretch together", "[cold]") {
    // Two pieces of a stretch are as much dearer as each other; those of stretches, 10 ms apart, are not.
    auto machine = forgetful_machine(1);
    machine.costs.cold_code.varies = 300;
    std::istringstream log(play(machine, free_interpreter(), kNothing, [](Stage& stage) {
        stage.thread("a", 0, [](Player& me) -> Co<> {
            constexpr machine::CodeSite kHere{"first", 1};
            constexpr machine::CodeSite kThere{"second", 2};
            for (int stretch = 0; stretch < 50; ++stretch) {
                co_await me.os.run(10 * ms);
                const Nanoseconds first = me.os.cold(1 * us, kHere);
                me.says(std::to_string(first) + " " + std::to_string(me.os.cold(1 * us, kThere)));
            }
        });
    }));
    std::vector<Nanoseconds> took;
    std::string time;
    std::string who;
    Nanoseconds first = 0;
    Nanoseconds second = 0;
    while (log >> time >> who >> first >> second) {
        CHECK(first == second);
        took.push_back(first);
    }
    REQUIRE(took.size() == 50);
    std::sort(took.begin(), took.end());
    CHECK(took.front() < 4 * us);  // median 1 + 4 * (1 - 2^-(10^0.6)), about 4.7
    CHECK(took[25] > 4 * us);
    CHECK(took[25] < 6 * us);
    CHECK(took.back() > 6 * us);
}
