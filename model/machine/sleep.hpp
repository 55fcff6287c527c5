#pragma once
/// Waiting for a moment: sleeps and devices.

#include "model/engine/coroutine.hpp"
#include "model/machine/machine.hpp"

namespace gilsim::machine {

/// Awaited once, first of all: makes the new thread ready and waits for its first moment on a core.
struct FirstRun {
    Thread& thread;
    Thread* creator;  ///< nullptr: nobody's child
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<> handle) const { thread.machine().start_thread(thread, handle, creator); }
    void await_resume() const noexcept {}
};

/// What a thread awaits that will never run again.
struct Never {
    bool await_ready() const noexcept { return false; }
    void await_suspend(std::coroutine_handle<>) const noexcept {}
    void await_resume() const noexcept {}
};

/// nanosleep: leaves the core until `time` and the timer slack after it (man 2 PR_SET_TIMERSLACK), shown as sleeping.
engine::Co<> sleep_until(Thread& thread, Nanoseconds time);
/// The same for a thread of the system, whose sleep does not keep a run alive.
engine::Co<> sleep_in_background(Thread& thread, Nanoseconds time);
/// Asks a device, which leaves the guest (`costs.ask_device`).
engine::Co<> ask_device(Thread& thread);
/// Waits, shown as io, for a device that answers at `time`.
engine::Co<> wait_for_device(Thread& thread, Nanoseconds time);

}  // namespace gilsim::machine
