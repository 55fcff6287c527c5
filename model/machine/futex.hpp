#pragma once
/// The futex: a word in memory and the kernel's queue of threads that wait for it to change. All locks are built on it.

#include <cstdint>
#include <list>

#include "model/engine/coroutine.hpp"
#include "model/machine/cache_line.hpp"
#include "model/machine/machine.hpp"
#include "model/machine/thread.hpp"

namespace gilsim::machine {

class Futex {
public:
    /// How a wait ended.
    enum class Wait : std::uint8_t {
        woken,
        changed,  ///< the word was not what the caller expected: it never slept (EAGAIN)
        timed_out,
    };

    int value = 0;  ///< the word: user code reads and writes it without the kernel

    /// FUTEX_WAIT: if `value` still is `expected` when the kernel looks, sleeps (shown as `as`) until woken or, late by
    /// the timer slack, until `deadline`. Whose time has passed waits on until it has a core: a wake-up that comes before
    /// is its own (kernel/futex/waitwake.c, __futex_wait: futex_unqueue decides, not the timer).
    engine::Co<Wait> wait(Thread& thread, int expected, Thread::State as, Nanoseconds deadline = kNever);
    /// FUTEX_WAKE: halfway through the call wakes up to `count` threads, in the order in which they went to sleep.
    /// Yields how many.
    engine::Co<int> wake(Thread& waker, int count = 1);
    [[nodiscard]] bool has_waiters() const { return !waiters_.empty(); }

private:
    struct Waiter;
    std::list<Waiter*> waiters_;
    CacheLine bucket_;  ///< the kernel's queue with its lock (kernel/futex/futex.h, struct futex_hash_bucket)
};

}  // namespace gilsim::machine
