/// PyMutex: barging, and fairness after a millisecond.

#include "model/sync/py_mutex.hpp"

#include <functional>
#include <optional>
#include <string>

#include "model/engine/engine.hpp"
#include "model/engine/isolate.hpp"
#include "model/machine/machine.hpp"
#include "model/machine/sleep.hpp"
#include "tests/catch.hpp"

using namespace gilsim;

namespace {

/// A run of threads made by hand on cores that cost nothing.
struct Bench {
    explicit Bench(sync::PyMutex::Spinning spinning = {}) : mutex(spinning) {
        spec.cores = 4;
        auto& costs = spec.costs;
        costs.context_switch = costs.timer_slack = costs.migration = costs.syscall = costs.sched_yield =
            costs.futex_call = costs.futex_wait = costs.futex_wake = 0;
        costs.timer_set = 0;
        costs.idle_states = {{0, {scenario::Span::Kind::constant, 10'000, 0}}};
        costs.wake_busy = costs.timer_interrupt = costs.cache_transfer = {};
        machine.emplace(engine, spec, 1, recorder);
    }
    machine::Thread& thread() {
        recorder.directory.threads.emplace_back();
        return machine->create_thread(static_cast<int>(recorder.directory.threads.size()) - 1, 0, {});
    }
    void note(const std::string& what) { log += std::to_string(machine->now() / 1000) + ":" + what + " "; }

    engine::Engine engine;
    trace::Recorder recorder;
    scenario::MachineSpec spec;
    std::optional<machine::Machine> machine;
    sync::PyMutex mutex;
    std::string log;
};

constexpr auto kLock = machine::Thread::State::waiting_lock;

/// From `begin`: takes the mutex, keeps it for `hold`; `times` with nothing in between.
engine::Detached user(Bench& bench, std::string name, Nanoseconds begin, Nanoseconds hold, int times,
                      Nanoseconds patience) {
    machine::Thread& me = bench.thread();
    co_await machine::FirstRun{me, nullptr};
    co_await machine::sleep_until(me, begin);
    for (int i = 0; i < times; ++i) {
        const Nanoseconds deadline = patience == kNever ? kNever : bench.machine->now() + patience;
        if (!co_await bench.mutex.lock(me, kLock, deadline)) {
            bench.note(name + "-");
            continue;
        }
        bench.note(name);
        co_await me.run(hold);
        co_await bench.mutex.unlock(me);
    }
    bench.machine->end_thread(me);
}

std::string run(sync::PyMutex::Spinning spinning, const std::function<void(Bench&)>& start) {
    const auto result = engine::in_child([&] {
        Bench bench(spinning);
        start(bench);
        bench.engine.run(kNever);
        return bench.log;
    });
    INFO(result.error);
    REQUIRE(result.ok);
    return result.payload;
}

}  // namespace

TEST_CASE("pymutex: a release frees the lock, and who is on a core is faster than who is woken", "[sync][pymutex]") {
    // a releases every 200 us and takes it again at once; b, woken each time, comes 10 us later.
    const auto log = run({}, [](Bench& bench) {
        user(bench, "a", 100'000, 200'000, 4, kNever);
        user(bench, "b", 150'000, 10'000, 1, kNever);
    });
    CHECK(log == "110:a 310:a 510:a 710:a 920:b ");
}

TEST_CASE("pymutex: after a millisecond the lock is handed over", "[sync][pymutex]") {
    // b arrives at 160 us. The releases at 710 and 1160 find it younger than 1 ms, the one at 1310 does not.
    const auto log = run({}, [](Bench& bench) {
        user(bench, "a", 100'000, 300'000, 6, kNever);
        user(bench, "b", 150'000, 10'000, 1, kNever);
    });
    CHECK(log == "110:a 410:a 710:a 1010:a 1320:b 1340:a 1640:a ");
}

TEST_CASE("pymutex: a waiter gives up at its deadline and leaves the queue", "[sync][pymutex]") {
    const auto log = run({}, [](Bench& bench) {
        user(bench, "a", 100'000, 300'000, 1, kNever);
        user(bench, "b", 150'000, 10'000, 1, 50'000);
        user(bench, "c", 200'000, 10'000, 1, kNever);
    });
    CHECK(log == "110:a 220:b- 420:c ");
}

namespace {

/// a holds it from 110 to 130 us; b, on a core of its own, wants it from 111 us on.
void two_users(Bench& bench) {
    bench.spec.costs.sched_yield = 1000;
    bench.machine.emplace(bench.engine, bench.spec, 1, bench.recorder);
    user(bench, "a", 100'000, 20'000, 1, kNever);
    user(bench, "b", 101'000, 20'000, 1, kNever);
}

}  // namespace

TEST_CASE("pymutex: who spins does not look before the last yield", "[sync][pymutex]") {
    // Each yield takes 1 us.
    CHECK(run({}, two_users) == "110:a 140:b ");       // asleep: 10 us to wake up
    CHECK(run({40, 0}, two_users) == "110:a 151:b ");  // CPython 3.13: free since 130, but nobody looks
    CHECK(run({40, 4}, two_users) == "110:a 131:b ");  // 3.15: at every fourth
    CHECK(run({5, 0}, two_users) == "110:a 140:b ");   // still taken after the last: asleep
}

TEST_CASE("pymutex: on one core a spinning waiter lets the holder go on", "[sync][pymutex]") {
    const auto log = run({40, 0}, [](Bench& bench) {
        bench.spec.cores = 1;
        bench.spec.costs.sched_yield = 1000;
        bench.spec.scheduler.tick_offset = 0;
        bench.machine.emplace(bench.engine, bench.spec, 1, bench.recorder);
        user(bench, "a", 100'000, 6 * kMillisecond, 1, kNever);
        user(bench, "b", 101'000, 10'000, 1, kNever);
    });
    // b gets the core at the tick after 4 ms, and gives it back with its first yield: a loses 1 us and releases at 6111
    // us. Then b yields 39 times to nobody.
    CHECK(log == "110:a 6150:b ");
}
