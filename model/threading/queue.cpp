#include "model/threading/queue.hpp"

#include <fmt/format.h>

namespace gilsim::threading {

Queue::Queue(std::string name, int trace_id, int mutex_id, const scenario::InterpreterSpec& interpreter,
             std::int64_t maxsize, Counter* depth)
    : ItemQueue(std::move(name), trace_id),
      mutex_(Object::name() + ".mutex", mutex_id, interpreter),
      not_empty_(Object::name(), trace_id, mutex_, interpreter, &item_),
      not_full_(Object::name(), trace_id, mutex_, interpreter, &place_),
      all_tasks_done_(Object::name(), trace_id, mutex_, interpreter, &end_),
      maxsize_(maxsize),
      depth_(depth) {}

workload::ProgramError done_too_often(const std::string& queue) {
    return {fmt::format("calls task_done() of queue '{}' too often (Python: ValueError: task_done() called too many times)",
                        queue),
            "call it once for each item that was put"};
}

std::string Queue::What::told() const { return fmt::format("{} queue '{}'", what_, queue_.name()); }

Co<bool> Queue::put(SimThread& thread, Item item, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_await not_full_.acquire(thread, kNever);
    bool room = true;
    if (maxsize_ > 0) {
        const Nanoseconds deadline = deadline_after(thread, timeout);
        co_await library(thread, 1, 1);  // _qsize, len
        while (static_cast<std::int64_t>(items_.size()) >= maxsize_) {
            room = now(thread) < deadline;
            if (!room) break;
            co_await not_full_.wait(thread, time_until(thread, deadline));
            co_await library(thread, 1, 1);
        }
    }
    if (room) {
        co_await library(thread, 1, 1);  // _put, append
        items_.push_back(item);
        depth_->set(now(thread), static_cast<std::int64_t>(items_.size()));
        ++unfinished_;
        co_await not_empty_.notify(thread, 1);
    }
    co_await not_full_.release(thread);
    co_return room;
}

Co<std::unique_ptr<Item>> Queue::get(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_await not_empty_.acquire(thread, kNever);
    std::unique_ptr<Item> item;
    const Nanoseconds deadline = deadline_after(thread, timeout);
    co_await library(thread, 1, 1);  // _qsize, len
    while (items_.empty() && now(thread) < deadline) {
        co_await not_empty_.wait(thread, time_until(thread, deadline));
        co_await library(thread, 1, 1);
    }
    if (!items_.empty()) {
        co_await library(thread, 1, 1);  // _get, popleft
        item = std::make_unique<Item>(items_.front());
        items_.pop_front();
        depth_->set(now(thread), static_cast<std::int64_t>(items_.size()));
        co_await not_full_.notify(thread, 1);
    }
    co_await not_empty_.release(thread);
    co_return item;
}

Co<> Queue::task_done(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await all_tasks_done_.acquire(thread, kNever);
    if (unfinished_ == 0) throw done_too_often(name());
    if (--unfinished_ == 0) {
        co_await library(thread, 1, 0);  // notify_all
        co_await all_tasks_done_.notify_all(thread);
    }
    co_await all_tasks_done_.release(thread);
}

Co<> Queue::join(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await all_tasks_done_.acquire(thread, kNever);
    while (unfinished_ > 0) co_await all_tasks_done_.wait(thread, kNever);
    co_await all_tasks_done_.release(thread);
}

}  // namespace gilsim::threading
