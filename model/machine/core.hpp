#pragma once
/// One core: the thread that occupies it, the run queue behind it, and the time it takes to switch.

#include <memory>

#include "model/engine/event_queue.hpp"
#include "model/machine/alarm.hpp"
#include "model/machine/code_memory.hpp"
#include "model/machine/run_queue.hpp"
#include "model/machine/thread.hpp"
#include "model/machine/utilization.hpp"

namespace gilsim::machine {

class Core {
public:
    /// `speed_permille`: work done per unit of time, 1000 = nominal.
    Core(Machine& machine, int id, std::int64_t speed_permille);

    [[nodiscard]] int id() const { return id_; }
    /// Nobody on it and nobody on the way to it.
    [[nodiscard]] bool idle() const { return current_ == nullptr && !waking_up_; }
    [[nodiscard]] std::size_t waiting() const { return queue_->waiting(); }
    /// Threads that are ready here, the current one included.
    [[nodiscard]] std::size_t load() const { return waiting() + (current_ != nullptr ? 1 : 0); }

    /// The core handles an interrupt of a timer or device for as long as this lives: whom it wakes can be many, who goes on is
    /// decided when it is over. The one who goes on is late by what the interrupt took.
    class Interrupt {
    public:
        explicit Interrupt(Core& core) : core_(core) { core_.in_interrupt_ = true; }
        ~Interrupt() { core_.end_interrupt(); }
        Interrupt(const Interrupt&) = delete;
        Interrupt& operator=(const Interrupt&) = delete;

    private:
        Core& core_;
    };
    [[nodiscard]] bool in_interrupt() const { return in_interrupt_; }
    AlarmQueue& alarms() { return alarms_; }
    /// One thread is on it, and with what this one ran lately, here or elsewhere, it was idle for long enough to take
    /// this one, too (`pack_below`).
    [[nodiscard]] bool has_room_for(Thread& thread);

    /// A ready thread joins this core. `interrupt_delay`: until the interrupt that tells a busy core of it arrives (0: the
    /// news comes from the core itself). What the interrupt costs that whoever does it has to send this core, unless it is
    /// itself; null if none is needed.
    const scenario::Span* enqueue(Thread& thread, bool is_new, Nanoseconds interrupt_delay);
    /// The current thread, just suspended, begins its next burst. False: there is nothing to do, it goes on at once.
    bool begin_burst();
    /// The current thread sends another core an interrupt, at this cost.
    void send(const scenario::Span& interrupt);
    /// The kernel takes so much of whoever runs, to deal with an interrupt that wakes nobody here or to send one.
    /// False: nobody does.
    bool lose(Nanoseconds takes);
    /// The current thread gives the core to another one that is ready, if the scheduler agrees, when its next burst
    /// begins.
    void yield();
    /// The current thread goes to sleep, or ends for good.
    void leave(bool for_good);
    /// A thread that was here last is dead: how busy it was no longer counts.
    void forget(Thread& dead);
    /// The guest has been left for its host (to send or receive an interrupt, to program the timer), which may let it
    /// come back without branch predictions.
    void leave_guest();
    CodeMemory& code() { return code_; }
    /// How cold a piece of code is that runs now: its share of a slowdown (`costs.cold_code`), which can be more than
    /// all of it. What runs at a stretch varies together.
    double coldness(const CodeSite& site);
    /// The current thread shall stop at its next check point.
    void interrupt_burst();
    /// A waiting thread is taken out of the queue: it dies or moves.
    void take_out(Thread& thread);

private:
    void switch_to(Thread* next, bool previous_ready);
    void resume_burst();
    void burst_over();
    void reschedule();
    void end_interrupt();
    const scenario::Span* reschedule_soon(Nanoseconds delay);
    const scenario::Span* begin_to_wake();
    void tick();
    void woken_up();
    Thread* pull();
    Thread* taken_from(Core& other);
    void push_waiting();
    void settle_work();
    void settle_utilization(Thread* next);
    bool settle_queue();
    bool settle_ticks();
    void arm_tick();
    void arm_detour();
    void detour();
    [[nodiscard]] Nanoseconds wall(Nanoseconds work) const;
    [[nodiscard]] const scenario::IdleState& idle_state() const;

    Machine& machine_;
    int id_;
    std::int64_t speed_;
    std::int64_t work_speed_;  ///< between detours: what work costs includes them
    std::int64_t pace_;        ///< of the present stretch: one of these
    std::unique_ptr<RunQueue> queue_;
    AlarmQueue alarms_{*this};
    Thread* current_ = nullptr;
    bool waking_up_ = false;    ///< idle, but on its way out of a sleep state
    bool paying_debt_ = false;  ///< the present stretch of the current thread is its debt
    bool need_resched_ = false;
    bool in_interrupt_ = false;
    std::int64_t first_run_ = 0;      ///< of the state that the wake-up under way ends
    CodeMemory code_;
    Nanoseconds cold_run_ = 0;        ///< when it last ran code that was perhaps cold
    double variation_ = 1;            ///< of the coldness in the present stretch
    Nanoseconds resume_cost_ = 0;     ///< of the wake-up under way
    Nanoseconds interrupt_cost_ = 0;  ///< of the interrupt that is just over, until somebody has paid it
    Nanoseconds interrupt_until_ =
        0;  ///< what comes sooner is dealt with by the one before (hrtimer_interrupt runs all that is due)
    Nanoseconds idle_since_ = 0;
    Nanoseconds host_polls_ = 0;  ///< for so long, when this core halts
    int balance_failed_ = 0;  ///< so often in a row others had waiting threads for it at their ticks, but all cache-hot
                              ///< (nr_balance_failed)
    Utilization utilization_;
    Nanoseconds stretch_from_ = 0;  ///< when the present stretch of the burst began
    Nanoseconds accounted_to_ = 0;  ///< up to when the run queue knows what ran
    Nanoseconds next_detour_ = 0;
    engine::Timer burst_end_;
    engine::Timer detour_;
    engine::Timer tick_;
    engine::Timer reschedule_interrupt_;
    engine::Timer wake_up_;
};

}  // namespace gilsim::machine
