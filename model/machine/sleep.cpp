#include "model/machine/sleep.hpp"

#include <algorithm>

#include "model/machine/alarm.hpp"

namespace gilsim::machine {

namespace {

engine::Co<> sleep(Thread& thread, Nanoseconds until, Nanoseconds slack, bool essential) {
    Machine& machine = thread.machine();
    const auto& costs = machine.costs();
    co_await thread.kernel(costs.syscall);
    bool asleep = false;
    bool expired = false;
    Alarm alarm(
        machine,
        [&] {
            expired = true;
            if (asleep) machine.wake(thread, nullptr);
        },
        essential);
    co_await thread.kernel(alarm.arm(machine.core(thread.core()), until, slack));
    if (!expired) {
        asleep = true;
        co_await thread.block(Thread::State::sleeping, costs.syscall);
    }
    co_await thread.user_mode();
}

}  // namespace

engine::Co<> sleep_until(Thread& thread, Nanoseconds time) {
    return sleep(thread, time, thread.machine().costs().timer_slack, true);
}

engine::Co<> sleep_in_background(Thread& thread, Nanoseconds time) {
    return sleep(thread, time, 0, false);
}

engine::Co<> ask_device(Thread& thread) {
    Machine& machine = thread.machine();
    if (machine.costs().ask_device == 0) co_return;
    machine.core(thread.core()).leave_guest();
    co_await thread.kernel(machine.costs().ask_device);
    co_await thread.user_mode();
}

engine::Co<> wait_for_device(Thread& thread, Nanoseconds time) {
    Machine& machine = thread.machine();
    co_await thread.kernel(machine.costs().syscall);
    Core& core = machine.core(thread.core());
    engine::Timer answer(machine.engine().queue(), engine::Priority::interrupt, [&] {
        const Core::Interrupt interrupt(core);
        machine.wake(thread, nullptr);
    });
    answer.arm(std::max(machine.now(), time));
    co_await thread.block(Thread::State::io, machine.costs().syscall);
    co_await thread.user_mode();
}

}  // namespace gilsim::machine
