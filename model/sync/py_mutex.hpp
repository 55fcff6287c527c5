#pragma once
/// CPython's own mutex (PyMutex, Python/lock.c, 3.13 and later): two bits, a queue of parked threads, and fairness
/// after a millisecond.

#include <list>

#include "model/engine/coroutine.hpp"
#include "model/machine/cache_line.hpp"
#include "model/machine/futex.hpp"
#include "model/scenario/spec_interpreter.hpp"
#include "model/sync/lock_wait.hpp"

namespace gilsim::sync {

/// A release frees the lock for whoever comes first (barging), unless the oldest waiter has waited for more than a
/// millisecond: then that one owns it from this moment on.
class PyMutex {
public:
    /// How a thread that finds it taken waits before it parks, as long as nobody is parked.
    struct Spinning {
        std::int64_t yields =
            0;  ///< so often it calls sched_yield (MAX_SPIN_COUNT: 40 in free-threaded builds, 0 with a GIL)
        /// After so many it looks at the mutex again (RELOAD_SPIN_MASK + 1: 4 in 3.15); 0: after the last only
        /// (3.13, 3.14: python/cpython#135871).
        std::int64_t reload = 0;
    };
    explicit PyMutex(Spinning spinning) : spinning_(spinning) {}
    explicit PyMutex(const scenario::InterpreterSpec& interpreter)
        : PyMutex(Spinning{interpreter.mutex_spins, interpreter.mutex_reload}) {}
    /// Takes it if it is free, in no time.
    bool try_lock();
    /// Takes it; parks, shown as `as`, while it is taken. False if `deadline` passed first. A thread that is attached
    /// to its interpreter detaches while it is parked (`wait`; _PY_LOCK_DETACH), and is attached again when it looks.
    engine::Co<bool> lock(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline = kNever,
                          LockWait* wait = nullptr);
    engine::Co<> unlock(machine::Thread& thread);

    /// After this time a waiter is handed the lock (TIME_TO_BE_FAIR_NS).
    static constexpr Nanoseconds kTimeToBeFair = kMillisecond;

private:
    struct Waiter;
    engine::Co<> spin(machine::Thread& thread, std::int64_t& yields);
    engine::Co<bool> park(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline, LockWait* wait,
                          Nanoseconds fair_at, bool& handed_over);

    Spinning spinning_;
    bool locked_ = false;
    std::list<Waiter*> parked_;  ///< oldest first (the parking lot's bucket, Python/parking_lot.c)
    machine::CacheLine line_;
};

}  // namespace gilsim::sync
