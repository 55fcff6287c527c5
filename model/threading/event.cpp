#include "model/threading/event.hpp"

#include <fmt/format.h>

namespace gilsim::threading {

Event::Event(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter)
    : Object(std::move(name), -1),
      lock_(Object::name(), -1, interpreter),
      condition_(Object::name(), trace_id, lock_, interpreter, this) {}

Co<bool> Event::wait(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    bool signalled = set_;
    if (!signalled) signalled = co_await condition_.wait(thread, timeout);
    co_await condition_.release(thread);
    co_return signalled;
}

Co<> Event::set(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    set_ = true;
    co_await library(thread, 1, 0);  // notify_all calls notify
    co_await condition_.notify_all(thread);
    co_await condition_.release(thread);
}

Co<> Event::clear(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    set_ = false;
    co_await condition_.release(thread);
}

std::string Event::told() const { return fmt::format("event '{}' to be set", name()); }

}  // namespace gilsim::threading
