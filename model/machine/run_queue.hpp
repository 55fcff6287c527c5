#pragma once
/// A core's run queue: who runs next, and who may push whom off the core. The policies (EEVDF, CFS) are Linux's.

#include <cstdint>
#include <memory>
#include <set>

#include "model/engine/time.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::machine {

class Cfs;
class Thread;

/// Virtual time: nanoseconds of core time weighted by niceness, as in Linux (nice 0 counts 1:1).
using Virtual = std::int64_t;

/// Linux's weight of niceness 0 (NICE_0_LOAD without the extra resolution; kernel/sched/core.c, sched_prio_to_weight).
inline constexpr std::int64_t kNice0Weight = 1024;
/// Linux's weight of a niceness from -20 to 19 (the same table).
std::int64_t weight_of_nice(int nice);

/// The scheduler's view of a thread (Linux: struct sched_entity).
struct SchedEntity {
    std::int64_t weight = kNice0Weight;
    Virtual vruntime = 0;
    Virtual deadline = 0;          ///< EEVDF: virtual time by which its slice should have been served
    bool relative = false;         ///< EEVDF: the deadline counts from its vruntime, as it moves (rel_deadline)
    Virtual lag = 0;               ///< EEVDF: service owed to it when it left the queue (vlag)
    Virtual protected_until = 0;   ///< EEVDF: RUN_TO_PARITY protects it up to this vruntime (vprot)
    Nanoseconds own_slice = 0;     ///< EEVDF: the slice that the thread has asked for (sched_setattr); 0: the scheduler's
    Nanoseconds slice = 0;         ///< EEVDF: its request
    Nanoseconds ran_since_pick = 0;  ///< CFS: core time since it was picked
    const Cfs* home = nullptr;       ///< CFS: the queue whose vruntime it carries; nullptr: vruntime counts from 0
    Nanoseconds last_ran = -kNever;  ///< when it last left a core: a thread is cache-hot for a while; a new one is not
    std::uint64_t sequence = 0;    ///< tie-break among equals
    Thread* left = nullptr;        ///< EEVDF: in the tree of those who wait, as are the next three (DeadlineTree)
    Thread* right = nullptr;
    Virtual least_vruntime = 0;    ///< of itself and all below it, as is the next
    Nanoseconds least_off_core_since = 0;
    bool queued = false;           ///< counted in a run queue (Linux: on_rq); also while current
    bool delayed = false;          ///< EEVDF: asleep, but queued until its negative lag is used up (sched_delayed)
};

/// Core time to virtual time (Linux: calc_delta_fair).
inline Virtual to_virtual(Nanoseconds t, const SchedEntity& e) {
    return e.weight == kNice0Weight ? t : t * kNice0Weight / e.weight;
}

/// One run queue. The thread that runs ("current") belongs to it, though it is not among those that wait.
class RunQueue {
public:
    virtual ~RunQueue() = default;
    /// A thread becomes ready here: woken, new, or come from another core.
    virtual void enqueue(Thread& thread, bool is_new) = 0;
    /// A waiting thread leaves for another core, or dies.
    virtual void dequeue(Thread& thread) = 0;
    /// The current thread goes to sleep (its SchedEntity may stay queued as `delayed`), or ends for good.
    virtual void sleep(Thread& current, bool for_good) = 0;
    /// The current thread is preempted and waits again.
    virtual void put_back(Thread& current) = 0;
    /// The current thread asks to be passed over (sched_yield); `put_back` and `pick` follow.
    virtual void yield(Thread& current) = 0;
    /// Takes out the thread that runs next and makes it current; nullptr if none is ready.
    virtual Thread* pick() = 0;
    /// The current thread has run for `ran`. True if its slice is over and another one should get the core.
    virtual bool account(Thread& current, Nanoseconds ran) = 0;
    /// True if `woken`, just enqueued here, should take the core from the current thread.
    virtual bool preempts(Thread& current, Thread& woken) = 0;
    /// The scheduler's tick, after `account`: true if the current thread should give the core up.
    virtual bool tick(Thread& current) = 0;
    /// A waiting thread that another core may pull (the one that has been off core longest); nullptr if there is none
    /// that may run on `core` or has left a core before `cold_before`.
    virtual Thread* pullable(int core, Nanoseconds cold_before) = 0;
    /// Number of ready threads that wait.
    [[nodiscard]] virtual std::size_t waiting() const = 0;
};

/// A run queue of the machine's policy, of one of so many cores.
std::unique_ptr<RunQueue> make_run_queue(const scenario::SchedulerSpec& spec, std::int64_t usable_cores);

/// Linux's scaling of slices with the number of cores: 1 + floor(log2(min(cores, 8))) (kernel/sched/fair.c,
/// get_update_sysctl_factor).
std::int64_t slice_factor(std::int64_t cores);

}  // namespace gilsim::machine
