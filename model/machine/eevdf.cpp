#include "model/machine/eevdf.hpp"

#include <algorithm>
#include <utility>

#include "model/machine/thread.hpp"

namespace gilsim::machine {

Eevdf::Eevdf(const scenario::SchedulerSpec& spec, std::int64_t cores)
    : slice_(spec.base_slice * slice_factor(cores)),
      tick_(spec.tick),
      run_to_parity_(spec.run_to_parity),
      preempt_short_(spec.preempt_short) {}

Virtual Eevdf::average() const {
    if (weight_ == 0) return last_average_;
    Wide q = weighted_sum_ / weight_;
    if (weighted_sum_ % weight_ < 0) --q;  // round down
    return static_cast<Virtual>(q);
}

// entity_eligible: vruntime not above the weighted average, without dividing.
bool Eevdf::eligible(Virtual vruntime) const { return static_cast<Wide>(vruntime) * weight_ <= weighted_sum_; }

bool Eevdf::is_protected(const SchedEntity& e) const { return e.vruntime < e.protected_until; }

void Eevdf::add(SchedEntity& e) {
    weighted_sum_ += static_cast<Wide>(e.vruntime) * e.weight;
    weight_ += e.weight;
    ++queued_;
    e.queued = true;
}

void Eevdf::remove(SchedEntity& e) {
    last_average_ = average();
    weighted_sum_ -= static_cast<Wide>(e.vruntime) * e.weight;
    weight_ -= e.weight;
    --queued_;
    e.queued = false;
}

void Eevdf::insert(Thread& thread) {
    thread.entity.sequence = ++sequence_;
    tree_.insert(thread);
}

// update_entity_lag: lag is kept within two slices, or a tick.
void Eevdf::update_lag(SchedEntity& e) const {
    const Virtual limit = to_virtual(std::max(2 * e.slice, tick_), e);
    e.lag = std::clamp(average() - e.vruntime, -limit, limit);
}

// place_entity: where it stood relative to the average when it left (PLACE_LAG). Adding it moves the average, so its
// lag is inflated beforehand to be the same afterwards.
void Eevdf::place(SchedEntity& e, bool is_new) {
    e.slice = e.own_slice > 0 ? e.own_slice : slice_;
    Virtual slice = to_virtual(e.slice, e);
    Virtual lag = 0;
    if (queued_ > 0 && e.lag != 0) lag = static_cast<Virtual>(static_cast<Wide>(e.lag) * (weight_ + e.weight) / weight_);
    e.vruntime = average() - lag;
    if (std::exchange(e.relative, false)) {
        e.deadline += e.vruntime;
        return;
    }
    if (is_new) slice /= 2;  // PLACE_DEADLINE_INITIAL
    e.deadline = e.vruntime + slice;
}

void Eevdf::enqueue(Thread& thread, bool is_new) {
    SchedEntity& e = thread.entity;
    if (e.delayed) {  // requeue_delayed_entity: it never left
        update_lag(e);
        end_delay(thread);
        if (e.lag <= 0) {
            tree_.changed(thread);
            return;
        }
        tree_.erase(thread);
        remove(e);
        e.lag = 0;  // DELAY_ZERO: sleeping earns no credit beyond zero
    }
    place(e, is_new);
    add(e);
    insert(thread);
}

void Eevdf::end_delay(Thread& thread) {
    thread.entity.delayed = false;
    --delayed_;
}

void Eevdf::dequeue(Thread& thread) {
    update_lag(thread.entity);
    tree_.erase(thread);
    remove(thread.entity);
    if (thread.entity.delayed) {
        end_delay(thread);
        thread.entity.lag = std::min<Virtual>(thread.entity.lag, 0);
    } else {  // PLACE_REL_DEADLINE: it goes on elsewhere with the rest of its request
        thread.entity.deadline -= thread.entity.vruntime;
        thread.entity.relative = true;
    }
}

void Eevdf::sleep(Thread& current, bool for_good) {
    SchedEntity& e = current.entity;
    if (!for_good && !eligible(e.vruntime)) {  // DELAY_DEQUEUE: it stays and competes until its debt is paid
        e.delayed = true;
        ++delayed_;
        insert(current);
        return;
    }
    update_lag(e);
    remove(e);
}

void Eevdf::put_back(Thread& current) { insert(current); }

// yield_task_fair, as of 6.18 and the stable releases that have it: what is left of the slice is forfeited. (Before,
// the deadline alone moved, and a thread that was the only eligible one was picked again.)
void Eevdf::yield(Thread& current) {
    SchedEntity& e = current.entity;
    if (queued_ == 1 || !eligible(e.vruntime)) return;
    weighted_sum_ += static_cast<Wide>(e.deadline - e.vruntime) * e.weight;
    e.vruntime = e.deadline;
    e.deadline += to_virtual(e.slice, e);
}

// pick_eevdf without the current thread in the tree.
Thread* Eevdf::best(Thread* current, bool respect_protection) {
    if (current != nullptr && !eligible(current->entity.vruntime)) current = nullptr;
    if (current != nullptr && respect_protection && is_protected(current->entity)) return current;
    Thread* const waiting = tree_.first_where([this](Virtual vruntime) { return eligible(vruntime); });
    if (current == nullptr) return waiting != nullptr ? waiting : tree_.first();  // nobody eligible: only by rounding
    // On equal deadlines the tree's entity stays (entity_before is strict).
    return waiting != nullptr && waiting->entity.deadline <= current->entity.deadline ? waiting : current;
}

Thread* Eevdf::pick() {
    while (!tree_.empty()) {
        Thread* thread = best(nullptr, false);
        if (thread->entity.delayed) {  // its debt is paid: now it is really gone
            dequeue(*thread);
            continue;
        }
        tree_.erase(*thread);
        SchedEntity& e = thread->entity;
        // set_protect_slice
        e.protected_until = run_to_parity_ ? e.deadline : e.vruntime;
        return thread;
    }
    return nullptr;
}

// update_deadline: a served slice buys a new request.
bool Eevdf::renew_deadline(SchedEntity& e) const {
    if (e.vruntime < e.deadline) return false;
    e.deadline = e.vruntime + to_virtual(e.slice, e);
    return true;
}

bool Eevdf::account(Thread& current, Nanoseconds ran) {
    SchedEntity& e = current.entity;
    if (ran > 0) {
        const Virtual delta = to_virtual(ran, e);
        e.vruntime += delta;
        weighted_sum_ += static_cast<Wide>(delta) * e.weight;
        const bool served = renew_deadline(e);
        if (queued_ > 1 && (served || !is_protected(e))) return true;
    }
    return false;
}

bool Eevdf::preempts(Thread& current, Thread& woken) {
    SchedEntity& e = current.entity;
    const bool shorter = preempt_short_ && woken.entity.slice < e.slice && eligible(woken.entity.vruntime);
    if (shorter) e.protected_until = e.vruntime;
    return best(&current, !shorter) == &woken;
}

bool Eevdf::tick(Thread&) { return false; }  // entity_tick is update_curr, that is `account`

Thread* Eevdf::pullable(int core, Nanoseconds cold_before) {
    Thread* oldest = tree_.longest_off_core();
    if (oldest == nullptr || oldest->entity.last_ran > cold_before) return nullptr;
    if (oldest->may_run_on(core)) return oldest;
    oldest = nullptr;  // the first of all is pinned elsewhere: look at the others
    tree_.for_each([&](Thread& thread) {
        if (thread.entity.delayed || !thread.may_run_on(core) || thread.entity.last_ran > cold_before) return;
        if (oldest == nullptr || thread.entity.last_ran < oldest->entity.last_ran) oldest = &thread;
    });
    return oldest;
}

}  // namespace gilsim::machine
