#include "model/machine/sleep.hpp"

namespace gilsim::machine {

namespace {

engine::Co<> sleep(Thread& thread, Nanoseconds until, Nanoseconds slack, bool essential) {
    Machine& machine = thread.machine();
    const auto& costs = machine.costs();
    co_await thread.kernel(costs.syscall);
    bool asleep = false;
    bool expired = false;
    Alarm alarm(
        thread,
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

engine::Co<> ask_device(Thread& thread, Alarm& answer, Nanoseconds time) {
    Machine& machine = thread.machine();
    if (answer.set(machine.core(thread.core()), machine.now() + time, 0)) co_await ask_device(thread);
}

DeviceRequest::DeviceRequest(Thread& thread)
    : thread_(thread), answer_(thread, [this] {
          answered_ = true;
          if (waiting_) thread_.machine().wake(thread_, nullptr);
      }) {}

engine::Co<> DeviceRequest::ask(Nanoseconds time) {
    co_await ask_device(thread_);
    Machine& machine = thread_.machine();
    answer_.set(machine.core(thread_.core()), machine.now() + time, 0);
}

engine::Co<> DeviceRequest::wait() {
    const Nanoseconds syscall = thread_.machine().costs().syscall;
    co_await thread_.kernel(syscall);
    if (!answered_) {
        waiting_ = true;
        co_await thread_.block(Thread::State::io, syscall);
    }
    co_await thread_.user_mode();
}

}  // namespace gilsim::machine
