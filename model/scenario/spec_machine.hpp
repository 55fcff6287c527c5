#pragma once
/// What a scenario says of its machine: cores, scheduler, costs, memory, the C library.

#include <cmath>
#include <cstdint>
#include <string>
#include <vector>

#include "model/scenario/span.hpp"

namespace gilsim::scenario {

/// The operating system's scheduler.
struct SchedulerSpec {
    enum class Policy : std::uint8_t { eevdf, cfs };
    Policy policy = Policy::eevdf;
    Nanoseconds tick = 4 * kMillisecond;             ///< timer tick (1/HZ); slices end at ticks
    Nanoseconds tick_offset = -1;                    ///< time of the first tick; -1: at random (by the seed), as a program starts at any moment
    std::int64_t pack_below = 0;                     ///< a woken thread stays on its last core, where one other runs, if that core was busy for less than this percentage of the last time (half-life 32 ms), though another is idle: waking a halted virtual CPU is dear; 0: it always goes to the idle core
    std::int64_t online_cores = 0;                   ///< of the computer, of which the program may use `cores` (taskset, cpuset): slices are scaled by them (get_update_sysctl_factor); 0: `cores`
    Nanoseconds base_slice = 700 * kMicrosecond;     ///< EEVDF: before scaling by 1 + log2(min(online cores, 8))
    bool run_to_parity = true;                       ///< EEVDF: an eligible current thread is not preempted within its slice
    bool preempt_short = true;                       ///< EEVDF: a shorter slice may preempt all the same
    Nanoseconds latency = 6 * kMillisecond;          ///< CFS: target latency, scaled likewise
    Nanoseconds min_granularity = 750 * kMicrosecond;    ///< CFS, scaled likewise
    Nanoseconds wakeup_granularity = 1 * kMillisecond;   ///< CFS, scaled likewise
    Nanoseconds migration_cost = 500 * kMicrosecond;     ///< a thread that ran less than this ago is cache-hot and not pulled by an idle core
};

/// How long an idle core takes to run a woken thread, by how long it has been idle: it sleeps the deeper the longer.
struct IdleState {
    Nanoseconds after = 0;  ///< idle for at least this long
    Span wake;              ///< from the wake-up (another core's, or a timer's expiry) to the thread running
    bool polling = false;   ///< it looks for work by itself: who wakes it need not send an interrupt (TIF_POLLING_NRFLAG)
    std::int64_t first_run = 0;  ///< so many percent longer takes what runs first afterwards: others have used the core's caches and predictors
};

/// A virtual machine's host, which lets a core that has halted only shortly of late poll for its next wake-up before it
/// is taken off the processor (Linux: virt/kvm/kvm_main.c, kvm_vcpu_halt, and Documentation/virt/kvm/halt-polling.rst).
struct HaltPollingSpec {
    Nanoseconds most = 0;                         ///< longest polling (halt_poll_ns); 0: none
    Nanoseconds start = 10 * kMicrosecond;        ///< the first one, doubled from then on (halt_poll_ns_grow_start)
    Span wake{Span::Kind::constant, 15000, 0};    ///< as an idle state's, while the host polls
    Span send_interrupt{};                        ///< as the one of the costs, while the host polls
    Nanoseconds resume = 0;                       ///< as the one of the costs, while the host polls
    std::int64_t first_run = 0;                   ///< as an idle state's, while the host polls
};

/// Code that has not run for a while takes longer: others have used the caches and branch predictors meanwhile.
struct ColdCodeSpec {
    std::int64_t slowdown = 0;                    ///< so many times its warm cost in addition, if its core has not run it for long
    std::int64_t kernel_slowdown = 0;             ///< the same of the kernel's way to a futex and from there to sleep
    std::int64_t condvar_slowdown = 0;            ///< the same of `condvar_wait` and `condvar_signal`
    Nanoseconds half_life = 20 * kMillisecond;    ///< after this time half of that
    std::int64_t varies = 250;                    ///< 99th percentile of what it takes in addition, in percent of the median: sixteen logs of the race for the GIL say 140 to 1000, median 230, by the 10th percentile

    /// How much of the slowdown is there after so long. Much is lost early: measured from 0.25 to 20 ms (docs/fidelity.md,
    /// "What one thread has run is warm for the next").
    [[nodiscard]] double lost(Nanoseconds pause) const {
        return 1 - std::exp2(-std::pow(static_cast<double>(pause) / static_cast<double>(half_life), 0.6));
    }
};

/// What a core remembers of the code it has run: of the library's code, and of the kernel's for pipes and sockets.
/// What it has forgotten takes longer.
struct CodeMemorySpec {
    Nanoseconds holds = 0;        ///< so much different code, counted warm; twice as much displaces all of it; 0: all code
    std::int64_t displaced = 0;   ///< so many percent longer takes code that other code has displaced
    std::int64_t after_exit = 0;  ///< so many percent longer takes what runs first after the core has left the guest, to send or receive an interrupt or to program its timer: some hosts let it come back without branch predictions
};

/// What takes a core from whatever runs there, unseen by the scheduler: interrupts, and the host of a virtual machine at
/// its own (operating system noise; its single pieces are called detours, Beckman et al., "Benchmarking the Effects of
/// Operating System Interference on Extreme-Scale Parallel Machines", 2007). What work costs is measured with it.
struct NoiseSpec {
    Span every{};  ///< from the end of one detour to the next, while the core is busy; 0: none
    Span takes{};  ///< what it takes
};

/// A change of page tables that other cores must know of (a TLB shootdown).
struct ShootdownSpec {
    Nanoseconds takes = 0;  ///< of each other core that runs anything
    Nanoseconds waits = 0;  ///< of who has made the change, if there is such a core
    Nanoseconds replaced = -1;  ///< the same where the change is one page, copied after it had been used; -1: waits
};

/// What the machine's mechanisms cost. Times on a core of speed 1.
struct CostSpec {
    Nanoseconds context_switch = 1500;       ///< core time to switch from one thread to another
    std::vector<IdleState> idle_states{{0, {Span::Kind::constant, 3000, 0}},
                                       {200 * kMicrosecond, {Span::Kind::constant, 30000, 0}}};  ///< by `after`, ascending, the first at 0
    Nanoseconds resume = 0;                  ///< what, of the time that a core that had halted takes to run a woken thread, is already core time of this thread
    HaltPollingSpec halt_polling;            ///< of a virtual machine's host
    Span wake_busy{Span::Kind::constant, 2000, 0};        ///< from a wake-up to the interrupt that makes another, busy core reschedule
    Span send_interrupt{};                                ///< core time to send another core an interrupt, beyond futex_wake: to a sleeping one, or to a busy one that shall reschedule (on a virtual machine it leaves the guest)
    Span timer_interrupt{Span::Kind::constant, 5000, 0};  ///< core time of a timer's interrupt on a busy core, before the woken thread may run
    Nanoseconds timer_slack = 50 * kMicrosecond;  ///< timed waits of threads end this much late (prctl PR_SET_TIMERSLACK)
    Nanoseconds migration = 5000;            ///< extra core time of a thread that runs on another core than before (cold caches)
    Nanoseconds syscall = 150;               ///< entering and leaving the kernel
    Nanoseconds sched_yield = 300;           ///< a call of sched_yield that finds nobody else
    Nanoseconds futex_call = 220;            ///< a futex call, system call included, that neither sleeps nor wakes anybody; all but half a system call until the futex is looked at
    Nanoseconds futex_wait = 1000;           ///< core time, beyond the system call, to put oneself to sleep on a futex
    Nanoseconds futex_wake = 1000;           ///< core time of a futex wake call that wakes a thread, half of it until it does
    Nanoseconds condvar_wait = 37;           ///< code of the C library in a wait for a condition variable, around giving the mutex up, until the futex call (glibc from 2.25 on)
    Span condvar_signal{};                   ///< the same in a signal, until it is posted
    Span cache_transfer{Span::Kind::constant, 100, 0};  ///< fetching a cache line that another core has written last (a lock, a flag)
    Span deadline{};                                      ///< core time of a timed wait before it joins the waiters: reading the clock, the C library's entry
    ColdCodeSpec cold_code;                  ///< of the code around the GIL and its condition variable
    CodeMemorySpec code_memory;
    NoiseSpec noise;
    ShootdownSpec shootdown;
    Nanoseconds timer_set = 500;             ///< core time to program a core's timer: for a timer that is the core's next event (nanosleep, timed waits), and to set it back
    Nanoseconds ask_device = 0;              ///< core time to ask a device (`io`), with the GIL held, before the thread waits: it leaves the guest
    Nanoseconds contended_line = 20 * kMicrosecond;  ///< that a cache line is busy with 1000 atomic updates by cores that take turns
};

/// What the two ends of a pipe or socket cost in addition while they are used on different cores: the kernel's bookkeeping and
/// the data lie in the other core's cache.
struct ApartSpec {
    Nanoseconds pipe_write = 200;   ///< a write to a pipe
    Nanoseconds pipe_read = 300;    ///< a read
    Nanoseconds socket_write = 300; ///< a Unix socket's packet
    Nanoseconds socket_read = 800;  ///< a read of it, which frees what the other core has allocated
    Nanoseconds tcp_send = 1000;    ///< a message over loopback, whose receiver's part is done in the sender's call
    Nanoseconds tcp_receive = 500;  ///< its receiver's call
    Nanoseconds copy = 90 * kMicrosecond;  ///< for 1 MiB, written or read
};

/// What travels between processes takes: copies, pipes, sockets, mapped memory. Times on a core of speed 1.
struct IpcSpec {
    Bytes pipe_buffer = 64LL << 10;       ///< what a pipe holds before its writer blocks
    Bytes socket_buffer = 208LL << 10;    ///< what the sender of a Unix socket may have under way (net.core.wmem_default)
    Nanoseconds pipe_call = 200;          ///< kernel part of a read or write of a pipe, beside copying
    Nanoseconds socket_call = 500;        ///< the same of a Unix socket, and per packet of a long write
    Nanoseconds poll = 150;               ///< kernel part of poll per descriptor
    Nanoseconds copy = 60 * kMicrosecond;         ///< copying 1 MiB from memory to memory
    Nanoseconds copy_aliased = -1;                ///< the same to addresses that lie up to 15 bytes further in their pages than where it comes from; -1: copy
    Bytes aliased_below = 1LL << 20;              ///< more than that the C library copies in another way, at `copy`
    Nanoseconds pipe_copy = 90 * kMicrosecond;    ///< copying 1 MiB into or out of a pipe
    Nanoseconds socket_copy = 90 * kMicrosecond;  ///< copying 1 MiB into or out of a Unix socket
    ApartSpec apart;
    Nanoseconds map = 10 * kMicrosecond;  ///< opening and mapping shared memory
    Nanoseconds shared_page = 100;        ///< the first touch of a page that another process has touched, with those around it
};

/// The C library: who gets a condition variable's signal.
enum class CondvarPolicy : std::uint8_t {
    glibc_2_25,  ///< glibc 2.25 to 2.40: two groups; any waiter of the eligible group may consume a signal, also one still on its core
    glibc_2_41,  ///< glibc 2.41+: reworked groups
    fifo,        ///< order of arrival (macOS)
};

/// Threads of the system that share the cores with the program: kernel threads, daemons. One on each core.
struct BackgroundSpec {
    std::string name;
    Span every;  ///< from the end of one piece of work to the next
    Span work;   ///< core time of a piece
};

/// Virtual memory: what the kernel's part in writing to a page costs, as core time.
struct PagingSpec {
    Nanoseconds first_touch = 700;        ///< the first write to a page: a fault, and a zeroed frame
    Nanoseconds cold_frame = 0;           ///< beyond that and `copy`, where the frame is not in the cache: nobody has given it back lately
    Nanoseconds copy = 1000;              ///< a write to a page that another process shares since a fork: a fault and a copy
    Nanoseconds reuse = 500;              ///< a write to a page that was shared, but is no longer: a fault without a copy
    Nanoseconds fork_page = 60;           ///< copying a page-table entry in fork()
    Nanoseconds release_page = 60;        ///< giving a page back when memory is unmapped or the process ends
    Nanoseconds flush_page = 0;           ///< of up to 33 pages that are unmapped at once, making the core forget one
    Nanoseconds flush_all = 0;            ///< of more, making it forget all
    Nanoseconds move_page = 0;            ///< moving a page of a big block that realloc() enlarges
    Nanoseconds moved_page = 0;  ///< the first use of a page after that, where a hypervisor has page tables of its own
    Nanoseconds inherited_page = 0;  ///< the first use of a page in a forked child, unless it is a write to a shared one; likewise
    bool huge_pages = false;              ///< transparent huge pages for all anonymous memory. YAML `huge_pages: always | madvise`
    Nanoseconds huge_first_touch = 100 * kMicrosecond;  ///< the first write to a huge page: 2 MiB to zero
};

/// A cache, as far as walks over many objects feel it. The times are core time, beyond what lines in the cache take.
struct CacheSpec {
    Bytes size = 0;               ///< what of it is left to this machine: guests of a host share the last level
    Nanoseconds streamed_line = 0;  ///< a line beyond the cache that the hardware has prefetched
    Nanoseconds begun_page = 0;     ///< beyond that for a page whose neighbour was not read before: prefetching starts anew
    Nanoseconds begun_run = 0;      ///< the same for a run of many pages, of which only the first are slower
    Nanoseconds missed_line = 0;    ///< a line beyond the cache where those of a pool are read in no order
};

struct MachineSpec {
    std::string name;
    std::string about;  ///< one line for `gilsim list`
    std::int64_t cores = 2;
    std::int64_t speed_permille = 1000;  ///< of all cores, beside that of each. YAML: `speed: 0.8`
    std::vector<std::int64_t> speeds_permille;  ///< relative speed per core, 1000 = nominal; empty: all 1000. YAML: `speeds: [1, 1, 0.6]`
    Bytes memory = 8LL << 30;
    CacheSpec cache{16LL << 20, 3, 270, 810, 60};  ///< the last level; times beside those of lines in it
    CacheSpec core_cache{1LL << 20, 0, 0, 0, 0};   ///< the core's own, before it; times of lines from the last level
    PagingSpec paging;
    SchedulerSpec scheduler;
    CostSpec costs;
    IpcSpec ipc;
    std::vector<BackgroundSpec> background;  ///< YAML: `background: [{name: daemon, every: ..., work: ...}]`
    CondvarPolicy condvar = CondvarPolicy::glibc_2_25;
};

}  // namespace gilsim::scenario
