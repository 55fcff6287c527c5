#pragma once
/// threading.Condition (Lib/threading.py): a queue of locks, one per waiter, in order of arrival.

#include <deque>
#include <memory>

#include "model/threading/lock.hpp"

namespace gilsim::threading {

/// Notifications go to the oldest waiters, but a notified thread must still take the condition's lock again, and anybody
/// may be there first.
class Condition final : public Acquirable, public Awaited {
public:
    /// A condition of the program, or a part of another object: `awaited` is then what its waiters wait for. `lock` must
    /// outlive it.
    Condition(std::string name, int trace_id, ConditionLock& lock, const scenario::InterpreterSpec& interpreter,
              const Awaited* awaited = nullptr)
        : Acquirable(std::move(name), trace_id), lock_(lock), interpreter_(interpreter), awaited_(awaited) {}
    /// The lock that makes part of the condition alone.
    void keep(std::unique_ptr<ConditionLock> own) { own_ = std::move(own); }

    Co<bool> acquire(SimThread& thread, Nanoseconds timeout) override;
    Co<> release(SimThread& thread) override;
    /// wait(timeout): false if that passed first. The thread must hold the lock.
    Co<bool> wait(SimThread& thread, Nanoseconds timeout);
    /// notify(count): the thread must hold the lock.
    Co<> notify(SimThread& thread, std::int64_t count);
    Co<> notify_all(SimThread& thread) { return notify(thread, INT64_MAX); }

    [[nodiscard]] std::string told() const override;

private:
    struct Waiter {
        std::unique_ptr<sync::RawLock> lock;
    };
    void check_owned(const SimThread& thread, const char* what) const;

    ConditionLock& lock_;
    std::unique_ptr<ConditionLock> own_;
    const scenario::InterpreterSpec& interpreter_;
    const Awaited* awaited_;
    std::deque<std::shared_ptr<Waiter>> waiters_;
};

}  // namespace gilsim::threading
