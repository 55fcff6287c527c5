#include "model/machine/core.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <utility>

#include "model/machine/machine.hpp"

namespace gilsim::machine {

using engine::Priority;
using trace::Event;
using trace::EventKind;

namespace {
/// Code that runs within so long belongs to one stretch (assumed: longer than a hand-over, shorter than an interval).
constexpr Nanoseconds kStretch = 50 * kMicrosecond;

/// What a core does between detours, of which its speed is the mean.
std::int64_t speed_of_work(const scenario::NoiseSpec& noise, std::int64_t speed) {
    const double every = mean(noise.every);
    return every == 0 ? speed : std::llround(static_cast<double>(speed) * (1 + mean(noise.takes) / every));
}
}  // namespace

Core::Core(Machine& machine, int id, std::int64_t speed_permille)
    : machine_(machine),
      id_(id),
      speed_(speed_permille),
      work_speed_(speed_of_work(machine.costs().noise, speed_permille)),
      pace_(speed_permille),
      queue_(make_run_queue(machine.spec().scheduler, machine.spec().cores)),
      code_(machine.costs().code_memory),
      burst_end_(machine.engine().queue(), Priority::burst_end, [this] { burst_over(); }),
      detour_(machine.engine().queue(), Priority::interrupt, [this] { detour(); }),
      tick_(machine.engine().queue(), Priority::tick, [this] { tick(); }),
      reschedule_interrupt_(machine.engine().queue(), Priority::interrupt,
                            [this] {
                                leave_guest();
                                reschedule();
                            }),
      wake_up_(machine.engine().queue(), Priority::dispatch, [this] { woken_up(); }) {
    if (machine.has_noise()) next_detour_ = machine.until_detour();
}

Nanoseconds Core::wall(Nanoseconds work) const {
    return pace_ == 1000 ? work : (work * 1000 + pace_ - 1) / pace_;
}

const scenario::IdleState& Core::idle_state() const {
    const auto& states = machine_.costs().idle_states;
    const Nanoseconds idle = machine_.now() - idle_since_;
    auto state = states.begin();
    while (std::next(state) != states.end() && std::next(state)->after <= idle) ++state;
    return *state;
}

// --- who runs
// ---------------------------------------------------------------------------------------------------------

// Linux: ttwu_queue_wakelist to an idle core, resched_curr of a busy one.
const scenario::Span* Core::enqueue(Thread& thread, bool is_new, Nanoseconds interrupt_delay) {
    // A sleeper of CFS stands where it stood relative to the queue that it comes from, as ticks have moved that.
    if (thread.entity.home != nullptr && thread.last_core_ != id_) machine_.core(thread.last_core_).settle_ticks();
    // Who wakes up before its debt is paid is compared with what the current thread had run by the last tick
    // (Linux: requeue_delayed_entity, which does without update_curr).
    const bool still_queued = thread.entity.delayed;
    bool due = still_queued ? settle_ticks() : settle_queue();
    queue_->enqueue(thread, is_new);
    if (still_queued) due |= settle_queue();
    thread.queue_ = this;
    if (current_ == nullptr) return waking_up_ ? nullptr : begin_to_wake();
    arm_tick();
    if (!due && !queue_->preempts(*current_, thread)) return nullptr;
    return reschedule_soon(interrupt_delay);
}

const scenario::Span* Core::begin_to_wake() {
    waking_up_ = true;
    const auto& costs = machine_.costs();
    const auto& host = costs.halt_polling;
    const auto& state = idle_state();
    const Nanoseconds idle = machine_.now() - idle_since_;
    const bool polled = !state.polling && idle < host_polls_;
    const Nanoseconds wake = machine_.draw(polled ? host.wake : state.wake);
    first_run_ = polled ? host.first_run : state.first_run;
    resume_cost_ = state.polling ? 0 : std::min(polled ? host.resume : costs.resume, wake);
    wake_up_.arm(machine_.now() + wake - resume_cost_);
    if (state.polling) return nullptr;  // it has not halted
    if (polled) return &host.send_interrupt;
    // KVM: grow_halt_poll_ns, shrink_halt_poll_ns
    host_polls_ = idle > host.most ? 0 : std::min(host.most, std::max(host.start, 2 * host_polls_));
    return &costs.send_interrupt;
}

void Core::woken_up() {
    waking_up_ = false;
    const Nanoseconds resume = std::exchange(resume_cost_, 0);
    Thread* next = queue_->pick();
    if (next == nullptr) next = pull();
    if (next == nullptr) return;  // it was taken away meanwhile
    next->debt_ += resume;
    code_.forget(std::exchange(first_run_, 0));
    switch_to(next, false);
}

void Core::leave_guest() {
    code_.forget(machine_.costs().code_memory.after_exit);
}

void Core::send(const scenario::Span& interrupt) {
    current_->debt_ += machine_.draw(interrupt);
    leave_guest();
}

// Null if an interrupt is on its way already.
const scenario::Span* Core::reschedule_soon(Nanoseconds delay) {
    if (delay == 0) {
        reschedule();
        return &machine_.costs().send_interrupt;
    }
    if (reschedule_interrupt_.armed()) return nullptr;
    reschedule_interrupt_.arm(machine_.now() + delay);
    return &machine_.costs().send_interrupt;
}

void Core::reschedule() {
    if (current_ == nullptr) return;
    if (in_interrupt_ || !burst_end_.armed() || current_->in_kernel_) {  // it is in the kernel: on its way back
        need_resched_ = true;
        return;
    }
    settle_work();
    settle_queue();
    Thread* previous = current_;
    previous->entity.last_ran = machine_.now();
    queue_->put_back(*previous);
    Thread* next = queue_->pick();
    need_resched_ = false;
    next->debt_ += std::exchange(interrupt_cost_, 0);
    if (next == previous) {
        resume_burst();
        return;
    }
    switch_to(next, true);
}

void Core::end_interrupt() {
    in_interrupt_ = false;
    if (current_ == nullptr) return;  // what it took is part of the way out of idleness
    if (machine_.now() >= interrupt_until_) {
        leave_guest();
        interrupt_cost_ = machine_.draw(machine_.costs().timer_interrupt);
        interrupt_until_ = machine_.now() + interrupt_cost_;
    }
    if (need_resched_ && !current_->in_kernel_) {
        reschedule();
    } else {
        const bool running = burst_end_.armed();
        settle_work();
        current_->debt_ += std::exchange(interrupt_cost_, 0);
        if (running) resume_burst();
    }
}

bool Core::lose(Nanoseconds takes) {
    if (current_ == nullptr) return false;
    leave_guest();
    const bool running = burst_end_.armed();
    settle_work();
    current_->debt_ += takes;
    if (running) resume_burst();
    return true;
}

void Core::switch_to(Thread* next, bool previous_ready) {
    const Nanoseconds now = machine_.now();
    Thread* previous = current_;
    burst_end_.cancel();
    detour_.cancel();
    need_resched_ = false;
    settle_utilization(next);
    if (previous != nullptr) {
        previous->core_ = nullptr;
        previous->entity.last_ran = now;
        if (previous_ready) machine_.set_state(*previous, Thread::State::runnable);
    }
    machine_.recorder().emit({.time = now,
                              .kind = EventKind::sched_switch,
                              .core = static_cast<std::int16_t>(id_),
                              .thread = next != nullptr ? next->id() : -1,
                              .object = previous != nullptr ? previous->id() : -1,
                              .value = previous_ready ? 1 : 0});
    current_ = next;
    code_.last_ran(kSchedulerCode, now);
    accounted_to_ = now;
    if (next == nullptr) {
        idle_since_ = now;
        return;
    }
    next->core_ = this;
    next->queue_ = this;
    next->debt_ += machine_.costs().context_switch;
    if (next->last_core_ >= 0 && next->last_core_ != id_) next->debt_ += machine_.costs().migration;
    next->last_core_ = id_;
    arm_tick();
    resume_burst();
}

double Core::coldness(const CodeSite& site) {
    const scenario::ColdCodeSpec& spec = machine_.costs().cold_code;
    const Nanoseconds now = machine_.now();
    if (now - std::exchange(cold_run_, now) > kStretch && spec.varies > 100) {
        const scenario::Span permille{scenario::Span::Kind::lognormal, 1000, 10 * spec.varies};
        variation_ = static_cast<double>(machine_.draw(permille)) / 1000;
    }
    return variation_ * spec.lost(now - code_.last_ran(site, now));
}

bool Core::has_room_for(Thread& thread) {
    const std::int64_t below = machine_.spec().scheduler.pack_below;
    if (below == 0 || load() != 1) return false;
    const Nanoseconds now = machine_.now();
    const double brought = thread.last_core_ == id_ ? 0 : thread.utilization_.advance(now, false);
    return (utilization_.advance(now, current_ != nullptr) + brought) * 100 < static_cast<double>(below);
}

// Linux: update_load_avg, attach_entity_load_avg and detach_entity_load_avg; post_init_entity_util_avg of a new thread.
void Core::settle_utilization(Thread* next) {
    const Nanoseconds now = machine_.now();
    const double busy = utilization_.advance(now, current_ != nullptr);
    if (current_ != nullptr) current_->utilization_.advance(now, true);
    if (next == nullptr || next->last_core_ == id_) {
        if (next != nullptr) next->utilization_.advance(now, false);
        return;
    }
    const double its = next->utilization_.advance(now, false);
    if (next->last_core_ >= 0) {
        Core& left = machine_.core(next->last_core_);
        left.utilization_.advance(now, left.current_ != nullptr);
        left.utilization_.add(-its);
    } else if (its == 0) {
        // At most half of what is left, and the core's use over its load, which is more unless many wait for it.
        next->utilization_.add(std::max(0.0, 1.0 - busy) / 2);
    }
    utilization_.add(next->utilization_.advance(now, false));
}

// Linux: task_dead_fair, remove_entity_load_avg
void Core::forget(Thread& dead) {
    const Nanoseconds now = machine_.now();
    utilization_.advance(now, current_ != nullptr);
    utilization_.add(-dead.utilization_.advance(now, current_ == &dead));
}

// Linux: do_sched_yield
void Core::yield() {
    settle_queue();
    queue_->yield(*current_);
    need_resched_ = true;
}

void Core::leave(bool for_good) {
    settle_queue();
    Thread& previous = *current_;
    queue_->sleep(previous, for_good);
    Thread* next = queue_->pick();
    if (next == nullptr) next = pull();
    switch_to(next, false);
}

void Core::take_out(Thread& thread) {
    settle_queue();
    queue_->dequeue(thread);
}

// --- the current thread's burst
// ---------------------------------------------------------------------------------------

bool Core::begin_burst() {
    if (need_resched_ && !current_->in_kernel_) {
        settle_queue();
        Thread* previous = current_;
        previous->entity.last_ran = machine_.now();
        queue_->put_back(*previous);
        Thread* next = queue_->pick();
        need_resched_ = false;
        if (next != previous) {
            switch_to(next, true);
            return true;
        }
    }
    if (current_->remaining_ == 0 && current_->debt_ == 0) return false;
    resume_burst();
    return true;
}

void Core::resume_burst() {
    Thread& t = *current_;
    if (t.as_ == Thread::State::runtime) {
        t.remaining_ += t.debt_;
        t.debt_ = 0;
    }
    paying_debt_ = t.debt_ > 0;
    pace_ = paying_debt_ || t.as_ == Thread::State::runtime ? speed_ : work_speed_;
    machine_.set_state(t, paying_debt_ ? Thread::State::runtime : t.as_);
    stretch_from_ = machine_.now();
    burst_end_.arm(stretch_from_ + wall(paying_debt_ ? t.debt_ : t.remaining_));
    if (machine_.has_noise()) arm_detour();
}

// Those that came while the core was idle have hit nobody.
void Core::arm_detour() {
    if (next_detour_ < stretch_from_) next_detour_ = stretch_from_ + machine_.until_detour();
    if (next_detour_ < burst_end_.time())
        detour_.arm(next_detour_);
    else
        detour_.cancel();
}

void Core::detour() {
    settle_work();
    leave_guest();
    const Nanoseconds takes = machine_.draw_noise(machine_.costs().noise.takes);
    current_->debt_ += takes;
    next_detour_ = machine_.now() + takes + machine_.draw_noise(machine_.costs().noise.every);
    resume_burst();
}

void Core::burst_over() {
    Thread& t = *current_;
    if (paying_debt_) {
        t.debt_ = 0;
        resume_burst();
        return;
    }
    t.remaining_ = 0;
    t.continuation_.resume();
}

void Core::settle_work() {
    if (current_ == nullptr || !burst_end_.armed()) return;
    const Nanoseconds elapsed = machine_.now() - stretch_from_;
    Nanoseconds& left = paying_debt_ ? current_->debt_ : current_->remaining_;
    left -= std::min(left, pace_ == 1000 ? elapsed : elapsed * pace_ / 1000);
    stretch_from_ = machine_.now();
}

void Core::interrupt_burst() {
    if (!burst_end_.armed()) return;
    settle_work();
    current_->cut();
    resume_burst();
}

}  // namespace gilsim::machine
