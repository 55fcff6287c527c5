/// Code that has not run for a while takes longer (`costs.cold_code`). Times in us.

#include "model/sync/mutex.hpp"
#include "tests/catch.hpp"
#include "tests/model/stage.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

scenario::MachineSpec forgetful_machine(std::int64_t cores) {
    auto machine = free_machine(cores);
    machine.costs.cold_code = {.slowdown = 4, .kernel_slowdown = 2, .half_life = 1 * ms};
    return machine;
}

}  // namespace

TEST_CASE("the kernel's way to a futex is slow after a pause, half of it after the half-life", "[cold]") {
    // A wake call for nobody takes 1. The first one, at 0, is warm, so is one right after it; after 1 ms
    // without one it takes 1 + 2 * 1/2, after 2 ms more 1 + 2 * 3/4.
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
2.001 a takes 1001 ns
1003.001 a takes 2000 ns
3003.501 a takes 2500 ns
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
1031.014 a gil_release requested
1031.014 a forced_switch
1031.014 b gil_acquire after a
1031.014 a gil_wait
1131.014 b gil_release exit
1131.014 a gil_acquire after b
5130.014 a gil_release exit
)");
}

TEST_CASE("a waiter needs the longer from its time-out to the next wait, the longer it slept", "[cold][gil]") {
    // `deadline` is 10. b waits from 10 on, asks at 1010, and needs 10 * (1 + 4 / 2) to wait again; a, at its check
    // point of 1011, must wait for the mutex until then.
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
1010 b drop_request
1040 a gil_release requested
1040 a forced_switch
1040 b gil_acquire after a
1040 a gil_wait
1140 b gil_release exit
1140 a gil_acquire after b
5129 a gil_release exit
)");
}
