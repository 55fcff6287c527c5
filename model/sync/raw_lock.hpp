#pragma once
/// The lock that CPython builds all of Python's locks on (PyThread_type_lock). Which mechanism it is depends on the
/// version: one class each.

#include <memory>

#include "model/engine/coroutine.hpp"
#include "model/machine/thread.hpp"
#include "model/scenario/spec.hpp"
#include "model/sync/lock_wait.hpp"

namespace gilsim::sync {

class RawLock {
public:
    RawLock() = default;
    virtual ~RawLock() = default;
    RawLock(const RawLock&) = delete;
    RawLock& operator=(const RawLock&) = delete;
    /// Takes it if it is free, in no time: the caller accounts for the call.
    virtual bool try_acquire() = 0;
    /// Takes it; sleeps, shown as `as`, while it is taken. False if `deadline` passed first. The thread has the GIL
    /// and, as `wait` does it, is without it while it sleeps.
    virtual engine::Co<bool> acquire(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline,
                                     LockWait& wait) = 0;
    /// Frees it, by whichever thread; the GIL stays with the caller.
    virtual engine::Co<> release(machine::Thread& thread) = 0;
};

/// A free lock of the kind that the interpreter's `_thread.lock` is.
std::unique_ptr<RawLock> make_raw_lock(const scenario::InterpreterSpec& interpreter);
/// The one beneath its `_thread.RLock`.
std::unique_ptr<RawLock> make_raw_rlock(const scenario::InterpreterSpec& interpreter);

}  // namespace gilsim::sync
