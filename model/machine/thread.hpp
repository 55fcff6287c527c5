#pragma once
/// A thread as the kernel sees it, and what a coroutine that executes *as* this thread may await: core time, sleep.

#include <coroutine>
#include <cstdint>
#include <string>
#include <vector>

#include "model/engine/event_queue.hpp"
#include "model/engine/time.hpp"
#include "model/machine/alarm.hpp"
#include "model/machine/code_memory.hpp"
#include "model/machine/run_queue.hpp"
#include "model/machine/utilization.hpp"
#include "model/trace/events.hpp"

namespace gilsim::machine {

class Core;
class Machine;

/// The code of a thread runs in no time between two awaits; time passes only in `run`, `kernel` and `to_checkpoint`
/// (on a core; preempted and resumed as the scheduler likes) and in `block` (off it).
class Thread {
public:
    using State = trace::ThreadState;

    /// Created by `Machine::create_thread`. `affinity`: cores it may use; empty: all.
    Thread(Machine& machine, int id, int nice, std::vector<int> affinity);
    Thread(const Thread&) = delete;
    Thread& operator=(const Thread&) = delete;

    [[nodiscard]] int id() const { return id_; }
    [[nodiscard]] State state() const { return state_; }
    [[nodiscard]] bool alive() const { return alive_; }
    [[nodiscard]] bool on_core() const { return core_ != nullptr; }
    /// The core that it occupies, or occupied last; -1 before its first.
    [[nodiscard]] int core() const { return last_core_; }
    [[nodiscard]] bool may_run_on(int core) const;
    [[nodiscard]] Machine& machine() const { return machine_; }

    // --- what the thread's own coroutine awaits -----------------------------------------------------------------------

    struct Suspension {
        Thread& thread;
        bool await_ready() const noexcept { return false; }
        bool await_suspend(std::coroutine_handle<> handle);
        /// Core time executed (only `to_checkpoint` may return before all of it is done).
        Nanoseconds await_resume() const noexcept { return thread.total_ - thread.cut_; }
    };

    /// Uses `work` of core time (at speed 1) in user mode, shown as `as`. It may be preempted meanwhile.
    Suspension run(Nanoseconds work, State as = State::runtime) { return prepare(work, as, 0, false); }
    /// Uses core time inside the kernel, where nothing preempts it (PREEMPT_NONE and lazy preemption: a thread is
    /// rescheduled on its way back to user mode).
    Suspension kernel(Nanoseconds work) { return prepare(work, State::runtime, 0, true); }
    /// Like `run`, but `interrupt` makes it return at the next multiple of `every`. Yields the work done.
    Suspension to_checkpoint(Nanoseconds work, Nanoseconds every, State as) { return prepare(work, as, every, false); }
    /// The second half of sched_yield: gives the core to another thread that is ready, if the scheduler agrees. (The
    /// first is `kernel(costs.sched_yield)`.)
    Suspension yield();
    /// The way back to user mode: gives the core up here if the scheduler wants it.
    Suspension user_mode() { return prepare(0, State::runtime, 0, false); }

    struct Block {
        Thread& thread;
        State as;
        Nanoseconds after;
        bool await_ready() const noexcept { return false; }
        void await_suspend(std::coroutine_handle<> handle) const;
        void await_resume() const noexcept {}
    };
    /// Leaves the core until `Machine::wake`, then uses `after` of core time to come back from the kernel.
    Block block(State as, Nanoseconds after) { return {*this, as, after}; }

    /// Ends `to_checkpoint` at the next check point, wherever the thread is (from outside, e.g. a drop request).
    void interrupt();

    /// Core time of a piece of code of the library's or the kernel's that it is about to run: `warm` if its core
    /// remembers it, else more.
    Nanoseconds code(Nanoseconds warm, CodeSite site = CodeSite::here());
    /// Only what that piece takes longer: 0 if its core remembers it.
    Nanoseconds forgotten(Nanoseconds warm, CodeSite site = CodeSite::here()) { return code(warm, site) - warm; }

    /// The same of code that is needed now and then, and takes the longer the longer ago its core ran it, for whichever
    /// thread (`costs.cold_code`).
    Nanoseconds cold(Nanoseconds warm, CodeSite site = CodeSite::here());
    /// The same of the C library's code of a condition variable.
    Nanoseconds cold_condvar(Nanoseconds warm, CodeSite site = CodeSite::here());
    /// The same of such code in the kernel.
    Nanoseconds cold_kernel(Nanoseconds warm, CodeSite site = CodeSite::here());

    SchedEntity entity;  ///< the run queue's

private:
    friend class Alarm;
    friend class Core;
    friend class Machine;
    using Alarms =
        boost::intrusive::list<Alarm,
                               boost::intrusive::member_hook<Alarm, decltype(Alarm::of_thread_), &Alarm::of_thread_>,
                               boost::intrusive::constant_time_size<false>>;
    Nanoseconds cold(Nanoseconds warm, std::int64_t slowdown, const CodeSite& site);
    Suspension prepare(Nanoseconds work, State as, Nanoseconds every, bool in_kernel);
    /// Gives up the work beyond the next check point.
    void cut();

    Machine& machine_;
    std::vector<int> affinity_;
    std::coroutine_handle<> continuation_;
    Core* core_ = nullptr;   ///< the core it occupies
    Core* queue_ = nullptr;  ///< the core in whose run queue it is counted while `entity.queued` (also while it sleeps with a debt)
    int id_;
    int last_core_ = -1;
    Utilization utilization_;
    State state_ = State::runnable;
    bool alive_ = true;
    Alarms alarms_;  ///< those that are armed
    // The burst: what it does when it has a core.
    State as_ = State::runtime;
    bool in_kernel_ = false;
    Nanoseconds debt_ = 0;       ///< switching, interrupts, cold caches: paid first, as `runtime`
    Nanoseconds remaining_ = 0;  ///< work left
    Nanoseconds total_ = 0;
    Nanoseconds cut_ = 0;        ///< work given up at a check point
    Nanoseconds every_ = 0;      ///< distance of check points; 0: none
};

}  // namespace gilsim::machine
