/// Machines: cores, scheduler, costs.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {
namespace {

void check_machine(Reader& reader, const Node& node, const MachineSpec& machine) {
    if (const std::int64_t online = machine.scheduler.online_cores; online > 0 && online < machine.cores)
        reader.error(node, fmt::format("{} online cores, and the program may use {}", online, machine.cores));
    const Node* speeds = node.find("speeds");
    const auto given = static_cast<std::int64_t>(machine.speeds_permille.size());
    if (speeds == nullptr || given == machine.cores) return;
    const auto scope = reader.enter("speeds");
    reader.error(*speeds, fmt::format("{} speeds for {} cores", given, machine.cores));
}

void check_costs(Reader& reader, const Node& node, const CostSpec& costs) {
    const Node* states = node.find("idle_states");
    if (states == nullptr || !states->is(Node::Kind::list)) return;
    const auto scope = reader.enter("idle_states");
    if (costs.idle_states.empty() || costs.idle_states.front().after != 0)
        return reader.error(*states, "the first idle state must begin after 0ns");
    for (std::size_t i = 1; i < costs.idle_states.size(); ++i) {
        if (costs.idle_states[i].after <= costs.idle_states[i - 1].after)
            return reader.error(states->items[i],
                                "idle states must stand in the order of 'after', each later than the one before");
    }
}

}  // namespace

const Structure& machine_fields() {
    using T = MachineSpec;
    static const Structure structure{
        "machine",
        "The computer on which everything runs.",
        {
            field<T>("name", &T::name, text(), "how reports call it").absent("the name of its configuration"),
            field<T>("about", &T::about, text(), "one line for `gilsim list`").absent("none"),
            field<T>("cores", &T::cores, count(1, 1024), "number of cores"),
            field<T>("speed", &T::speed_permille, permille(),
                     "how fast all cores are, 1 = as when times of programs and costs were measured: the same machine in a "
                     "slow moment, or a similar one"),
            field<T>("speeds", &T::speeds_permille, permille_list(),
                     "relative speed of each core, 1 = nominal; times of programs and costs are for speed 1")
                .absent("all cores have speed 1"),
            field<T>("memory", &T::memory, size(1 << 20), "main memory"),
            field<T>("cache", &T::cache, record<CacheSpec>(cache_fields), "the last-level cache: what lines from memory take beside those in it"),
            field<T>("core_cache", &T::core_cache, record<CacheSpec>(cache_fields),
                     "the core's own, the second level: what lines from the last level take beside those in it"),
            field<T>("paging", &T::paging, record<PagingSpec>(paging_fields), "what page faults and forks cost"),
            field<T>("scheduler", &T::scheduler, record<SchedulerSpec>(scheduler_fields),
                     "the operating system's scheduler"),
            field<T>("costs", &T::costs, record<CostSpec>(cost_fields), "what the machine's mechanisms cost"),
            field<T>("ipc", &T::ipc, record<IpcSpec>(ipc_fields), "what moving data between processes takes"),
            field<T>(
                "background", &T::background,
                list_of<BackgroundSpec>("a list of threads of the system", record<BackgroundSpec>(background_fields)),
                "threads of the system that share the cores with the program, one of each kind on each core")
                .absent("a quiet machine"),
            field<T>("condvar", &T::condvar, choice<CondvarPolicy>(),
                     "the C library: who gets a condition variable's signal"),
        },
        "",
        checked(check_machine)};
    return structure;
}

const Structure& background_fields() {
    using T = BackgroundSpec;
    static const Structure structure{
        "background",
        "A kernel thread or daemon that works now and then.",
        {
            field<T>("name", &T::name, text(), "how traces call it").required(),
            field<T>("every", &T::every, span(), "from the end of one piece of work to the next").required(),
            field<T>("work", &T::work, span(), "core time of a piece").required(),
        },
        ""};
    return structure;
}

const Structure& scheduler_fields() {
    using T = SchedulerSpec;
    static const Structure structure{
        "scheduler",
        "The operating system's scheduler.",
        {
            field<T>("policy", &T::policy, choice<SchedulerSpec::Policy>(), "which scheduler"),
            field<T>("tick", &T::tick, duration(kMicrosecond, kSecond), "timer tick (1/HZ); slices end at ticks"),
            field<T>("tick_offset", &T::tick_offset, duration(), "when the first tick comes")
                .absent("at random (by the seed), as a program starts at any moment"),
            field<T>("pack_below", &T::pack_below, count(0, 100),
                     "a woken thread stays on its last core, where one other runs, rather than wake an idle one, if that core was "
                     "busy for less than this percentage of its time lately (some guests do so)")
                .absent("0: it always goes to an idle core"),
            field<T>("online_cores", &T::online_cores, count(1, 1024),
                     "cores of the computer, of which the program may use `cores` (taskset): the kernel scales slices by these")
                .absent("`cores` of the machine"),
            field<T>("base_slice", &T::base_slice, duration(1),
                     "EEVDF: slice before scaling by 1 + log2(min(online_cores, 8))"),
            field<T>("run_to_parity", &T::run_to_parity, boolean(),
                     "EEVDF: an eligible current thread is not preempted within its slice"),
            field<T>("preempt_short", &T::preempt_short, boolean(), "EEVDF: a shorter slice may preempt all the same"),
            field<T>("latency", &T::latency, duration(1), "CFS: target latency, scaled like base_slice"),
            field<T>("min_granularity", &T::min_granularity, duration(1), "CFS: least slice, scaled likewise"),
            field<T>("wakeup_granularity", &T::wakeup_granularity, duration(),
                     "CFS: how far behind a thread must be to preempt when it wakes up, scaled likewise"),
            field<T>("migration_cost", &T::migration_cost, duration(),
                     "a thread that ran less than this ago is cache-hot and not pulled by an idle core"),
        },
        ""};
    return structure;
}

const Structure& idle_state_fields() {
    using T = IdleState;
    static const Structure structure{
        "idle_state",
        "How deep an idle core sleeps.",
        {
            field<T>("after", &T::after, duration(), "idle for at least this long").required(),
            field<T>("wake", &T::wake, span(),
                     "from the wake-up (another core's, or a timer's expiry) to the thread running")
                .required(),
            field<T>("polling", &T::polling, boolean(),
                     "it looks for work by itself: who wakes it need not send an interrupt"),
            field<T>("first_run", &T::first_run, count(0, 100'000),
                     "by how many percent longer the library's code and calls on sockets and pipes take that run first afterwards, each "
                     "piece once: others have used the core's caches and branch predictors meanwhile"),
        },
        ""};
    return structure;
}

const Structure& halt_polling_fields() {
    using T = HaltPollingSpec;
    static const Structure structure{
        "halt_polling",
        "A virtual machine's host (KVM) polls for the next wake-up of a core that has halted only shortly of late. How long "
        "it does so is doubled after each halt that was longer, and 0 again after one longer than `most`.",
        {
            field<T>("most", &T::most, duration(), "the longest polling (KVM's halt_poll_ns)").absent("none"),
            field<T>("start", &T::start, duration(), "the first one (halt_poll_ns_grow_start)"),
            field<T>("wake", &T::wake, span(), "from the wake-up to the thread running, instead of the idle state's"),
            field<T>("send_interrupt", &T::send_interrupt, span(), "core time of the interrupt, instead of the usual one"),
            field<T>("resume", &T::resume, duration(), "the woken thread's own core time of `wake`, instead of the usual one"),
            field<T>("first_run", &T::first_run, count(0, 100'000), "what runs first afterwards, instead of the idle state's"),
        },
        ""};
    return structure;
}

const Structure& cold_code_fields() {
    using T = ColdCodeSpec;
    static const Structure structure{
        "cold_code",
        "Code that its core has not run for a while takes longer, whichever thread ran it last: other code has used the caches and branch "
        "predictors meanwhile. Of the slowdown so much is there after a pause p: 1 - 2^-(p / `half_life`)^0.6.",
        {
            field<T>("slowdown", &T::slowdown, count(0, 100'000),
                     "how many times its warm cost it takes in addition, if its core has not run it for long"),
            field<T>("kernel_slowdown", &T::kernel_slowdown, count(0, 100'000), "the same of the kernel's way to a futex, until its value is looked at, and from there to sleep"),
            field<T>("condvar_slowdown", &T::condvar_slowdown, count(0, 100'000), "the same of `condvar_wait` and `condvar_signal`"),
            field<T>("half_life", &T::half_life, duration(1), "after this time half of that"),
            field<T>("varies", &T::varies, count(100, 10'000),
                     "99th percentile of what it takes in addition, in percent of the median; what runs within 50 us varies together"),
        },
        ""};
    return structure;
}

const Structure& code_memory_fields() {
    using T = CodeMemorySpec;
    static const Structure structure{
        "code_memory",
        "What a core remembers of the code it has run (caches of instructions, branch predictions): of the library's code, and of the "
        "kernel's for pipes and sockets. What it has forgotten takes longer.",
        {
            field<T>("holds", &T::holds, duration(),
                     "so much different code, counted warm; twice as much displaces all of it")
                .absent("all code"),
            field<T>("displaced", &T::displaced, count(0, 100'000), "by how many percent longer code takes that other code has displaced"),
            field<T>("after_exit", &T::after_exit, count(0, 100'000),
                     "by how many percent longer what runs first takes after the core has left the guest, to send or receive an interrupt "
                     "or to program its timer: some hosts let it come back without branch predictions"),
        },
        ""};
    return structure;
}

const Structure& noise_fields() {
    using T = NoiseSpec;
    static const Structure structure{
        "noise",
        "What takes a core from whatever runs there, unseen by the scheduler: interrupts, and the host of a virtual machine at its own. "
        "Without it, threads that do the same again and again stay in step for ever. What work costs includes it on the average: between two "
        "of these detours work is faster by so much.",
        {
            field<T>("every", &T::every, span(), "from one detour to the next, on a core that is busy").absent("never"),
            field<T>("takes", &T::takes, span(), "how long it takes"),
        },
        ""};
    return structure;
}

const Structure& shootdown_fields() {
    using T = ShootdownSpec;
    static const Structure structure{
        "shootdown",
        "A change of page tables that every other core must know of, however little it has to do with the process: where a hypervisor "
        "keeps page tables of its own beside the guest's. How often starts and ends of processes make one is the interpreter's "
        "`fork_shootdowns` and the like; each copy of a page that the process has used is another.",
        {
            field<T>("takes", &T::takes, duration(), "core time of each other core that runs anything"),
            field<T>("waits", &T::waits, duration(), "core time of who has made the change, if there is such a core"),
            field<T>("replaced", &T::replaced, duration(),
                     "the same where the change is that a page which the process has used, and shares since a fork, is "
                     "copied (default: waits)"),
        },
        ""};
    return structure;
}

const Structure& cost_fields() {
    using T = CostSpec;
    static const Structure structure{
        "costs",
        "What the machine's mechanisms cost, as times on a core of speed 1.",
        {
            field<T>("context_switch", &T::context_switch, duration(),
                     "core time to switch from one thread to another"),
            field<T>(
                "idle_states", &T::idle_states,
                list_of<IdleState>("a list of idle states", record<IdleState>(idle_state_fields)),
                "how long an idle core takes to run a woken thread: it sleeps the deeper, the longer it has been idle"),
            field<T>("resume", &T::resume, duration(),
                     "of the time that a core takes to run a woken thread, the part that is core time of this thread: on "
                     "a virtual machine a core that had halted is slow at first (not if it was polling, or its host was)"),
            field<T>("halt_polling", &T::halt_polling, record<HaltPollingSpec>(halt_polling_fields),
                     "what a virtual machine's host does while a core sleeps"),
            field<T>("wake_busy", &T::wake_busy, span(),
                     "from a wake-up to the interrupt that makes another, busy core reschedule"),
            field<T>("send_interrupt", &T::send_interrupt, span(),
                     "core time, beyond futex_wake, to interrupt another core: a sleeping one (unless it is polling), "
                     "or a busy one that shall reschedule; on a virtual machine it leaves the guest"),
            field<T>("timer_interrupt", &T::timer_interrupt, span(),
                     "core time of a timer's interrupt on a busy core, before the woken thread may run"),
            field<T>("timer_slack", &T::timer_slack, duration(),
                     "how late timed waits of threads end (PR_SET_TIMERSLACK)"),
            field<T>("migration", &T::migration, duration(),
                     "extra core time of a thread that runs on another core than before (cold caches)"),
            field<T>("syscall", &T::syscall, duration(), "entering and leaving the kernel"),
            field<T>("sched_yield", &T::sched_yield, duration(), "core time of a call of sched_yield that finds nobody else"),
            field<T>("futex_call", &T::futex_call, duration(),
                     "core time of a futex call, the system call included, that finds nobody to wake or its value "
                     "changed; the futex is looked at half a system call before the end"),
            field<T>("futex_wait", &T::futex_wait, duration(),
                     "core time, beyond the system call, to put oneself to sleep on a futex"),
            field<T>("futex_wake", &T::futex_wake, duration(), "core time of a futex wake call that wakes a thread, which happens after half of it"),
            field<T>("condvar_wait", &T::condvar_wait, duration(),
                     "code of the C library in a wait for a condition variable, around giving its mutex up, until the futex call (glibc from "
                     "2.25 on)"),
            field<T>("condvar_signal", &T::condvar_signal, span(), "the same in a signal, until it is posted"),
            field<T>("cache_transfer", &T::cache_transfer, span(),
                     "fetching a cache line that another core has written last (a lock, a flag)"),
            field<T>("deadline", &T::deadline, span(),
                     "core time from the decision to wait for a limited time to the wait: reading the clock, the C library's entry"),
            field<T>("cold_code", &T::cold_code, record<ColdCodeSpec>(cold_code_fields),
                     "what code that its core has not run for a while takes in addition: `deadline`, `condvar_wait`, `condvar_signal`, an "
                     "interpreter's `gil_overhead` and `request_overhead`, the kernel's way to a futex"),
            field<T>("code_memory", &T::code_memory, record<CodeMemorySpec>(code_memory_fields),
                     "what a core remembers of the code it has run"),
            field<T>("noise", &T::noise, record<NoiseSpec>(noise_fields),
                     "what takes a core from whatever runs there, unseen by the scheduler"),
            field<T>("shootdown", &T::shootdown, record<ShootdownSpec>(shootdown_fields),
                     "what changes of page tables cost other cores").absent("nothing"),
            field<T>("timer_set", &T::timer_set, duration(),
                     "core time to program a core's timer once: for a timed wait or sleep that ends before anything else "
                     "that the core's timer is set for, its next tick included"),
            field<T>("ask_device", &T::ask_device, duration(),
                     "core time to ask a device (`io`), with the GIL held, before the thread gives it up and waits; on a virtual machine "
                     "it leaves the guest"),
            field<T>("contended_line", &T::contended_line, duration(),
                     "that a cache line is busy with 1000 atomic updates by cores that take turns"),
        },
        "",
        checked(check_costs)};
    return structure;
}

}  // namespace gilsim::scenario
