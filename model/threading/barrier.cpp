#include "model/threading/barrier.hpp"

#include <fmt/format.h>

namespace gilsim::threading {

Barrier::Barrier(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, std::int64_t parties)
    : Object(std::move(name), -1),
      lock_(Object::name(), -1, interpreter),
      condition_(Object::name(), trace_id, lock_, interpreter, this),
      parties_(parties) {}

Co<bool> Barrier::wait(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    co_await library(thread, 1, 0);  // _enter
    while (state_ == State::draining) co_await condition_.wait(thread, kNever);
    bool whole = state_ != State::broken;
    if (whole) {
        ++count_;
        if (count_ == parties_) {
            state_ = State::draining;
            co_await library(thread, 2, 0);  // _release, notify_all
            co_await condition_.notify_all(thread);
        } else {
            co_await library(thread, 2, 0);  // _wait, wait_for
            const Nanoseconds deadline = deadline_after(thread, timeout);
            while (state_ == State::filling) {
                co_await condition_.wait(thread, time_until(thread, deadline));
                if (state_ == State::filling && now(thread) >= deadline) {
                    state_ = State::broken;
                    co_await library(thread, 2, 0);  // _break, notify_all
                    co_await condition_.notify_all(thread);
                }
            }
            whole = state_ != State::broken;
        }
        --count_;
        co_await library(thread, 1, 0);  // _exit
        if (count_ == 0 && state_ == State::draining) {
            state_ = State::filling;
            co_await library(thread, 1, 0);
            co_await condition_.notify_all(thread);
        }
    }
    co_await condition_.release(thread);
    co_return whole;
}

std::string Barrier::told() const {
    return fmt::format("barrier '{}', where {} of {} have arrived", name(), count_, parties_);
}

}  // namespace gilsim::threading
