#pragma once
/// The C library's semaphore (glibc: nptl/sem_waitcommon.c): a count and whoever comes first. No hand-over: between post
/// and the woken waiter's return anybody may take the count (barging).

#include <functional>

#include "model/engine/coroutine.hpp"
#include "model/machine/futex.hpp"

namespace gilsim::sync {

class Semaphore {
public:
    explicit Semaphore(int value) { word_.value = value; }
    /// sem_trywait.
    bool try_wait();
    /// sem_wait, or sem_clockwait with a deadline: false if it passed. Sleeps shown as `as`. `missed` is told each time
    /// that it was woken and somebody else had been faster.
    engine::Co<bool> wait(machine::Thread& thread, machine::Thread::State as, Nanoseconds deadline = kNever,
                          std::function<void()> missed = nullptr);
    /// sem_post.
    engine::Co<> post(machine::Thread& thread);
    /// sem_getvalue.
    [[nodiscard]] int value() const { return word_.value; }
    /// Somebody waits, or has been woken and is not back yet.
    [[nodiscard]] bool awaited() const { return waiters_ > 0; }

private:
    machine::Futex word_;
    int waiters_ = 0;
};

}  // namespace gilsim::sync
