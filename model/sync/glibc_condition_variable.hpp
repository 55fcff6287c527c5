#pragma once
/// glibc's condition variable since 2.25 (nptl/pthread_cond_wait.c, pthread_cond_signal.c): two groups of waiters.

#include <array>
#include <cstdint>

#include "model/sync/condition_variable.hpp"

namespace gilsim::sync {

/// Waiters join the group of newcomers (G2). A signal goes to the older group (G1); when all of G1 have been signalled,
/// G2 becomes G1. A signal is a count that *any* waiter of G1 may consume: the kernel wakes the one that has slept
/// longest, but a waiter that is still on its core, between joining and sleeping, consumes it first, and the woken one
/// finds nothing and sleeps again. So glibc's own comment: no FIFO guarantee.
///
/// 2.41 reworked the counts so that a waiter of an old group no longer consumes a signal meant for a newer one; who in the
/// group gets it is as open as before. Both versions share this model; `repost` tells them apart.
class GlibcConditionVariable final : public ConditionVariable {
public:
    /// `repost`: before 2.41, a waiter whose group has been closed may take a signal of the group that reuses its slot.
    explicit GlibcConditionVariable(bool repost) : repost_(repost) {}
    engine::Co<bool> wait(machine::Thread& thread, Mutex& mutex, machine::Thread::State as, Nanoseconds deadline) override;
    engine::Co<> signal(machine::Thread& thread) override;

private:
    struct Group {
        machine::Futex signals;  ///< signals not yet consumed
        std::int64_t unsignalled = 0;  ///< waiters that no signal has been posted for
    };
    [[nodiscard]] std::size_t g1() const { return 1 - g2_; }

    machine::CacheLine line_;
    std::array<Group, 2> groups_;
    std::size_t g2_ = 0;
    std::uint64_t next_waiter_ = 0;     ///< __wseq
    std::uint64_t g1_start_ = 0;        ///< waiters numbered below this belong to closed groups
    std::uint64_t g2_start_ = 0;        ///< the first number of G2
    bool repost_;
};

}  // namespace gilsim::sync
