#include "model/machine/futex.hpp"

#include "model/machine/alarm.hpp"

namespace gilsim::machine {

using engine::Co;

struct Futex::Waiter {
    Waiter(Futex& f, Thread& t) : futex(f), thread(t), timeout(t.machine(), [this] { expire(); }) {}
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
        leave_queue();
        timed_out = true;
        if (asleep) thread.machine().wake(thread, nullptr);
    }

    Futex& futex;
    Thread& thread;
    Alarm timeout;
    std::list<Waiter*>::iterator place;
    bool queued = false;
    bool asleep = false;  ///< has left its core; before that a wake-up costs nothing
    bool timed_out = false;
};

Co<Futex::Wait> Futex::wait(Thread& thread, int expected, Thread::State as, Nanoseconds deadline) {
    const auto& costs = thread.machine().costs();
    const bool timed = deadline != kNever;
    const Nanoseconds look = costs.futex_wait / 2;  // for its hash bucket, whose lock decides: then the value counts
    co_await thread.kernel(costs.syscall + look);
    if (value != expected) {
        co_await thread.user_mode();
        co_return Wait::changed;
    }
    Waiter me(*this, thread);
    me.place = waiters_.insert(waiters_.end(), &me);
    me.queued = true;
    Nanoseconds arming = 0;
    if (timed) arming = me.timeout.arm(thread.machine().core(thread.core()), deadline, costs.timer_slack);
    co_await thread.kernel(costs.futex_wait - look + arming);
    if (me.queued) {
        me.asleep = true;
        co_await thread.block(as, costs.syscall);
    }
    co_await thread.user_mode();
    co_return me.timed_out ? Wait::timed_out : Wait::woken;
}

Co<int> Futex::wake(Thread& waker, int count) {
    const auto& costs = waker.machine().costs();
    co_await waker.kernel(waiters_.empty() ? costs.syscall : costs.futex_wake);
    int woken = 0;
    for (; woken < count && !waiters_.empty(); ++woken) {
        Waiter& first = *waiters_.front();
        first.leave_queue();
        first.timeout.cancel();
        if (!first.thread.alive()) {  // its process has been killed: the kernel has taken it out of the queue
            --woken;
            continue;
        }
        if (first.asleep) waker.machine().wake(first.thread, &waker);
    }
    co_await waker.kernel(0);  // telling other cores, if that was needed
    co_await waker.user_mode();
    co_return woken;
}

}  // namespace gilsim::machine
