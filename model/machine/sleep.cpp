#include "model/machine/sleep.hpp"

#include <algorithm>

namespace gilsim::machine {

namespace {

engine::Co<> block_until(Thread& thread, Thread::State as, Nanoseconds time, Nanoseconds cost,
                         bool essential = true) {
    Machine& machine = thread.machine();
    co_await thread.kernel(cost);
    engine::Timer alarm(machine.engine().queue(), engine::Priority::interrupt,
                        [&machine, &thread] { machine.wake(thread, nullptr); }, essential);
    alarm.arm(std::max(machine.now(), time));
    co_await thread.block(as, machine.costs().syscall);
    co_await thread.user_mode();
}

}  // namespace

engine::Co<> sleep_until(Thread& thread, Nanoseconds time) {
    const auto& costs = thread.machine().costs();
    return block_until(thread, Thread::State::sleeping, time + costs.timer_slack, costs.syscall + costs.timer_set);
}

engine::Co<> sleep_in_background(Thread& thread, Nanoseconds time) {
    const auto& costs = thread.machine().costs();
    return block_until(thread, Thread::State::sleeping, time, costs.syscall + costs.timer_set, false);
}

engine::Co<> wait_for_device(Thread& thread, Nanoseconds time) {
    return block_until(thread, Thread::State::io, time, thread.machine().costs().syscall);
}

}  // namespace gilsim::machine
