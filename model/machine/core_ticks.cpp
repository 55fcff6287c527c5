/// What a core does at its ticks, and when it runs out of work: tells its run queue what ran, and evens out how many wait.

#include <algorithm>

#include "model/machine/machine.hpp"

namespace gilsim::machine {

// Tells the run queue what ran, as the kernel would have: at every tick, and now. (Linux: update_curr.)
bool Core::settle_queue() {
    bool due = settle_ticks();
    if (current_ == nullptr) return due;
    due |= queue_->account(*current_, machine_.now() - accounted_to_);
    accounted_to_ = machine_.now();
    return due;
}

bool Core::settle_ticks() {
    if (current_ == nullptr) return false;
    const Nanoseconds now = machine_.now();
    bool due = false;
    Nanoseconds tick = machine_.tick_after(accounted_to_);
    if (tick < now) {
        // Long alone on the core: the ticks before the last two change nothing that the last two do not.
        const Nanoseconds period = machine_.spec().scheduler.tick;
        tick += std::max<Nanoseconds>(0, (now - tick) / period - 2) * period;
        for (; tick < now; tick += period) {
            due |= queue_->account(*current_, tick - accounted_to_);
            accounted_to_ = tick;
        }
    }
    return due;
}

void Core::arm_tick() {
    if (!tick_.armed() && queue_->waiting() > 0) tick_.arm(machine_.tick_after(machine_.now()));
}

void Core::tick() {
    if (current_ == nullptr) return;
    const bool due = settle_queue();
    if (queue_->tick(*current_) || due) reschedule();
    push_waiting();
    arm_tick();
}

namespace {
/// Linux: cache_nice_tries of cores that share a cache (kernel/sched/topology.c, sd_init).
constexpr int kCacheNiceTries = 1;
}  // namespace

// A waiting thread comes to this core, unless its cache is still hot over there and few attempts have failed for that
// reason (Linux: can_migrate_task).
Thread* Core::taken_from(Core& other) {
    const bool any = balance_failed_ > kCacheNiceTries;
    const Nanoseconds cold = machine_.now() - (any ? 0 : machine_.spec().scheduler.migration_cost);
    Thread* thread = other.queue_->pullable(id_, cold);
    if (thread == nullptr) return nullptr;
    balance_failed_ = 0;
    other.take_out(*thread);
    return thread;
}

// A core that runs out of work takes a waiting thread from the busiest queue (Linux: sched_balance_newidle). A core
// with a single thread is left alone: it is about to run it.
Thread* Core::pull() {
    Core* busiest = nullptr;
    for (auto& core : machine_.cores_)
        if (core.get() != this && core->load() > (busiest != nullptr ? busiest->load() : 1)) busiest = core.get();
    Thread* thread = busiest != nullptr ? taken_from(*busiest) : nullptr;
    if (thread == nullptr) return nullptr;
    queue_->enqueue(*thread, false);
    thread->queue_ = this;
    return queue_->pick();
}

// At its tick a core with waiting threads wakes an idle one, by an interrupt (Linux: nohz_balancer_kick, kick_ilb), or
// evens out a difference of two, which a busy one sees itself (sched_balance_rq).
void Core::push_waiting() {
    if (queue_->waiting() == 0) return;
    Core* target = nullptr;
    for (auto& core : machine_.cores_) {
        if (core.get() == this || core->load() + 2 > load()) continue;
        if (target == nullptr || core->load() < target->load()) target = core.get();
    }
    if (target == nullptr) return;
    Thread* thread = target->taken_from(*this);
    if (thread == nullptr) {
        ++target->balance_failed_;
        return;
    }
    const bool asleep = target->idle();
    const scenario::Span* interrupt = target->enqueue(*thread, false, machine_.draw(machine_.costs().wake_busy));
    if (asleep && interrupt != nullptr) lose(machine_.draw(*interrupt));
}

}  // namespace gilsim::machine
