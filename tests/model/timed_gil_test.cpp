/// The timed GIL's protocol (take_gil and drop_gil of CPython's Python/ceval_gil.c), step by step, on machines that charge
/// nothing, so that every date follows from the protocol alone. Times are in us.

#include "tests/catch.hpp"
#include "tests/model/stage.hpp"

using namespace gilsim;
using namespace gilsim::testing;

namespace {

std::string gil_play(std::int64_t cores, const std::function<void(Stage&)>& script) {
    return play(free_machine(cores), free_interpreter(), kGil, script);
}

}  // namespace

TEST_CASE("a waiter asks after a full interval, the holder drops at its next check point and waits for the taker", "[gil]") {
    // b comes at 1000 and asks at 1000 + 5000. a's check points lie at whole us from 0: the one of 6000 is just over, so it
    // drops at 6001, at which b, whose wake-up costs nothing, has it; a waits in turn and asks 5000 after that. b has done
    // 5001 of 6000 then. The rest goes without requests: nobody waits a full interval any more.
    CHECK(gil_play(2, [](Stage& stage) {
              stage.thread("a", 0, computes(7 * ms));
              stage.thread("b", 1 * ms, computes(6 * ms));
          }) == R"(
0 a gil_acquire after nobody
1000 b gil_wait
6000 b drop_request
6001 a gil_release requested
6001 a forced_switch
6001 b gil_acquire after a
6001 a gil_wait
11001 a drop_request
11002 b gil_release requested
11002 b forced_switch
11002 a gil_acquire after b
11002 b gil_wait
12001 a gil_release exit
12001 b gil_acquire after a
13000 b gil_release exit
)");
}

TEST_CASE("a lone thread never drops", "[gil]") {
    CHECK(gil_play(2, [](Stage& stage) { stage.thread("a", 0, computes(100 * ms)); }) == R"(
0 a gil_acquire after nobody
100000 a gil_release exit
)");
}

TEST_CASE("patience starts again with every round: a wait that spans a switch makes no request", "[gil]") {
    // b waits from 0, asks at 5000 and queues again, behind c, which has waited since 2000: so c has it at 5001. b's second
    // round spans that switch: at 10000 it makes no request, but waits for another full interval. a, which waits since
    // 5001 without seeing a switch, asks at 10001, after b has queued again: a is behind b, and b is next.
    CHECK(gil_play(4, [](Stage& stage) {
              stage.thread("a", 0, computes(6 * ms));
              stage.thread("b", 0, computes(1 * ms));
              stage.thread("c", 2 * ms, computes(7 * ms));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
2000 c gil_wait
5000 b drop_request
5001 a gil_release requested
5001 a forced_switch
5001 c gil_acquire after a
5001 a gil_wait
10001 a drop_request
10002 c gil_release requested
10002 c forced_switch
10002 b gil_acquire after c
10002 c gil_wait
11002 b gil_release exit
11002 a gil_acquire after b
12001 a gil_release exit
12001 c gil_acquire after a
14000 c gil_release exit
)");
}

TEST_CASE("a waiter whose time-out ends just as the holder lets go is the one that its signal wakes", "[gil]") {
    // An idle core wakes in 30, so that all begin at 30. b's wait ends at 5030, and it is on its core at 5060. a releases at
    // 5040: b, in the futex's queue until it runs, is woken a second time, and c sleeps on. c's own time-out, at 7030, has
    // seen the GIL change hands; the next one would be at 12060.
    auto machine = free_machine(3);
    machine.condvar = scenario::CondvarPolicy::glibc_2_25;
    machine.costs.idle_states = {{0, span(30 * us)}};
    CHECK(play(machine, free_interpreter(), kGil, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.attach();
                  co_await me.native(5010 * us);
                  co_await me.detach();
              });
              stage.thread("b", 0, computes(6 * ms));
              stage.thread("c", 2 * ms, computes(1 * ms));
          }) == R"(
30 a gil_acquire after nobody
30 b gil_wait
2030 c gil_wait
5040 a gil_release blocking
5060 b gil_acquire after a
11060 b gil_release exit
11090 c gil_acquire after b
12090 c gil_release exit
)");
}

TEST_CASE("a release before a blocking call with a request pending is a forced switch too", "[gil]") {
    // An idle core wakes in 30. b waits from 30 and asks at 5060, while a is in C code until 6030. a then releases for a system
    // call, but waits in drop_gil until b has the GIL at 6060, and for its own core: the call begins 60 late, and its sleep
    // of 10000 ends on its core at 16120.
    auto machine = free_machine(2);
    machine.costs.idle_states = {{0, span(30 * us)}};
    CHECK(play(machine, free_interpreter(), kGil, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.attach();
                  co_await me.native(6 * ms);
                  co_await me.detach();
                  me.says("begins its system call");
                  co_await me.sleep(10 * ms);
                  co_await me.attach();
                  co_await me.detach(trace::ReleaseReason::exit);
              });
              stage.thread("b", 0, computes(300 * us));
          }) == R"(
30 a gil_acquire after nobody
30 b gil_wait
5060 b drop_request
6030 a gil_release blocking
6030 a forced_switch
6060 b gil_acquire after a
6090 a begins its system call
6360 b gil_release exit
16120 a gil_acquire after b
16120 a gil_release exit
)");
}

TEST_CASE("a thread that ends with a request pending does not wait for the taker", "[gil]") {
    // As before, but a ends: it is gone at 6000, though nobody has taken the GIL yet (b asked at 5000).
    CHECK(gil_play(2, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.attach();
                  co_await me.native(6 * ms);
                  co_await me.detach(trace::ReleaseReason::exit);
                  me.says("is gone");
              });
              stage.thread("b", 0, computes(1 * ms));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
5000 b drop_request
6000 a gil_release exit
6000 a is gone
6000 b gil_acquire after a
7000 b gil_release exit
)");
}

TEST_CASE("a thread that takes the GIL back makes no switch: the waiter's patience goes on", "[gil]") {
    // All begin at 30. a releases at 2030 and has the GIL back at once, before b, the first in line, is on its core: b finds it
    // taken and begins a new interval at 2060. But there was no switch: c, whose wait goes on, asks at 5060, and a drops at
    // the next check point (whole us). c queues again at 5060, behind b.
    auto machine = free_machine(3);
    machine.costs.idle_states = {{0, span(30 * us)}};
    CHECK(play(machine, free_interpreter(), kGil, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.attach();
                  co_await me.bytecode(2 * ms);
                  co_await me.detach();
                  co_await me.attach();
                  co_await me.bytecode(8 * ms);
                  co_await me.detach(trace::ReleaseReason::exit);
              });
              stage.thread("b", 0, computes(1 * ms));
              stage.thread("c", 0, computes(1 * ms));
          }) == R"(
30 a gil_acquire after nobody
30 b gil_wait
30 c gil_wait
2030 a gil_release blocking
2030 a gil_acquire after a
5060 c drop_request
5061 a gil_release requested
5061 a forced_switch
5091 b gil_acquire after a
5121 a gil_wait
6091 b gil_release exit
6121 c gil_acquire after b
7121 c gil_release exit
7151 a gil_acquire after c
12120 a gil_release exit
)");
}

TEST_CASE("whoever comes when the GIL is free has it, without a signal", "[gil]") {
    // c comes while nobody has it. b comes at the very moment of the release, after it: it never waits.
    CHECK(gil_play(3, [](Stage& stage) {
              stage.thread("a", 0, computes(2 * ms));
              stage.thread("b", 2 * ms, computes(1 * ms));
              stage.thread("c", 10 * ms, computes(1 * ms));
          }) == R"(
0 a gil_acquire after nobody
2000 a gil_release exit
2000 b gil_acquire after a
3000 b gil_release exit
10000 c gil_acquire after b
11000 c gil_release exit
)");
}

TEST_CASE("C code has no check point: the request waits for its end", "[gil]") {
    // b asks again with every interval that passes without a switch; a looks after its call of 12000.
    CHECK(gil_play(2, [](Stage& stage) {
              stage.thread("a", 0, [](Player& me) -> Co<> {
                  co_await me.attach();
                  co_await me.native(12 * ms);
                  co_await me.bytecode(1 * ms);
                  co_await me.detach(trace::ReleaseReason::exit);
              });
              stage.thread("b", 0, computes(1 * ms));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
5000 b drop_request
10000 b drop_request
12000 a gil_release requested
12000 a forced_switch
12000 b gil_acquire after a
12000 a gil_wait
13000 b gil_release exit
13000 a gil_acquire after b
14000 a gil_release exit
)");
}

TEST_CASE("the taker clears the request, before the next holder could see it", "[gil]") {
    // b and c ask at 5000, both. b has the GIL at 5001 and clears the request: it is not asked at its first check point, but
    // ends its 1000, with nobody asking. c, in its second round, would have asked at 10000.
    CHECK(gil_play(4, [](Stage& stage) {
              stage.thread("a", 0, computes(20 * ms));
              stage.thread("b", 0, computes(1 * ms));
              stage.thread("c", 0, computes(1 * ms));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
0 c gil_wait
5000 b drop_request
5000 c drop_request
5001 a gil_release requested
5001 a forced_switch
5001 b gil_acquire after a
5001 a gil_wait
6001 b gil_release exit
6001 c gil_acquire after b
7001 c gil_release exit
7001 a gil_acquire after c
22000 a gil_release exit
)");
}

TEST_CASE("a switch interval below one microsecond is one", "[gil]") {
    // b asks after 1 us, not after 0 (CPython: `interval >= 1 ? interval : 1`). Check points every 100 ns.
    auto interpreter = free_interpreter();
    interpreter.switch_interval = 0;
    interpreter.checkpoint_every = 100;
    CHECK(play(free_machine(2), interpreter, kGil, [](Stage& stage) {
              stage.thread("a", 0, computes(3 * us));
              stage.thread("b", 0, computes(1 * us));
          }) == R"(
0 a gil_acquire after nobody
0 b gil_wait
1 b drop_request
1.1 a gil_release requested
1.1 a forced_switch
1.1 b gil_acquire after a
1.1 a gil_wait
2.1 b gil_release exit
2.1 a gil_acquire after b
4 a gil_release exit
)");
}

TEST_CASE("on one core the scheduler's ticks decide beside the interval", "[gil]") {
    // Slices end at ticks: 4000, 8000, ... b gets the core at the first, finds the GIL taken and waits from 4000. Its interval
    // ends at 9000; it is owed service, takes the core at once, asks, and waits again. a drops at its next check point: its
    // signal wakes b, which takes the core, finds the mutex taken, and has the GIL when a has unlocked it. a, ready since 9001,
    // gets the core at 16000, the first tick at which b has caught up with the 9 ms that a ran. The interval of 5 ms is 4 + 5
    // here, and a's share of the next hand-off comes by the end of b.
    auto machine = free_machine(1);
    auto kinds = kGil;
    kinds.insert(EventKind::sched_switch);
    CHECK(play(machine, free_interpreter(), kinds, [](Stage& stage) {
              stage.thread("a", 0, computes(20 * ms));
              stage.thread("b", 0, computes(10 * ms));
          }) == R"(
0 core0 idle -> a
0 a gil_acquire after nobody
4000 core0 a -> b runnable
4000 b gil_wait
4000 core0 b -> a
9000 core0 a -> b runnable
9000 b drop_request
9000 core0 b -> a
9001 a gil_release requested
9001 core0 a -> b runnable
9001 core0 b -> a
9001 core0 a -> b runnable
9001 b gil_acquire after a
16000 core0 b -> a runnable
16000 a gil_wait
16000 core0 a -> b
19001 b gil_release exit
19001 core0 b -> a runnable
19001 core0 a -> b
19001 core0 b -> a runnable
19001 a gil_acquire after b
24000 core0 a -> b runnable
24000 core0 b -> a
30000 a gil_release exit
30000 core0 a -> idle
)");
}

TEST_CASE("with costs: a hand-off in which the asker steals the signal on its core", "[gil]") {
    // To fall asleep takes 1 + 2; a futex call for nobody 1.1, with the look at the futex after 0.6. Both begin at 30
    // (idle cores). b sleeps at 33, until 30 + 5000 + 50 of slack = 5080, + 30 (idle core) + 1 (back from the kernel) =
    // 5111: it asks. Then it gives the mutex up, whose word is 2 after a wait, so that it enters the kernel, for
    // nobody, until 5112.1. At 5112 a is at a check point, takes the mutex, frees the GIL, and posts a signal, for
    // which the kernel knows no sleeper: back at 5113.1. b, at 5112.1, sees the signal before it would sleep, and wants
    // the mutex, which a has: it falls asleep until 5115.1. a gives the mutex up at 5113.1 and finds b halfway through
    // a call of 2, at 5114.1, still on its core; it waits for b to take the GIL. b does at 5115.1, and a, told so on
    // its way to sleep, comes back for the GIL at 5118.2 and is asleep at 5121.2. b frees the GIL 1000 after it gave
    // the mutex up, for nobody; after half of its wake call a is woken, 30 and 1 later it runs.
    auto machine = free_machine(2);
    machine.costs.idle_states = {{0, span(30 * us)}};
    machine.costs.timer_slack = 50 * us;
    machine.costs.syscall = 1 * us;
    machine.costs.futex_call = 1100;
    machine.costs.futex_wait = 2 * us;
    machine.costs.futex_wake = 2 * us;
    auto interpreter = free_interpreter();
    auto kinds = kGil;
    kinds.insert(EventKind::sched_switch);
    CHECK(play(machine, interpreter, kinds, [](Stage& stage) {
              stage.thread("a", 0, computes(10 * ms));
              stage.thread("b", 0, computes(1 * ms));
          }) == R"(
30 core0 idle -> a
30 a gil_acquire after nobody
30 core1 idle -> b
30 b gil_wait
33 core1 b -> idle
5110 core1 idle -> b
5111 b drop_request
5112 a gil_release requested
5114.1 a forced_switch
5115.1 b gil_acquire after a
5118.2 a gil_wait
5121.2 core0 a -> idle
6117.2 b gil_release exit
6119.2 core1 b -> idle
6148.2 core0 idle -> a
6149.2 a gil_acquire after b
11068.3 a gil_release exit
11068.3 core0 a -> idle
)");
}

TEST_CASE("the words that both cores write are fetched in CPython's order", "[gil]") {
    // A word that the other core has written last costs 1. b: mutex (1), waits, mutex again: nobody else had it, asks at 5001.
    // a, at 5002: the request (1), mutex (1), frees the GIL at 5004; switch_mutex is its own. b: mutex (5005), switch_mutex
    // (5006): it has the GIL. a: switch_mutex (5007), mutex (5008): it waits. b's work ends at 6006, mutex (6007). a: mutex
    // (6008), and switch_mutex, which it had last.
    auto machine = free_machine(2);
    machine.costs.cache_transfer = span(1 * us);
    CHECK(play(machine, free_interpreter(), kGil, [](Stage& stage) {
              stage.thread("a", 0, computes(10 * ms));
              stage.thread("b", 0, computes(1 * ms));
          }) == R"(
0 a gil_acquire after nobody
1 b gil_wait
5001 b drop_request
5004 a gil_release requested
5004 a forced_switch
5006 b gil_acquire after a
5008 a gil_wait
6007 b gil_release exit
6008 a gil_acquire after b
11006 a gil_release exit
)");
}
