/// The C library's mutex and semaphore, on a machine that charges nothing unless a test says otherwise. Times in us.

#include "tests/model/sync_play.hpp"

using namespace gilsim;
using namespace gilsim::testing;

TEST_CASE("mutex: no queue. Who comes while the woken waiter is still on its way gets it", "[mutex]") {
    // a unlocks at 100 and wakes b, which needs 30 to get going on its idle core. c comes at 110 and finds the mutex
    // free; b finds it taken at 130 and sleeps again, until 160, plus 30.
    auto machine = free_machine(4);
    machine.costs.idle_states = {{0, span(30 * us)}};
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, locks_for(shared, 100 * us));
              stage.thread("b", 10 * us, locks_for(shared, 10 * us));
              stage.thread("c", 110 * us, locks_for(shared, 50 * us));
          }) == R"(
30 a has it
140 c has it
220 b has it
)");
}

TEST_CASE("mutex: an uncontended one never enters the kernel, one taken after a wait always does", "[mutex]") {
    auto machine = free_machine(1);
    machine.costs.futex_call = 200;
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, [shared](Player& me) -> Co<> {
                  co_await shared->mutex.lock(me.os, State::waiting_lock);
                  co_await shared->mutex.unlock(me.os);
                  me.says("plain");
                  co_await shared->mutex.lock_after_wait(me.os, State::waiting_lock);
                  co_await shared->mutex.unlock(me.os);
                  me.says("after a wait");
              });
          }) == "\n0 a plain\n0.2 a after a wait\n");
}

TEST_CASE("semaphore: a post is kept, and whoever comes first takes it", "[semaphore]") {
    auto machine = free_machine(3);
    machine.costs.idle_states = {{0, span(30 * us)}};
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              const Script taker = [shared](Player& me) -> Co<> {
                  const bool got = co_await shared->semaphore.wait(me.os, State::waiting_lock, 1 * ms,
                                                                   [&me] { me.says("was too late"); });
                  me.says(got ? "took it" : "timed out");
              };
              stage.thread("a", 0, taker);
              stage.thread("poster", 100 * us, [shared](Player& me) -> Co<> {
                  co_await shared->semaphore.post(me.os);
                  const bool again = shared->semaphore.try_wait();
                  me.says(again ? "took it back" : "found nothing");
                  co_await me.sleep(2 * ms);
                  co_await shared->semaphore.post(me.os);
                  me.says(shared->semaphore.try_wait() ? "took it back" : "found nothing");
              });
          }) == R"(
130 poster took it back
160 a was too late
1030 a timed out
2160 poster took it back
)");
}
