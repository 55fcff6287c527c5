#pragma once
/// Studied, not in CPython: GILs that are handed to a waiter of their choice. The releaser makes the first of its queue
/// the owner before that one has even woken, so that nobody can take the lock in between.

#include <cstdint>
#include <list>

#include "model/interpreter/gil.hpp"
#include "model/machine/cache_line.hpp"
#include "model/machine/futex.hpp"

namespace gilsim::interpreter {

/// What the two have in common. As with CPython's GIL, a waiter asks the holder to drop it after some time without a
/// switch.
class QueueGil : public Gil {
public:
    using Gil::Gil;
    engine::Co<> take(PyThread& thread) override;
    engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) override;
    [[nodiscard]] bool drop_requested(const PyThread& /*holder*/) const override { return drop_request_; }
    Nanoseconds notice(const PyThread& holder) override { return request_line_.fetch(holder.os); }

protected:
    /// How long the thread waits without a switch before it asks.
    [[nodiscard]] virtual Nanoseconds patience(const PyThread& waiter, const PyThread& holder) const;
    /// True if `newcomer` is to be served before `waiter`, who came earlier.
    [[nodiscard]] virtual bool overtakes(const PyThread& newcomer, const PyThread& waiter) const = 0;

private:
    struct Waiter;
    void own(PyThread& thread);
    void request_drop(const PyThread& asker);

    PyThread* holder_ = nullptr;
    PyThread* last_holder_ = nullptr;
    std::uint64_t switches_ = 0;
    std::list<Waiter*> queue_;
    machine::CacheLine line_;
    bool drop_request_ = false;
    machine::CacheLine request_line_;
};

/// Served in order of arrival.
class FifoGil final : public QueueGil {
public:
    using QueueGil::QueueGil;

protected:
    [[nodiscard]] bool overtakes(const PyThread&, const PyThread&) const override { return false; }
};

/// Threads that gave the GIL up by themselves, for a call that blocks, go before those that were asked to; and while
/// one of the latter holds it, they need not wait for a full interval. (As in the priority GIL that D. Beazley proposed
/// in 2010, bugs.python.org/issue7946.)
class PriorityGil final : public QueueGil {
public:
    using QueueGil::QueueGil;

protected:
    [[nodiscard]] Nanoseconds patience(const PyThread& waiter, const PyThread& holder) const override;
    [[nodiscard]] bool overtakes(const PyThread& newcomer, const PyThread& waiter) const override;
};

}  // namespace gilsim::interpreter
