#pragma once
/// The C library's semaphore (glibc: nptl/sem_waitcommon.c): a count and whoever comes first. No hand-over: between post
/// and the woken waiter's return anybody may take the count (barging).

#include "model/engine/coroutine.hpp"
#include "model/machine/futex.hpp"

namespace gilsim::sync {

class Semaphore {
public:
    explicit Semaphore(int value) { word_.value = value; }
    /// sem_trywait.
    bool try_wait();
    /// sem_wait, or sem_clockwait with a deadline: false if it passed. Sleeps shown as `as`.
    engine::Co<bool> wait(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline = kNever);
    /// sem_post.
    engine::Co<> post(machine::Thread& thread);

private:
    machine::Futex word_;
    int waiters_ = 0;
};

}  // namespace gilsim::sync
