/// The C library's condition variables, on a machine that charges nothing unless a test says otherwise. Times in us.

#include "tests/model/sync_play.hpp"

using namespace gilsim;
using namespace gilsim::testing;

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
std::string newcomer_on_its_way(const scenario::Span& condvar_signal) {
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
    CHECK(newcomer_on_its_way(span(0)) == R"(
135 s signalled
140 a woken
330 t signalled
360 b woken
)");
}

TEST_CASE("glibc's condition variable: a signal is posted when its own code has run", "[condvar]") {
    // s needs 10 before it posts, at 145: a sleeps by then, and b, who came first, gets it.
    CHECK(newcomer_on_its_way(span(10 * us)) == R"(
145 s signalled
175 b woken
340 t signalled
370 a woken
)");
}

TEST_CASE("glibc's condition variable: how long a signal needs to be posted is drawn each time", "[condvar]") {
    using Kind = scenario::Span::Kind;
    const std::string log = newcomer_on_its_way({Kind::uniform, 0, 100 * us});
    const auto took = [&](const char* who, int since) {
        const std::size_t end = log.find(std::string(" ") + who + " signalled");
        REQUIRE(end != std::string::npos);
        return std::stoi(log.substr(log.rfind('\n', end) + 1)) - since;
    };
    CHECK(took("s", 135) != took("t", 330));
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
    // Whoever wants the mutex that the signaller holds waits with it. The signaller sleeps from 80 on, its core as
    // w1's.
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
    // s2 waits for w1, as above, from 120 till 300. a's time passes at 140, but it cannot cancel before s2 has changed
    // the groups; by then a signal for its group has been posted, though nobody sleeps there. c came after the change.
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
    // w1 has joined at 20; it is kept by m, which waits for the mutex that w1 gives up, and looks only at 240. By then
    // the groups have changed twice without anybody to wait for, since w2 never slept, and w3's group has the slot of
    // w1's. Its signal wakes w3, at 250. Before 2.41 w1 takes it first, gives it back with a wake call of its own (till
    // 440), and so wakes w4 for nothing. Since 2.41 w1 knows that its group is closed.
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
