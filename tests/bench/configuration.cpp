#include "tests/bench/configuration.hpp"

#include <stdexcept>
#include <variant>

#include <nlohmann/json.hpp>

namespace gilsim::bench {

using namespace scenario;

namespace {

constexpr Nanoseconds kStartOfOneThread = 250 * kMicrosecond;  ///< simulated, and generous

Variant sleep_then_compute(std::int64_t threads, Nanoseconds work) {
    Variant variant;
    variant.name = "cpu_bound";
    variant.machine.cores = 2;
    variant.machine.scheduler.tick_offset = 0;
    variant.interpreters.resize(1);
    Sleep sleep;
    sleep.time.a = threads * kStartOfOneThread;
    Compute compute;
    compute.work.a = work;
    variant.program_names = {"cpu_bound"};
    variant.programs = {{Op{.what = sleep}, Op{.what = compute}}};
    Group group;
    group.name = "worker";
    group.count = threads;
    variant.groups = {group};
    return variant;
}

Nanoseconds constant(const Span& span) {
    if (span.kind != Span::Kind::constant) throw std::logic_error("the model in SimPy knows constant latencies only");
    return span.a;
}

}  // namespace

Variant cpu_bound(std::int64_t threads, Nanoseconds limit) {
    Variant variant = sleep_then_compute(threads, 2 * limit);
    variant.limit = limit;
    return variant;
}

Variant short_lived(std::int64_t threads) {
    return sleep_then_compute(threads, 100 * kMicrosecond);
}

std::string for_simpy(const Variant& variant) {
    const MachineSpec& machine = variant.machine;
    const CostSpec& costs = machine.costs;
    if (costs.halt_polling.most > 0) throw std::logic_error("the model in SimPy has no host that polls");
    if (machine.scheduler.pack_below > 0) throw std::logic_error("the model in SimPy does not pack woken threads");
    const InterpreterSpec& python = variant.interpreters[0];
    const Program& program = variant.programs[0];
    nlohmann::json idle_states;
    for (const auto& state : costs.idle_states) idle_states.push_back({state.after, constant(state.wake), state.polling});
    const nlohmann::json configuration{
        {"threads", variant.groups[0].count},
        {"limit_ns", variant.limit},
        {"sleep_ns", constant(std::get<Sleep>(program[0].what).time)},
        {"work_ns", constant(std::get<Compute>(program[1].what).work)},
        {"cores", machine.cores},
        {"tick_ns", machine.scheduler.tick},
        {"tick_offset_ns", machine.scheduler.tick_offset},
        {"base_slice_ns", machine.scheduler.base_slice},
        {"migration_cost_ns", machine.scheduler.migration_cost},
        {"context_switch_ns", costs.context_switch},
        {"idle_states_ns", idle_states},
        {"resume_ns", costs.resume},
        {"wake_busy_ns", constant(costs.wake_busy)},
        {"send_interrupt_ns", constant(costs.send_interrupt)},
        {"timer_interrupt_ns", constant(costs.timer_interrupt)},
        {"timer_slack_ns", costs.timer_slack},
        {"migration_ns", costs.migration},
        {"syscall_ns", costs.syscall},
        {"futex_call_ns", costs.futex_call},
        {"futex_wait_ns", costs.futex_wait},
        {"futex_wake_ns", costs.futex_wake},
        {"condvar_wait_ns", costs.condvar_wait},
        {"timer_set_ns", costs.timer_set},
        {"cache_transfer_ns", constant(costs.cache_transfer)},
        {"switch_interval_ns", python.switch_interval},
        {"checkpoint_every_ns", python.checkpoint_every},
        {"gil_overhead_ns", python.gil_overhead},
        {"thread_create_ns", python.thread_create},
        {"thread_bootstrap_ns", python.thread_bootstrap},
        {"thread_exit_ns", python.thread_exit},
    };
    return configuration.dump();
}

}  // namespace gilsim::bench
