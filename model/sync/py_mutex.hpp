#pragma once
/// CPython's own mutex (PyMutex, Python/lock.c, 3.13 and later): two bits, a queue of parked threads, and fairness
/// after a millisecond.

#include <list>

#include "model/engine/coroutine.hpp"
#include "model/machine/cache_line.hpp"
#include "model/machine/futex.hpp"

namespace gilsim::sync {

/// A release frees the lock for whoever comes first (barging), unless the oldest waiter has waited for more than a
/// millisecond: then that one owns it from this moment on.
class PyMutex {
public:
    /// `spins`: how often a thread that finds it taken yields and looks again before it parks, as long as nobody is
    /// parked (MAX_SPIN_COUNT: 40 in free-threaded builds, 0 with a GIL).
    explicit PyMutex(int spins) : spins_(spins) {}
    /// Takes it if it is free, in no time.
    bool try_lock();
    /// Takes it; parks, shown as `as`, while it is taken. False if `deadline` passed first. Whether the thread is
    /// attached to its interpreter while it is parked is the caller's business.
    engine::Co<bool> lock(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline = kNever);
    engine::Co<> unlock(machine::Thread& thread);
    [[nodiscard]] bool locked() const { return locked_; }

    /// After this time a waiter is handed the lock (TIME_TO_BE_FAIR_NS).
    static constexpr Nanoseconds kTimeToBeFair = kMillisecond;

private:
    struct Waiter;
    engine::Co<bool> park(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline, Nanoseconds fair_at,
                          bool& handed_over);

    int spins_;
    bool locked_ = false;
    std::list<Waiter*> parked_;  ///< oldest first (the parking lot's bucket, Python/parking_lot.c)
    machine::CacheLine line_;
};

}  // namespace gilsim::sync
