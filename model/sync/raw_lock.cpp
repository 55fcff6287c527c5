#include "model/sync/raw_lock.hpp"

#include "model/scenario/version.hpp"
#include "model/sync/py_mutex.hpp"
#include "model/sync/semaphore.hpp"

namespace gilsim::sync {

namespace {

/// Python/thread_pthread.h, USE_SEMAPHORES: CPython on Linux up to 3.13.0. No hand-over: whoever comes first after a
/// release has it, with the GIL or without (Python/thread.c, PyThread_acquire_lock_timed_with_retries).
class SemaphoreLock final : public RawLock {
public:
    bool try_acquire() override { return semaphore_.try_wait(); }
    engine::Co<bool> acquire(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline,
                             LockWait& wait) override {
        co_await wait.detach();
        const bool acquired = co_await semaphore_.wait(thread, as, deadline);
        if (acquired) wait.has_it();
        co_await wait.attach();
        co_return acquired;
    }
    engine::Co<> release(machine::Thread& thread) override { return semaphore_.post(thread); }

private:
    Semaphore semaphore_{1};
};

/// CPython's own mutex: who is woken needs the GIL to look whether it is free.
class PyMutexLock final : public RawLock {
public:
    explicit PyMutexLock(const scenario::InterpreterSpec& interpreter) : mutex_(interpreter) {}
    bool try_acquire() override { return mutex_.try_lock(); }
    engine::Co<bool> acquire(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline,
                             LockWait& wait) override {
        return mutex_.lock(thread, as, deadline, &wait);
    }
    engine::Co<> release(machine::Thread& thread) override { return mutex_.unlock(thread); }

private:
    PyMutex mutex_;
};

std::unique_ptr<RawLock> make(const scenario::InterpreterSpec& interpreter, bool py_mutex) {
    if (py_mutex) return std::make_unique<PyMutexLock>(interpreter);
    return std::make_unique<SemaphoreLock>();
}

}  // namespace

// Modules/_threadmodule.c, lock_PyThread_acquire_lock: `PyThread_type_lock` up to 3.13.0, `PyMutex` in 3.13.15.
std::unique_ptr<RawLock> make_raw_lock(const scenario::InterpreterSpec& interpreter) {
    return make(interpreter, scenario::at_least(interpreter, 3, 13, 1));
}

// The same file, rlockobject: `PyThread_type_lock` still in 3.13.15, `_PyRecursiveMutex` in 3.14.
std::unique_ptr<RawLock> make_raw_rlock(const scenario::InterpreterSpec& interpreter) {
    return make(interpreter, scenario::at_least(interpreter, 3, 14));
}

}  // namespace gilsim::sync
