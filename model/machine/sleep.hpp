#pragma once
/// Waiting for a moment: sleeps and devices.

#include "model/engine/coroutine.hpp"
#include "model/machine/alarm.hpp"
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
/// Asks for an answer after `time`, by an interrupt of this core, and goes on running. That leaves the guest only if
/// nothing that the core waits for comes sooner: `gilsim measure` takes a timer of the kernel for the device.
engine::Co<> ask_device(Thread& thread, Alarm& answer, Nanoseconds time);

/// What a thread asks a device for, and waits for in another call.
class DeviceRequest {
public:
    explicit DeviceRequest(Thread& thread);
    /// Answers after `time`. Who goes to sleep then leaves the guest in any case: so does the core, and programs its
    /// timer for what comes next.
    engine::Co<> ask(Nanoseconds time);
    /// Reads the answer, and until it is there waits, shown as io.
    engine::Co<> wait();

private:
    Thread& thread_;
    bool waiting_ = false;
    bool answered_ = false;
    Alarm answer_;
};

}  // namespace gilsim::machine
