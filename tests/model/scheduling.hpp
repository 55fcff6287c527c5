#pragma once
/// Threads of the scheduler's tests, and the machine that they run on.

#include "tests/model/stage.hpp"

namespace gilsim::testing {

inline Script runs(Nanoseconds work) {
    return [work](Player& me) -> Co<> { co_await me.os.run(work); };
}
/// Runs, sleeps, runs.
inline Script naps(Nanoseconds before, Nanoseconds sleep, Nanoseconds after) {
    return [=](Player& me) -> Co<> {
        co_await me.os.run(before);
        co_await me.sleep(sleep);
        co_await me.os.run(after);
    };
}

/// Ticks every ms, slices of 2 ms.
inline scenario::MachineSpec fine_machine(
    std::int64_t cores, scenario::SchedulerSpec::Policy policy = scenario::SchedulerSpec::Policy::eevdf) {
    auto machine = free_machine(cores);
    machine.scheduler.policy = policy;
    machine.scheduler.tick = machine.scheduler.tick_offset = 1 * ms;
    machine.scheduler.base_slice = 2 * ms;
    return machine;
}

inline std::string switches(const scenario::MachineSpec& machine, const std::function<void(Stage&)>& script) {
    return play(machine, free_interpreter(), kSwitches, script);
}

}  // namespace gilsim::testing
