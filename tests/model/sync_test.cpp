/// What the C library builds from futexes, on a machine that charges nothing unless a test says otherwise. Times in us.

#include "model/sync/condition_variable.hpp"
#include "model/sync/mutex.hpp"
#include "model/sync/semaphore.hpp"
#include "tests/catch.hpp"
#include "tests/model/stage.hpp"

using namespace gilsim;
using namespace gilsim::testing;
using machine::Futex;

namespace {

// What the threads of a play share: alive as long as their scripts.
struct Shared {
    Futex word;
    sync::Mutex mutex;
    sync::Semaphore semaphore{0};
    std::unique_ptr<sync::ConditionVariable> condition;
};

using Scene = std::function<void(Stage&, std::shared_ptr<Shared>)>;

std::string sync_play(const scenario::MachineSpec& machine, const Scene& scene) {
    return play(machine, free_interpreter(), kNothing, [&](Stage& stage) {
        auto shared = std::make_shared<Shared>();
        shared->condition = sync::make_condition_variable(machine.condvar);
        scene(stage, shared);
    });
}

Script locks_for(const std::shared_ptr<Shared>& shared, Nanoseconds work) {
    return [shared, work](Player& me) -> Co<> {
        co_await shared->mutex.lock(me.os, State::waiting_lock);
        me.says("has it");
        co_await me.os.run(work);
        co_await shared->mutex.unlock(me.os);
    };
}

Script waits(const std::shared_ptr<Shared>& shared, Nanoseconds patience = kNever) {
    return [shared, patience](Player& me) -> Co<> {
        co_await shared->mutex.lock(me.os, State::waiting_lock);
        const Nanoseconds deadline = patience == kNever ? kNever : me.now() + patience;
        const bool late = co_await shared->condition->wait(me.os, shared->mutex, State::waiting_lock, deadline);
        me.says(late ? "timed out" : "woken");
        co_await shared->mutex.unlock(me.os);
    };
}

Script signals(const std::shared_ptr<Shared>& shared) {
    return [shared](Player& me) -> Co<> {
        co_await shared->condition->signal(me.os, State::waiting_lock);
        me.says("signalled");
    };
}

}  // namespace

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

TEST_CASE("fifo condition variable: order of arrival, a signal without waiters is lost", "[condvar]") {
    CHECK(sync_play(free_machine(4), [](Stage& stage, const auto& shared) {
              stage.thread("early", 0, signals(shared));
              stage.thread("a", 10 * us, waits(shared));
              stage.thread("b", 20 * us, waits(shared, 30 * us));
              stage.thread("c", 30 * us, waits(shared));
              stage.thread("s", 100 * us, signals(shared));
              stage.thread("t", 200 * us, signals(shared));
          }) == R"(
0 early signalled
50 b timed out
100 s signalled
100 a woken
200 t signalled
200 c woken
)");
}

TEST_CASE("glibc's condition variable: the older group is served to its end before the newer one", "[condvar]") {
    // The first signal closes {a, b} as the older group; c joins the newer one. The second signal still goes to b.
    auto machine = free_machine(4);
    machine.condvar = scenario::CondvarPolicy::glibc_2_25;
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, waits(shared));
              stage.thread("b", 10 * us, waits(shared));
              stage.thread("s", 20 * us, signals(shared));
              stage.thread("c", 30 * us, waits(shared));
              stage.thread("t", 40 * us, signals(shared));
              stage.thread("u", 50 * us, signals(shared));
          }) == R"(
20 s signalled
20 a woken
40 t signalled
40 b woken
50 u signalled
50 c woken
)");
}

namespace {

// b sleeps from 40 on. a has given the mutex up at 130 and looks at 140. s signals, and its call wakes somebody at 135,
// who needs 30 to get going.
std::string newcomer_on_its_way(Nanoseconds condvar_signal) {
    auto machine = free_machine(4);
    machine.condvar = scenario::CondvarPolicy::glibc_2_25;
    machine.costs.idle_states = {{0, span(30 * us)}};
    machine.costs.condvar_wait = 10 * us;
    machine.costs.condvar_signal = condvar_signal;
    return sync_play(machine, [](Stage& stage, const auto& shared) {
        stage.thread("b", 0, waits(shared));
        stage.thread("a", 100 * us, waits(shared));
        stage.thread("s", 105 * us, signals(shared));
        stage.thread("t", 300 * us, signals(shared));
    });
}

}  // namespace

TEST_CASE("glibc's condition variable: a newcomer on its way to the futex takes a signal that wakes another",
          "[condvar]") {
    // s wakes b, which finds nothing.
    CHECK(newcomer_on_its_way(0) == R"(
135 s signalled
140 a woken
330 t signalled
360 b woken
)");
}

TEST_CASE("glibc's condition variable: a signal is posted when its own code has run", "[condvar]") {
    // s needs 10 before it posts, at 145: a sleeps by then, and b, who came first, gets it.
    CHECK(newcomer_on_its_way(10 * us) == R"(
145 s signalled
175 b woken
340 t signalled
370 a woken
)");
}

TEST_CASE("glibc's condition variable: who signals a newcomer on another core shares its lines with it", "[condvar]") {
    // s fetches the line that a has written (1), posts the signal, and fetches it four times more before its futex
    // call.
    auto machine = free_machine(2);
    machine.condvar = scenario::CondvarPolicy::glibc_2_25;
    machine.costs.cache_transfer = span(1 * us);
    CHECK(sync_play(machine, [](Stage& stage, const auto& shared) {
              stage.thread("a", 0, waits(shared));
              stage.thread("s", 20 * us, signals(shared), {.cores = {1}});
          }) == R"(
25 s signalled
25 a woken
)");
}

namespace {

// w1 is signalled at 60; its core has been idle for so long that it needs 100 to wake. Meanwhile w2, on a core of its
// own, makes up the newer group, and the second signal, at 80, has to change the groups.
std::string one_still_on_its_way(scenario::CondvarPolicy version) {
    auto machine = free_machine(8);
    machine.condvar = version;
    machine.costs.idle_states = {{0, span(0)}, {50 * us, span(100 * us)}};
    return sync_play(machine, [](Stage& stage, const auto& shared) {
        stage.thread("w1", 0, waits(shared));
        stage.thread("s", 0, [shared](Player& me) -> Co<> {
            for (const Nanoseconds pause : {60 * us, 20 * us}) {
                co_await me.os.run(pause);
                co_await shared->mutex.lock(me.os, State::waiting_lock);
                co_await shared->condition->signal(me.os, State::waiting_lock);
                co_await shared->mutex.unlock(me.os);
                me.says("signalled");
            }
        });
        stage.thread("w2", 0, [shared](Player& me) -> Co<> {
            co_await me.os.run(70 * us);
            co_await waits(shared)(me);
        });
        stage.thread("other", 0, [shared](Player& me) -> Co<> {
            co_await me.os.run(90 * us);
            co_await locks_for(shared, 0)(me);
        });
    });
}

}  // namespace

TEST_CASE("glibc's condition variable: before 2.41 who changes the groups sleeps until the old one has left the kernel",
          "[condvar]") {
    // Whoever wants the mutex that the signaller holds waits with it. The signaller sleeps from 80 on, its core as w1's.
    CHECK(one_still_on_its_way(scenario::CondvarPolicy::glibc_2_25) == R"(
60 s signalled
260 s signalled
360 w2 woken
360 other has it
460 w1 woken
)");
    CHECK(one_still_on_its_way(scenario::CondvarPolicy::glibc_2_41) == R"(
60 s signalled
80 s signalled
80 w2 woken
90 other has it
160 w1 woken
)");
}

TEST_CASE("glibc's condition variable: who times out when all of its group have been signalled passes its signal on",
          "[condvar]") {
    // s2 waits for w1, as above, from 120 till 300. a's time passes at 140, but it cannot cancel before s2 has changed the
    // groups; by then a signal for its group has been posted, though nobody sleeps there. c came after the change.
    auto machine = free_machine(8);
    machine.condvar = scenario::CondvarPolicy::glibc_2_25;
    machine.costs.idle_states = {{0, span(0)}, {75 * us, span(100 * us)}};
    machine.costs.futex_wake = 20 * us;
    const auto at = [](Nanoseconds date, const Script& script) {
        return [date, script](Player& me) -> Co<> {
            co_await me.os.run(date);
            co_await script(me);
        };
    };
    CHECK(sync_play(machine, [&](Stage& stage, const auto& shared) {
              stage.thread("w1", 0, waits(shared));
              stage.thread("s1", 0, at(80 * us, signals(shared)));
              stage.thread("a", 0, at(90 * us, waits(shared, 50 * us)));
              stage.thread("s2", 0, at(120 * us, signals(shared)));
              stage.thread("c", 0, at(350 * us, waits(shared)));
          }) == R"(
100 s1 signalled
210 w1 woken
320 s2 signalled
420 c woken
430 a timed out
)");
}

TEST_CASE(
    "glibc's condition variable before 2.41: a straggler of a closed group takes a newer group's signal and gives it "
    "back",
    "[condvar]") {
    // w1 has joined at 20; it is kept by m, which waits for the mutex that w1 gives up, and looks only at 240. By then the
    // groups have changed twice without anybody to wait for, since w2 never slept, and w3's group has the slot of w1's.
    // Its signal wakes w3, at 250. Before 2.41 w1 takes it first, gives it back with a wake call of its own (till 440),
    // and so wakes w4 for nothing. Since 2.41 w1 knows that its group is closed.
    const auto told = [](scenario::CondvarPolicy version) {
        auto machine = free_machine(8);
        machine.condvar = version;
        machine.costs.futex_wake = 200 * us;
        machine.costs.condvar_wait = 20 * us;
        return sync_play(machine, [](Stage& stage, const auto& shared) {
            stage.thread("w1", 0, [shared](Player& me) -> Co<> {
                co_await shared->mutex.lock(me.os, State::waiting_lock);
                co_await me.os.run(20 * us);
                co_await shared->condition->wait(me.os, shared->mutex, State::waiting_lock, kNever);
                me.says("woken");
                co_await shared->mutex.unlock(me.os);
            });
            stage.thread("m", 10 * us, locks_for(shared, 0));
            stage.thread("s1", 30 * us, signals(shared));
            stage.thread("w2", 40 * us, waits(shared));
            stage.thread("s2", 50 * us, signals(shared));
            stage.thread("w3", 65 * us, waits(shared));
            stage.thread("w4", 70 * us, waits(shared));
            stage.thread("s3", 150 * us, signals(shared));
        });
    };
    CHECK(told(scenario::CondvarPolicy::glibc_2_25) == R"(
30 s1 signalled
50 s2 signalled
60 w2 woken
120 m has it
250 w3 woken
350 s3 signalled
440 w1 woken
)");
    CHECK(told(scenario::CondvarPolicy::glibc_2_41) == R"(
30 s1 signalled
50 s2 signalled
60 w2 woken
120 m has it
240 w1 woken
250 w3 woken
350 s3 signalled
)");
}
