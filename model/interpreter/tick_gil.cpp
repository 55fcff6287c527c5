#include "model/interpreter/tick_gil.hpp"

#include <algorithm>

namespace gilsim::interpreter {

using engine::Co;
using State = machine::Thread::State;
using trace::EventKind;

void TickGil::own(PyThread& thread) {
    emit(EventKind::gil_acquire, thread, last_holder_ != nullptr ? last_holder_->id() : -1);
    holder_ = last_holder_ = &thread;
}

// PyThread_acquire_lock(interpreter_lock, 1): sem_wait.
Co<> TickGil::take(PyThread& thread) {
    if (!lock_.has_value()) {
        if (last_holder_ == nullptr || last_holder_ == &thread) {  // the only thread so far
            own(thread);
            co_return;
        }
        lock_.emplace(holder_ == nullptr ? 1 : 0);
    }
    machine::Thread& os = thread.os;
    co_await os.run(context_.spec.gil_overhead + line_.fetch(os));
    if (!lock_->try_wait()) {
        emit(EventKind::gil_wait, thread);
        if (holder_ != nullptr) holder_->os.interrupt();  // its stretch was one with nobody waiting
        co_await lock_->wait(os, State::waiting_gil, kNever, [this, &thread] { emit(EventKind::gil_missed, thread); });
    }
    own(thread);
}

// PyThread_release_lock: sem_post. The lock is free from the first moment on, before the waiter is even told.
Co<> TickGil::drop(PyThread& thread, trace::ReleaseReason reason) {
    if (reason == trace::ReleaseReason::requested) ticks_left_ = interval() * kTick;
    machine::Thread& os = thread.os;
    if (lock_.has_value()) co_await os.run(context_.spec.gil_overhead + line_.fetch(os));
    holder_ = nullptr;
    emit(EventKind::gil_release, thread, static_cast<std::int64_t>(reason));
    if (lock_.has_value()) co_await lock_->post(os);
}

// Up to the next check. From a check on while nobody waits, a check changes nothing but the time: then the stretch goes
// on over as many as there are, until a waiter interrupts it.
Stretch TickGil::stretch(Nanoseconds work, Nanoseconds every) {
    tick_ = every;
    check_cost_ = 0;
    if (!lock_.has_value()) return {work, every};
    if (ticks_left_ == interval() * kTick && !lock_->awaited()) {
        const Nanoseconds between = interval() * every;
        check_cost_ = 2 * context_.spec.gil_overhead;
        period_ = between + check_cost_;
        return {work + work / between * check_cost_, period_};
    }
    return {std::min(work, (ticks_left_ * every + kTick - 1) / kTick), every};
}

Nanoseconds TickGil::executed(Nanoseconds core_time) {
    const std::int64_t checks = check_cost_ > 0 ? core_time / period_ : 0;
    const Nanoseconds work = core_time - checks * check_cost_;
    if (!lock_.has_value()) return work;
    ticks_left_ -= (core_time - checks * period_) * kTick / tick_;
    if (checks > 0 && core_time == checks * period_) ticks_left_ = 0;  // stopped where the next one is due
    return work;
}

void TickGil::calls_pending(bool pending) {
    calls_pending_ = pending;
    if (!pending) return;
    ticks_left_ = 0;
    if (holder_ != nullptr) holder_->os.interrupt();
}

}  // namespace gilsim::interpreter
