#pragma once
/// threading.Lock and threading.RLock (Modules/_threadmodule.c).

#include <functional>
#include <memory>
#include <utility>

#include "model/sync/raw_lock.hpp"
#include "model/threading/object.hpp"

namespace gilsim::threading {

/// Releases and takes the GIL around a sleep at a lock.
class WithoutGil final : public sync::LockWait {
public:
    /// `has_it`: called when the thread gets the lock.
    explicit WithoutGil(SimThread& thread, std::function<void()> has_it = nullptr)
        : thread_(thread), has_it_(std::move(has_it)) {}
    Co<> detach() override;
    Co<> attach() override;
    void has_it() override {
        if (has_it_) has_it_();
    }

private:
    SimThread& thread_;
    std::function<void()> has_it_;
};

/// acquire_timed in C: tries without blocking, GIL held; then waits with the GIL released. Without a trace: for locks that
/// are parts of other objects, as a condition's waiters.
Co<bool> acquire_timed(SimThread& thread, sync::RawLock& lock, const Awaited& why, State as, Nanoseconds timeout);

/// What a Condition needs of its lock.
class ConditionLock : public Acquirable, public Awaited {
public:
    using Acquirable::Acquirable;
    [[nodiscard]] virtual bool owned_by(const SimThread& thread) const = 0;
    /// Condition._is_owned: how many calls in Python and in C it is.
    [[nodiscard]] virtual Calls is_owned() const = 0;
    /// Condition._release_save: frees it wholly; how often it was held.
    virtual Co<int> release_save(SimThread& thread) = 0;
    virtual Co<> acquire_restore(SimThread& thread, int depth) = 0;
};

/// A lock that one thread holds, and everybody may release.
class Lock final : public ConditionLock {
public:
    /// `handed_over`: the program has others release it (scenario::handed_over), so that a wait for its holder may end
    /// without him.
    Lock(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, bool handed_over = false)
        : Lock(std::move(name), trace_id, sync::make_raw_lock(interpreter), "lock") {
        handed_over_ = handed_over;
    }
    /// `kind`: what reports call it.
    Lock(std::string name, int trace_id, std::unique_ptr<sync::RawLock> raw, const char* kind)
        : ConditionLock(std::move(name), trace_id), raw_(std::move(raw)), kind_(kind) {}
    Co<bool> acquire(SimThread& thread, Nanoseconds timeout) override;
    Co<> release(SimThread& thread) override;
    [[nodiscard]] std::string told() const override;
    [[nodiscard]] std::vector<const SimThread*> blockers() const override;
    /// A Lock does not know its owner: whoever asks while it is locked is told yes (Condition._is_owned).
    [[nodiscard]] bool owned_by(const SimThread&) const override { return owner_ != nullptr; }
    [[nodiscard]] Calls is_owned() const override { return {1, 1}; }
    Co<int> release_save(SimThread& thread) override;
    Co<> acquire_restore(SimThread& thread, int depth) override;

private:
    std::unique_ptr<sync::RawLock> raw_;
    const char* kind_;
    const SimThread* owner_ = nullptr;  ///< who has taken it last, while it is taken
    bool handed_over_ = false;
};

/// A lock that its holder may take again.
class RLock final : public ConditionLock {
public:
    RLock(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter)
        : ConditionLock(name, -1), lock_(std::move(name), trace_id, sync::make_raw_rlock(interpreter), "rlock") {}
    Co<bool> acquire(SimThread& thread, Nanoseconds timeout) override;
    Co<> release(SimThread& thread) override;
    [[nodiscard]] std::string told() const override { return lock_.told(); }
    [[nodiscard]] std::vector<const SimThread*> blockers() const override { return lock_.blockers(); }
    [[nodiscard]] bool owned_by(const SimThread& thread) const override { return owner_ == &thread; }
    [[nodiscard]] Calls is_owned() const override { return {0, 1}; }
    Co<int> release_save(SimThread& thread) override;
    Co<> acquire_restore(SimThread& thread, int depth) override;

private:
    Lock lock_;
    const SimThread* owner_ = nullptr;
    int depth_ = 0;
};

}  // namespace gilsim::threading
