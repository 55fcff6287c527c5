#include "model/machine/cfs.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "model/machine/thread.hpp"

namespace gilsim::machine {

bool Cfs::ByVruntime::operator()(const Thread* a, const Thread* b) const {
    const SchedEntity& x = a->entity;
    const SchedEntity& y = b->entity;
    return x.vruntime != y.vruntime ? x.vruntime < y.vruntime : x.sequence < y.sequence;
}

Cfs::Cfs(const scenario::SchedulerSpec& spec, std::int64_t cores)
    : latency_(spec.latency * slice_factor(cores)),
      min_granularity_(spec.min_granularity * slice_factor(cores)),
      wakeup_granularity_(spec.wakeup_granularity * slice_factor(cores)) {}

void Cfs::insert(Thread& thread) {
    thread.entity.sequence = ++sequence_;
    tree_.insert(&thread);
}

// update_min_vruntime
void Cfs::advance_floor(const Thread* current) {
    Virtual least = current != nullptr ? current->entity.vruntime : INT64_MAX;
    if (!tree_.empty()) least = std::min(least, (*tree_.begin())->entity.vruntime);
    if (least != INT64_MAX) floor_ = std::max(floor_, least);
}

void Cfs::enqueue(Thread& thread, bool is_new) {
    SchedEntity& e = thread.entity;
    // place_entity: a sleeper gets half a latency of credit (GENTLE_FAIR_SLEEPERS), a new thread starts one slice
    // behind (START_DEBIT). What it had beyond the floor of its queue it has beyond that of another one in which it
    // wakes up (migrate_task_rq_fair, enqueue_entity).
    weight_ += e.weight;
    if (is_new)
        e.vruntime = floor_ + to_virtual(std::max(min_granularity_, latency_ * e.weight / weight_), e);
    else if (e.home == nullptr)
        e.vruntime += floor_;
    else
        e.vruntime = std::max(e.vruntime - e.home->floor_ + floor_, floor_ - latency_ / 2);
    e.home = this;
    e.queued = true;
    insert(thread);
}

void Cfs::dequeue(Thread& thread) {
    tree_.erase(&thread);
    weight_ -= thread.entity.weight;
    thread.entity.queued = false;
    thread.entity.vruntime -= floor_;  // it goes along relative to the queue's floor
    thread.entity.home = nullptr;
}

void Cfs::sleep(Thread& current, bool /*for_good*/) {
    weight_ -= current.entity.weight;
    current.entity.queued = false;
    advance_floor(nullptr);
}

void Cfs::put_back(Thread& current) { insert(current); }

// set_skip_buddy
void Cfs::yield(Thread& current) {
    skip_ = &current;
}

// pick_next_entity: who yields is passed over if the next one is not far behind.
Thread* Cfs::pick() {
    if (tree_.empty()) return nullptr;
    auto next = tree_.begin();
    if (*next == std::exchange(skip_, nullptr) && tree_.size() > 1) {
        const auto second = std::next(next);
        if ((*second)->entity.vruntime - (*next)->entity.vruntime <= to_virtual(wakeup_granularity_, (*next)->entity))
            next = second;
    }
    Thread* thread = *next;
    tree_.erase(next);
    thread->entity.ran_since_pick = 0;
    return thread;
}

bool Cfs::account(Thread& current, Nanoseconds ran) {
    current.entity.vruntime += to_virtual(ran, current.entity);
    current.entity.ran_since_pick += ran;
    advance_floor(&current);
    return false;
}

// wakeup_preempt_entity
bool Cfs::preempts(Thread& current, Thread& woken) {
    return current.entity.vruntime - woken.entity.vruntime > to_virtual(wakeup_granularity_, woken.entity);
}

// check_preempt_tick
bool Cfs::tick(Thread& current) {
    if (tree_.empty()) return false;
    const auto running = static_cast<std::int64_t>(tree_.size()) + 1;
    const Nanoseconds period = std::max(latency_, running * min_granularity_);
    const Nanoseconds slice = period * current.entity.weight / weight_;
    if (current.entity.ran_since_pick > slice) return true;
    if (current.entity.ran_since_pick < min_granularity_) return false;
    return current.entity.vruntime - (*tree_.begin())->entity.vruntime > slice;
}

Thread* Cfs::pullable(int core, Nanoseconds cold_before) {
    Thread* oldest = nullptr;
    for (Thread* thread : tree_) {
        if (!thread->may_run_on(core) || thread->entity.last_ran > cold_before) continue;
        if (oldest == nullptr || thread->entity.last_ran < oldest->entity.last_ran) oldest = thread;
    }
    return oldest;
}

}  // namespace gilsim::machine
