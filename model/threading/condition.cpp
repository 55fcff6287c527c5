#include "model/threading/condition.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/workload/process.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::threading {

using trace::EventKind;

void Condition::check_owned(const SimThread& thread, const char* what) const {
    if (!lock_.owned_by(thread))
        throw workload::ProgramError(
            fmt::format("{} condition '{}' without holding its lock (Python: RuntimeError: cannot {} on un-acquired lock)",
                        what, name(), what[0] == 'w' ? "wait" : "notify"),
            "do it inside 'with'");
}

// __enter__ and __exit__ are Python functions around the lock's methods.
Co<bool> Condition::acquire(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    co_return co_await lock_.acquire(thread, timeout);
}

Co<> Condition::release(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await lock_.release(thread);
}

Co<bool> Condition::wait(SimThread& thread, Nanoseconds timeout) {
    check_owned(thread, "waits for");
    const auto asked = lock_.is_owned();
    // A lock of its own, taken at once; taken once more, it blocks until somebody releases it.
    co_await library(thread, 1 + asked.python, asked.c + 3);
    const auto me = std::make_shared<Waiter>(Waiter{sync::make_raw_lock(interpreter_)});
    me->lock->try_acquire();
    waiters_.push_back(me);
    emit(EventKind::sync_wait, thread);
    const int depth = co_await lock_.release_save(thread);
    const Awaited* why = awaited_ != nullptr ? awaited_ : this;
    const bool notified = co_await acquire_timed(thread, *me->lock, *why, State::waiting_signal, timeout);
    emit(EventKind::sync_done, thread, notified ? 0 : 1);
    co_await lock_.acquire_restore(thread, depth);
    if (!notified) {
        const auto place = std::find(waiters_.begin(), waiters_.end(), me);
        if (place != waiters_.end()) waiters_.erase(place);
    }
    co_return notified;
}

Co<> Condition::notify(SimThread& thread, std::int64_t count) {
    check_owned(thread, "notifies");
    const auto asked = lock_.is_owned();
    co_await library(thread, 1 + asked.python, asked.c);
    std::int64_t left = std::min(count, static_cast<std::int64_t>(waiters_.size()));
    if (left > 0) emit(EventKind::sync_signal, thread, left);
    // Who notifies without holding a plain lock that is taken may meet another who does.
    for (; left > 0 && !waiters_.empty(); --left) {
        const auto first = waiters_.front();
        waiters_.pop_front();
        co_await library(thread, 0, 2);
        co_await first->lock->release(thread.os);
    }
}

std::string Condition::told() const { return fmt::format("condition '{}' to be notified", name()); }

}  // namespace gilsim::threading
