#pragma once
/// The C library's condition variable. Who gets a signal is not specified by POSIX and decides much of the GIL's fairness:
/// it is a policy of the C library (MachineSpec::condvar), one class each.

#include <memory>

#include "model/engine/coroutine.hpp"
#include "model/machine/thread.hpp"
#include "model/scenario/spec.hpp"
#include "model/sync/mutex.hpp"

namespace gilsim::sync {

class ConditionVariable {
public:
    virtual ~ConditionVariable() = default;
    /// pthread_cond_timedwait: gives `mutex` up, sleeps (shown as `as`) until a signal or `deadline`, takes `mutex` again.
    /// True if the deadline passed.
    virtual engine::Co<bool> wait(machine::Thread& thread, Mutex& mutex, machine::Thread::State as, Nanoseconds deadline) = 0;
    /// pthread_cond_signal. Should it have to sleep, it is shown as `as`.
    virtual engine::Co<> signal(machine::Thread& thread, machine::Thread::State as) = 0;
};

/// A condition variable of the machine's C library.
std::unique_ptr<ConditionVariable> make_condition_variable(scenario::CondvarPolicy policy);

}  // namespace gilsim::sync
