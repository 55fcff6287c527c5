#include "model/machine/futex.hpp"

#include <algorithm>

#include "model/machine/alarm.hpp"

namespace gilsim::machine {

using engine::Co;

struct Futex::Waiter {
    Waiter(Futex& f, Thread& t) : futex(f), thread(t), timeout(t, [this] { expire(); }) {}
    ~Waiter() {
        if (queued) futex.waiters_.erase(place);
    }
    Waiter(const Waiter&) = delete;
    Waiter& operator=(const Waiter&) = delete;

    void leave_queue() {
        futex.waiters_.erase(place);
        queued = false;
    }
    void expire() {
        if (!queued) return;
        expired = true;
        if (asleep) thread.machine().wake(thread, nullptr);
    }
    [[nodiscard]] bool sleeps() const { return asleep && !expired; }

    Futex& futex;
    Thread& thread;
    Alarm timeout;
    std::list<Waiter*>::iterator place;
    bool queued = false;
    bool asleep = false;  ///< has left its core; before that a wake-up costs the waker half
    bool expired = false;
};

namespace {

// From a call to the look at the futex: its value, who waits. From then on a waiter is in the queue; it is asleep when
// it has left its core. What is left of a call that finds nothing to do is the way out of the kernel.
Nanoseconds look(const scenario::CostSpec& costs) {
    return std::max<Nanoseconds>(costs.futex_call - costs.syscall / 2, 0);
}

Nanoseconds way_out(const scenario::CostSpec& costs) {
    return costs.futex_call - look(costs);
}

Nanoseconds cold_look(Thread& thread) {
    return thread.cold_kernel(look(thread.machine().costs()));
}

}  // namespace

Co<Futex::Wait> Futex::wait(Thread& thread, int expected, Thread::State as, Nanoseconds deadline) {
    const auto& costs = thread.machine().costs();
    const bool timed = deadline != kNever;
    const Nanoseconds fetched = bucket_.fetch(thread);
    co_await thread.kernel(cold_look(thread) + fetched);
    if (value != expected) {
        co_await thread.kernel(way_out(costs));
        co_await thread.user_mode();
        co_return Wait::changed;
    }
    Waiter me(*this, thread);
    me.place = waiters_.insert(waiters_.end(), &me);
    me.queued = true;
    Nanoseconds arming = 0;
    if (timed) arming = me.timeout.arm(thread.machine().core(thread.core()), deadline, costs.timer_slack);
    const Nanoseconds till_asleep =
        costs.syscall + costs.futex_wait;  // fetching the bucket included, as it was measured
    // Whose core has not switched for long needs long: docs/fidelity.md, "The way to sleep is cold".
    const Nanoseconds rest = std::max<Nanoseconds>(till_asleep - look(costs) - fetched, 0);
    co_await thread.kernel(thread.cold_kernel(rest, kSchedulerCode) + arming);
    if (me.queued && !me.expired) {
        me.asleep = true;
        co_await thread.block(as, costs.syscall);
    }
    const bool timed_out = me.queued;  // nobody has woken it
    if (timed_out) me.leave_queue();
    if (timed) co_await thread.kernel(me.timeout.settle(thread.machine().core(thread.core())));
    co_await thread.user_mode();
    co_return timed_out ? Wait::timed_out : Wait::woken;
}

Co<int> Futex::wake(Thread& waker, int count) {
    const auto& costs = waker.machine().costs();
    co_await waker.kernel(cold_look(waker));
    if (waiters_.empty()) {
        co_await waker.kernel(way_out(costs));
        co_await waker.user_mode();
        co_return 0;
    }
    // On an Intel Xeon guest a thread that needs 0.9 us from its futex call until another one has its core is too late
    // for wake calls that begin up to 0.4 us after its own: these decide after 0.4 to 0.5 us, of 0.8.
    bucket_.fetch(waker);  // is part of it
    const Nanoseconds half = costs.futex_wake / 2;
    co_await waker.kernel(std::max<Nanoseconds>(half - look(costs), 0));
    Nanoseconds rest = 0;  // less than a whole call takes if all are still on their cores
    int woken = 0;
    for (; woken < count && !waiters_.empty(); ++woken) {
        Waiter& first = *waiters_.front();
        first.leave_queue();
        first.timeout.cancel();
        if (!first.thread.alive()) {  // its process has been killed: the kernel has taken it out of the queue
            --woken;
            continue;
        }
        if (first.sleeps()) {
            waker.machine().wake(first.thread, &waker);
            rest = costs.futex_wake - half;
        }
    }
    co_await waker.kernel(rest);  // and telling other cores, if that was needed
    co_await waker.user_mode();
    co_return woken;
}

}  // namespace gilsim::machine
