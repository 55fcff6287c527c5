#include "model/sync/raw_lock.hpp"

#include "model/scenario/version.hpp"
#include "model/sync/py_mutex.hpp"
#include "model/sync/semaphore.hpp"

namespace gilsim::sync {

namespace {

/// Python/thread_pthread.h, USE_SEMAPHORES: CPython on Linux up to 3.13.0. No hand-over: whoever comes first after a
/// release has it.
class SemaphoreLock final : public RawLock {
public:
    bool try_acquire() override { return semaphore_.try_wait(); }
    engine::Co<bool> acquire(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline) override {
        return semaphore_.wait(thread, as, deadline);
    }
    engine::Co<> release(machine::Thread& thread) override { return semaphore_.post(thread); }

private:
    Semaphore semaphore_{1};
};

/// Python/thread.c and Modules/_threadmodule.c from 3.13.1 on: CPython's own mutex.
class PyMutexLock final : public RawLock {
public:
    explicit PyMutexLock(int spins) : mutex_(spins) {}
    bool try_acquire() override { return mutex_.try_lock(); }
    engine::Co<bool> acquire(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline) override {
        return mutex_.lock(thread, as, deadline);
    }
    engine::Co<> release(machine::Thread& thread) override { return mutex_.unlock(thread); }

private:
    PyMutex mutex_;
};

}  // namespace

std::unique_ptr<RawLock> make_raw_lock(const scenario::InterpreterSpec& interpreter) {
    if (!scenario::at_least(interpreter, 3, 13, 1)) return std::make_unique<SemaphoreLock>();
    return std::make_unique<PyMutexLock>(static_cast<int>(interpreter.mutex_spins));
}

}  // namespace gilsim::sync
