#include "model/sync/py_mutex.hpp"

#include <memory>

namespace gilsim::sync {

using engine::Co;
using machine::Futex;
using machine::Thread;

struct PyMutex::Waiter {
    std::shared_ptr<Futex> word;  ///< shared: the waiter may be gone before the call that wakes it returns
    Nanoseconds fair_at;
    bool handed_over = false;
};

bool PyMutex::try_lock() {
    if (locked_) return false;
    locked_ = true;
    return true;
}

// _PyMutex_LockTimed
Co<bool> PyMutex::lock(Thread& thread, Thread::State as, Nanoseconds deadline, LockWait* wait) {
    const auto taken = [this, wait] {
        if (!try_lock()) return false;
        if (wait != nullptr) wait->has_it();
        return true;
    };
    co_await thread.run(line_.fetch(thread));
    if (taken()) co_return true;
    const Nanoseconds fair_at = thread.machine().now() + kTimeToBeFair;
    std::int64_t yields = 0;
    for (;;) {
        if (parked_.empty() && yields < spinning_.yields) {
            co_await spin(thread, yields);
        } else {
            bool handed_over = false;
            const bool woken = co_await park(thread, as, deadline, wait, fair_at, handed_over);
            if (handed_over) co_return true;
            if (!woken) co_return taken();
        }
        co_await thread.run(line_.fetch(thread));
        if (taken()) co_return true;
    }
}

// Yields without looking: another core's release goes unnoticed until the mutex is looked at again.
Co<> PyMutex::spin(Thread& thread, std::int64_t& yields) {
    do {
        co_await thread.kernel(thread.machine().costs().sched_yield);
        co_await thread.yield();
        ++yields;
    } while (yields < spinning_.yields && (spinning_.reload == 0 || yields % spinning_.reload != 0));
}

// _PyParkingLot_Park, _PySemaphore_Wait
Co<bool> PyMutex::park(Thread& thread, Thread::State as, Nanoseconds deadline, LockWait* wait, Nanoseconds fair_at,
                       bool& handed_over) {
    Waiter me{std::make_shared<Futex>(), fair_at};
    const auto place = parked_.insert(parked_.end(), &me);
    bool timed_out = false;
    if (wait != nullptr) co_await wait->detach();
    while (me.word->value == 0 && !timed_out)
        timed_out = co_await me.word->wait(thread, 0, as, deadline) == Futex::Wait::timed_out && me.word->value == 0;
    if (timed_out) parked_.erase(place);
    handed_over = me.handed_over;
    if (wait != nullptr) {
        if (handed_over) wait->has_it();
        co_await wait->attach();
    }
    co_return !timed_out;
}

// _PyMutex_TryUnlock, mutex_unpark
Co<> PyMutex::unlock(Thread& thread) {
    co_await thread.run(line_.fetch(thread));
    if (parked_.empty()) {
        locked_ = false;
        co_return;
    }
    Waiter& oldest = *parked_.front();
    parked_.pop_front();
    oldest.handed_over = thread.machine().now() > oldest.fair_at;
    locked_ = oldest.handed_over;
    const auto word = oldest.word;
    word->value = 1;
    co_await word->wake(thread);
}

}  // namespace gilsim::sync
