#include "model/threading/simple_queue.hpp"

#include <utility>

#include <fmt/format.h>

#include "model/workload/process.hpp"

namespace gilsim::threading {

using trace::EventKind;

void SimpleQueue::count(const SimThread& thread) const {
    if (depth_ != nullptr) depth_->set(now(thread), static_cast<std::int64_t>(items_.size()));
}

Co<bool> SimpleQueue::put(SimThread& thread, Item item, Nanoseconds /*deadline*/) {
    co_await library(thread, 0, 1);
    items_.push_back(item);
    count(thread);
    if (std::exchange(locked_, false)) {
        emit(EventKind::sync_signal, thread, 1);
        co_await lock_->release(thread.os);
    }
    co_return true;
}

Co<std::unique_ptr<Item>> SimpleQueue::get(SimThread& thread, Nanoseconds deadline) {
    co_await library(thread, 0, 1);
    auto& interpreter = *thread.process.interpreter;
    while (items_.empty()) {
        if (!lock_->try_acquire()) {
            if (now(thread) >= deadline) co_return nullptr;
            const Waiting waiting(thread, *this, deadline);
            emit(EventKind::sync_wait, thread);
            co_await interpreter.detach(thread.py);
            const bool woken = co_await lock_->acquire(thread.os, State::waiting_signal, deadline);
            emit(EventKind::sync_done, thread, woken ? 0 : 1);
            co_await interpreter.attach(thread.py);
            if (!woken) co_return nullptr;
        }
        locked_ = true;
    }
    auto item = std::make_unique<Item>(items_.front());
    items_.pop_front();
    count(thread);
    co_return item;
}

std::string SimpleQueue::told() const { return fmt::format("an item in queue '{}'", name()); }

}  // namespace gilsim::threading
