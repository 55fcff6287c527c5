#include "model/threading/semaphore.hpp"

#include <fmt/format.h>

#include "model/workload/program_error.hpp"

namespace gilsim::threading {

Semaphore::Semaphore(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, std::int64_t value,
                     std::int64_t most, Counter* counter)
    : Acquirable(std::move(name), -1),
      lock_(Object::name(), -1, interpreter),
      condition_(Object::name(), trace_id, lock_, interpreter, this),
      value_(value),
      most_(most),
      counter_(counter) {}

void Semaphore::count(const SimThread& thread) const {
    if (counter_ != nullptr) counter_->set(now(thread), value_);
}

Co<bool> Semaphore::acquire(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    const Nanoseconds deadline = deadline_after(thread, timeout);
    while (value_ == 0 && now(thread) < deadline) co_await condition_.wait(thread, time_until(thread, deadline));
    const bool acquired = value_ > 0;
    if (acquired) {
        --value_;
        count(thread);
    }
    co_await condition_.release(thread);
    co_return acquired;
}

Co<bool> Semaphore::poll(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    if (value_ == 0) {
        co_await library(thread, 0, 1);  // the date at which it will give up
        co_await condition_.wait(thread, 0);
    }
    const bool acquired = value_ > 0;
    if (acquired) {
        --value_;
        count(thread);
    }
    co_await condition_.release(thread);
    co_return acquired;
}

Co<> Semaphore::release(SimThread& thread, std::int64_t released) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    if (most_ >= 0 && value_ + released > most_)
        throw workload::ProgramError(
            fmt::format("releases semaphore '{}' too often (Python: ValueError: Semaphore released too many times)", name()),
            "release it once for each time it was acquired");
    value_ += released;
    count(thread);
    co_await condition_.notify(thread, released);
    co_await condition_.release(thread);
}

std::string Semaphore::told() const { return fmt::format("semaphore '{}' to be released", name()); }

}  // namespace gilsim::threading
