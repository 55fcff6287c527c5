#include "model/threading/lock.hpp"

#include <fmt/format.h>

#include "model/workload/process.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::threading {

using trace::EventKind;

Co<> WithoutGil::detach() {
    return thread_.process.interpreter->detach(thread_.py);
}

Co<> WithoutGil::attach() {
    return thread_.process.interpreter->attach(thread_.py);
}

Co<bool> acquire_timed(SimThread& thread, sync::RawLock& lock, const Awaited& why, State as, Nanoseconds timeout) {
    if (lock.try_acquire()) co_return true;
    if (timeout <= 0) co_return false;
    const Nanoseconds deadline = deadline_after(thread, timeout);
    const Waiting waiting(thread, why, deadline);
    WithoutGil wait(thread);
    co_return co_await lock.acquire(thread.os, as, deadline, wait);
}

Co<bool> Lock::acquire(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 0, 1);
    if (!raw_->try_acquire()) {
        if (timeout <= 0) co_return false;
        const Nanoseconds deadline = deadline_after(thread, timeout);
        const Waiting waiting(thread, *this, deadline);
        emit(EventKind::lock_wait, thread);
        WithoutGil wait(thread, [this, &thread] {
            owner_ = &thread;
            emit(EventKind::lock_acquire, thread);
        });
        const bool acquired = co_await raw_->acquire(thread.os, State::waiting_lock, deadline, wait);
        if (!acquired) emit(EventKind::sync_done, thread, 1);
        co_return acquired;
    }
    owner_ = &thread;
    emit(EventKind::lock_acquire, thread);
    co_return true;
}

Co<> Lock::release(SimThread& thread) {
    co_await library(thread, 0, 1);
    if (owner_ == nullptr)
        throw workload::ProgramError(
            fmt::format("releases lock '{}', which nobody holds (Python: RuntimeError: release unlocked lock)", name()),
            "take it first, by 'lock' or 'with'");
    owner_ = nullptr;
    emit(EventKind::lock_release, thread);
    co_await raw_->release(thread.os);
}

std::string Lock::told() const {
    return fmt::format("{} '{}', held by {}", kind_, name(), owner_ == nullptr ? "nobody" : "'" + owner_->name + "'");
}

std::vector<const SimThread*> Lock::blockers() const {
    if (owner_ == nullptr || handed_over_) return {};
    return {owner_};
}

// A Python function around the lock's method (Lib/threading.py, Condition._release_save, _acquire_restore).
Co<int> Lock::release_save(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await release(thread);
    co_return 1;
}

Co<> Lock::acquire_restore(SimThread& thread, int /*depth*/) {
    co_await library(thread, 1, 0);
    co_await acquire(thread, kNever);
}

Co<bool> RLock::acquire(SimThread& thread, Nanoseconds timeout) {
    if (owner_ == &thread) {
        co_await library(thread, 0, 1);
        ++depth_;
        co_return true;
    }
    const bool acquired = co_await lock_.acquire(thread, timeout);
    if (acquired) {
        owner_ = &thread;
        depth_ = 1;
    }
    co_return acquired;
}

Co<> RLock::release(SimThread& thread) {
    if (owner_ != &thread)
        throw workload::ProgramError(
            fmt::format("releases rlock '{}', which it does not hold (Python: RuntimeError: cannot release un-acquired lock)",
                        lock_.name()),
            "only the thread that took it may release it");
    if (--depth_ > 0) {
        co_await library(thread, 0, 1);
        co_return;
    }
    owner_ = nullptr;
    co_await lock_.release(thread);
}

Co<int> RLock::release_save(SimThread& thread) {
    const int depth = depth_;
    depth_ = 1;
    co_await release(thread);
    co_return depth;
}

Co<> RLock::acquire_restore(SimThread& thread, int depth) {
    co_await acquire(thread, kNever);
    depth_ = depth;
}

}  // namespace gilsim::threading
