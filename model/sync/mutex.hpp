#pragma once
/// The C library's mutex (glibc: nptl/lowlevellock.h): one futex word, 0 free, 1 locked, 2 locked and perhaps awaited.

#include "model/engine/coroutine.hpp"
#include "model/machine/cache_line.hpp"
#include "model/machine/futex.hpp"

namespace gilsim::sync {

class Mutex {
public:
    /// Locks; if it is taken, sleeps shown as `as`. No queue: whoever comes when it is free gets it.
    engine::Co<> lock(machine::Thread& thread, machine::Thread::State as);
    /// Locks after a wait on a condition variable: the word becomes 2, since others may have been woken along
    /// (__pthread_mutex_cond_lock). The unlock that follows therefore always enters the kernel.
    engine::Co<> lock_after_wait(machine::Thread& thread, machine::Thread::State as);
    engine::Co<> unlock(machine::Thread& thread);

private:
    machine::Futex word_;
    machine::CacheLine line_;
};

}  // namespace gilsim::sync
