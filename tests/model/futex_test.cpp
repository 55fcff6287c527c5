/// The kernel's futex, on a machine that charges nothing unless a test says otherwise. Times in us.

#include "tests/model/sync_play.hpp"

using namespace gilsim;
using namespace gilsim::testing;

TEST_CASE("futex: a word that has changed is not waited for", "[futex]") {
    CHECK(sync_play(free_machine(1), [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, [shared](Player& me) -> Co<> {
                  shared->word.value = 1;
                  const auto result = co_await shared->word.wait(me.os, 0, State::waiting_lock);
                  me.says(result == Futex::Wait::changed ? "changed" : "slept");
              });
          }) == "\n0 a changed\n");
}

TEST_CASE("futex: wakes in the order of sleeping, as many as asked, and a time-out is late by the slack", "[futex]") {
    auto machine = free_machine(4);
    machine.costs.timer_slack = 50 * us;
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              const auto sleeper = [shared](Nanoseconds deadline) {
                  return [shared, deadline](Player& me) -> Co<> {
                      const auto result = co_await shared->word.wait(me.os, 0, State::waiting_lock, deadline);
                      me.says(result == Futex::Wait::timed_out ? "timed out" : "woken");
                  };
              };
              stage.thread("a", 0, sleeper(kNever));
              stage.thread("b", 10 * us, sleeper(kNever));
              stage.thread("c", 20 * us, sleeper(kNever));
              stage.thread("d", 30 * us, sleeper(100 * us));
              stage.thread("waker", 40 * us, [shared](Player& me) -> Co<> {
                  const int woken = co_await shared->word.wake(me.os, 2);
                  me.says("wakes " + std::to_string(woken));
                  co_await me.sleep(200 * us);
                  const int rest = co_await shared->word.wake(me.os, 5);
                  me.says("wakes " + std::to_string(rest));
              });
          }) == R"(
40 waker wakes 2
40 a woken
40 b woken
150 d timed out
290 waker wakes 1
290 c woken
)");
}

TEST_CASE("futex: whose time has passed, but who has no core yet, takes a wake-up before those who came later",
          "[futex]") {
    // a's time passes at 100; its core needs till 130 to wake. The first wake-up, at 110, is a's, the second one b's.
    auto machine = free_machine(3);
    machine.costs.idle_states = {{0, span(30 * us), false}};
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              const auto sleeper = [shared](Nanoseconds deadline) {
                  return [shared, deadline](Player& me) -> Co<> {
                      const auto result = co_await shared->word.wait(me.os, 0, State::waiting_lock, deadline);
                      me.says(result == Futex::Wait::timed_out ? "timed out" : "woken");
                  };
              };
              stage.thread("a", 0, sleeper(100 * us));
              stage.thread("b", 10 * us, sleeper(kNever));
              stage.thread("waker", 20 * us, [shared](Player& me) -> Co<> {
                  co_await me.os.run(60 * us);
                  co_await shared->word.wake(me.os, 1);
                  co_await me.os.run(90 * us);
                  co_await shared->word.wake(me.os, 1);
              });
          }) == R"(
130 a woken
230 b woken
)");
}

TEST_CASE("futex: who wakes a thread on another core pays for the interrupt, unless that core still polls", "[futex]") {
    // Core 0 is idle from 10 on: at 30 it polls, at 260 it sleeps.
    auto machine = free_machine(2);
    machine.costs.idle_states = {{0, span(10 * us), true}, {50 * us, span(30 * us), false}};
    machine.costs.send_interrupt = span(12 * us);
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              const auto sleeper = [shared](Player& me) -> Co<> {
                  for (int i = 0; i < 2; ++i) {
                      co_await shared->word.wait(me.os, 0, State::waiting_lock);
                      me.says("woken");
                  }
              };
              stage.thread("a", 0, sleeper, {.cores = {0}});
              stage.thread("waker", 20 * us,
                           [shared](Player& me) -> Co<> {
                               co_await shared->word.wake(me.os, 1);
                               me.says("goes on");
                               co_await me.sleep(200 * us);
                               co_await shared->word.wake(me.os, 1);
                               me.says("goes on");
                           },
                           {.cores = {1}});
          }) == R"(
30 waker goes on
40 a woken
272 waker goes on
290 a woken
)");
}

TEST_CASE(
    "futex: a waiter is asleep when it has left its core, and till then a wake call keeps it there at half the price",
    "[futex]") {
    // a's call takes 10: its value is looked at after 2. Woken halfway through a call that began at 3, at 5, it goes on
    // when it would have slept, at 10. Its second call, from 100 on, has it asleep at 110: the wake call of 120 finds
    // it at 122.
    auto machine = free_machine(2);
    machine.costs.futex_call = 2 * us;
    machine.costs.futex_wait = 10 * us;
    machine.costs.futex_wake = 4 * us;
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, [shared](Player& me) -> Co<> {
                  co_await shared->word.wait(me.os, 0, State::waiting_lock);
                  me.says("woken");
                  co_await me.os.run(90 * us);
                  co_await shared->word.wait(me.os, 0, State::waiting_lock);
                  me.says("woken");
              });
              stage.thread("waker", 3 * us, [shared](Player& me) -> Co<> {
                  co_await shared->word.wake(me.os, 1);
                  me.says("goes on");
                  co_await me.os.run(115 * us);
                  co_await shared->word.wake(me.os, 1);
                  me.says("goes on");
              });
          }) == R"(
5 waker goes on
10 a woken
122 a woken
124 waker goes on
)");
}

TEST_CASE("futex: a call for nobody takes a system call, and a changed value is seen half a system call before its end",
          "[futex]") {
    // Calls of 5 with a system call of 2: the futex is looked at after 4. b sets the value at 3: a does not sleep.
    auto machine = free_machine(2);
    machine.costs.syscall = 2 * us;
    machine.costs.futex_call = 5 * us;
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, [shared](Player& me) -> Co<> {
                  co_await shared->word.wait(me.os, 0, State::waiting_lock);
                  me.says("never slept");
                  co_await shared->word.wake(me.os, 1);
                  me.says("woke nobody");
              });
              stage.thread("b", 3 * us, [shared](Player& me) -> Co<> {
                  shared->word.value = 1;
                  co_await me.os.run(1);
              });
          }) == R"(
5 a never slept
10 a woke nobody
)");
}

TEST_CASE("futex: who is on another core than its last user fetches the kernel's queue before it looks", "[futex]") {
    // a waits until 20, on core 0. b's call of 21 needs 10 to fetch the queue from there: it sees the value of 25.
    auto machine = free_machine(2);
    machine.costs.futex_call = 1 * us;
    machine.costs.cache_transfer = span(10 * us);
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0,
                           [shared](Player& me) -> Co<> {
                               co_await shared->word.wait(me.os, 0, State::waiting_lock, 20 * us);
                               me.says("timed out");
                               co_await me.os.run(5 * us);
                               shared->word.value = 1;
                           },
                           {.cores = {0}});
              stage.thread("b", 21 * us,
                           [shared](Player& me) -> Co<> {
                               const auto end = co_await shared->word.wait(me.os, 0, State::waiting_lock, 100 * us);
                               me.says(end == machine::Futex::Wait::changed ? "changed" : "slept");
                           },
                           {.cores = {1}});
          }) == R"(
20 a timed out
32 b changed
)");
}
