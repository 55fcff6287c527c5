#pragma once
/// Timers of threads: sleeps and timed waits.
///
/// A timer may expire from its time on, and must within its slack after that. The kernel programs the core's timer
/// interrupt for the earliest end of a slack, and at every interrupt expires all timers of that core whose time has
/// come (Linux kernel/time/hrtimer.c, __hrtimer_run_queues). So threads of one core that time out within a slack of
/// each other wake together, and the scheduler chooses among them only then. (The tick is such an interrupt, too; it
/// falls into a slack of 50 us once in 80 times, which is left out.)

#include <functional>

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include "model/engine/event_queue.hpp"

namespace gilsim::machine {

class Core;
class Thread;
class AlarmQueue;

/// One timer of a thread, with whose end it is cancelled. Owned by whoever waits.
class Alarm {
public:
    /// `expire` runs inside an interrupt of the core. `essential`: see engine::Timer.
    Alarm(Thread& thread, std::function<void()> expire, bool essential = true);
    ~Alarm() { remove(); }
    Alarm(const Alarm&) = delete;
    Alarm& operator=(const Alarm&) = delete;

    /// As `arm`; whether the core's timer must be programmed for it, which takes no time here.
    bool set(Core& core, Nanoseconds time, Nanoseconds slack);
    /// On `core`: expires from `time` on, at the latest `slack` later. (Now, if that has passed.) Core time that this takes:
    /// none unless it is the next event that the core's timer must be programmed for (hrtimer_start_range_ns).
    Nanoseconds arm(Core& core, Nanoseconds time, Nanoseconds slack);
    void cancel();
    /// Core time that the end of the wait takes its thread, back on `core`: as above if it was cancelled there while
    /// the core's timer was programmed for it (hrtimer_force_reprogram). Expiring costs no more than its interrupt.
    Nanoseconds settle(Core& core);

private:
    friend class AlarmQueue;
    friend class Thread;
    [[nodiscard]] bool next() const;
    void remove();

    Thread& thread_;
    std::function<void()> expire_;
    engine::Timer interrupt_;  ///< at the end of the slack
    AlarmQueue* queue_ = nullptr;
    const AlarmQueue* owed_ = nullptr;  ///< whose timer is to be programmed anew
    Nanoseconds from_ = 0;
    Nanoseconds latest_ = 0;
    std::uint64_t sequence_ = 0;
    boost::intrusive::set_member_hook<> hook_;
    boost::intrusive::list_member_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> of_thread_;
};

/// The timers of one core, by the end of their slack.
class AlarmQueue {
public:
    explicit AlarmQueue(Core& core) : core_(core) {}
    ~AlarmQueue() {
        while (!alarms_.empty()) alarms_.begin()->remove();
    }
    AlarmQueue(const AlarmQueue&) = delete;
    AlarmQueue& operator=(const AlarmQueue&) = delete;

private:
    friend class Alarm;
    /// An interrupt: expires those whose time has come, in the order of the ends of their slacks, up to the first whose
    /// time has not.
    void interrupt();

    struct Earlier {
        bool operator()(const Alarm& a, const Alarm& b) const {
            return a.latest_ != b.latest_ ? a.latest_ < b.latest_ : a.sequence_ < b.sequence_;
        }
    };
    using Hook = boost::intrusive::member_hook<Alarm, boost::intrusive::set_member_hook<>, &Alarm::hook_>;
    Core& core_;
    boost::intrusive::set<Alarm, Hook, boost::intrusive::compare<Earlier>> alarms_;
    std::uint64_t sequence_ = 0;
};

}  // namespace gilsim::machine
