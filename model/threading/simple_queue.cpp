#include "model/threading/simple_queue.hpp"

#include <utility>

#include <fmt/format.h>

#include "model/scenario/version.hpp"
#include "model/threading/lock.hpp"
#include "model/workload/process.hpp"

namespace gilsim::threading {

using machine::Futex;
using trace::EventKind;

SimpleQueue::SimpleQueue(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, Counter* depth)
    : ItemQueue(std::move(name), trace_id),
      hands_over_(scenario::at_least(interpreter, 3, 13)),
      lock_(sync::make_raw_lock(interpreter)),
      mutex_(interpreter),
      depth_(depth) {}

void SimpleQueue::count(const SimThread& thread) const {
    if (depth_ != nullptr) depth_->set(now(thread), static_cast<std::int64_t>(items_.size()));
}

Co<bool> SimpleQueue::put(SimThread& thread, Item item, Nanoseconds /*timeout*/) {
    co_await library(thread, 0, 1);
    auto& interpreter = *thread.process.interpreter;
    co_await interpreter.begin_critical_section(thread.py, mutex_);
    if (!parked_.empty()) {
        co_await hand_over(thread, item);
    } else {
        items_.push_back(item);
        count(thread);
        if (std::exchange(locked_, false)) {
            emit(EventKind::sync_signal, thread, 1);
            co_await lock_->release(thread.os);
        }
    }
    co_await interpreter.end_critical_section(thread.py);
    co_return true;
}

Co<std::unique_ptr<Item>> SimpleQueue::get(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 0, 1);
    const Nanoseconds deadline = deadline_after(thread, timeout);
    auto& interpreter = *thread.process.interpreter;
    co_await interpreter.begin_critical_section(thread.py, mutex_);
    auto item = co_await take(thread, deadline);
    co_await interpreter.end_critical_section(thread.py);
    co_return item;
}

Co<std::unique_ptr<Item>> SimpleQueue::take(SimThread& thread, Nanoseconds deadline) {
    while (items_.empty()) {
        if (hands_over_) {
            if (now(thread) >= deadline) co_return nullptr;
            Waiter me{std::make_shared<Futex>(), {}};
            const bool given = co_await park(thread, me, deadline);
            if (!given) co_return nullptr;
            co_return std::make_unique<Item>(me.item);
        }
        const bool woken = co_await wait_for_put(thread, deadline);
        if (!woken) co_return nullptr;
    }
    auto item = std::make_unique<Item>(items_.front());
    items_.pop_front();
    count(thread);
    // Somebody else may still wait: who finds an item passes the lock on (Modules/_queuemodule.c, simplequeue_get).
    if (std::exchange(locked_, false)) co_await lock_->release(thread.os);
    co_return item;
}

Co<bool> SimpleQueue::wait_for_put(SimThread& thread, Nanoseconds deadline) {
    bool woken = lock_->try_acquire();
    if (!woken) {
        if (now(thread) >= deadline) co_return false;
        const Waiting waiting(thread, *this, deadline);
        emit(EventKind::sync_wait, thread);
        WithoutGil wait(thread, [this, &thread] { emit(EventKind::sync_done, thread, 0); });
        woken = co_await lock_->acquire(thread.os, State::waiting_signal, deadline, wait);
        if (!woken) emit(EventKind::sync_done, thread, 1);
    }
    locked_ = locked_ || woken;
    co_return woken;
}

// _PyParkingLot_Unpark with maybe_handoff_item.
Co<> SimpleQueue::hand_over(SimThread& thread, Item item) {
    Waiter& oldest = *parked_.front();
    parked_.pop_front();
    oldest.item = item;
    emit(EventKind::sync_signal, thread, 1);
    const auto word = oldest.word;
    word->value = 1;
    co_await word->wake(thread.os);
}

// _PyParkingLot_Park
Co<bool> SimpleQueue::park(SimThread& thread, Waiter& me, Nanoseconds deadline) {
    auto& interpreter = *thread.process.interpreter;
    const Waiting waiting(thread, *this, deadline);
    const auto place = parked_.insert(parked_.end(), &me);
    emit(EventKind::sync_wait, thread);
    co_await interpreter.detach(thread.py);
    bool timed_out = false;
    while (me.word->value == 0 && !timed_out)
        timed_out = co_await me.word->wait(thread.os, 0, State::waiting_signal, deadline) == Futex::Wait::timed_out &&
                    me.word->value == 0;
    if (timed_out) parked_.erase(place);
    emit(EventKind::sync_done, thread, timed_out ? 1 : 0);
    co_await interpreter.attach(thread.py);
    co_return !timed_out;
}

std::string SimpleQueue::told() const { return fmt::format("an item in queue '{}'", name()); }

}  // namespace gilsim::threading
