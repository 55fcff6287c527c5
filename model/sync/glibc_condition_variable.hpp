#pragma once
/// glibc's condition variable since 2.25 (nptl/pthread_cond_wait.c, pthread_cond_signal.c): two groups of waiters.

#include <array>
#include <cstdint>

#include "model/sync/condition_variable.hpp"

namespace gilsim::sync {

/// Waiters join the group of newcomers (G2). A signal goes to the older group (G1); when all of G1 have been signalled,
/// G2 becomes G1. A signal is a count that *any* waiter of G1 may consume: the kernel wakes the one that has slept
/// longest, but a waiter that is still on its core, between joining and sleeping, consumes it first, and the woken one
/// finds nothing and sleeps again. So glibc's own comment: no FIFO guarantee. A waiter that times out when all of its group
/// have been signalled passes its signal on.
///
/// Before 2.41, who changes the groups waits until everyone who has slept in the old one has left the kernel: with several
/// that have been woken but have no core yet the signaller sleeps, and whatever mutex it holds is held meanwhile. 2.41 does
/// without; nor does a waiter of an old group consume a signal meant for a newer one there. `before_2_41` tells them apart.
class GlibcConditionVariable final : public ConditionVariable {
public:
    explicit GlibcConditionVariable(bool before_2_41) : before_2_41_(before_2_41) {}
    engine::Co<bool> wait(machine::Thread& thread, Mutex& mutex, machine::Thread::State as, Nanoseconds deadline) override;
    engine::Co<> signal(machine::Thread& thread, machine::Thread::State as) override;

private:
    struct Group {
        machine::Futex signals;        ///< __g_signals: signals not yet consumed
        bool closed = false;           ///< its lowest bit: all have been signalled, nobody may sleep here any more
        machine::Futex references;     ///< __g_refs: those who sleep at `signals`, or have not come back from there yet
        std::int64_t unsignalled = 0;  ///< __g_size: waiters that no signal has been posted for
    };
    [[nodiscard]] std::size_t g1() const { return 1 - g2_; }
    /// __condvar_acquire_lock. Only who waits for a group to become quiet sleeps with the lock: others never meet.
    engine::Co<> acquire_lock(machine::Thread& thread, machine::Thread::State as);
    engine::Co<> release_lock(machine::Thread& thread);
    engine::Co<> quiesce_and_switch_g1(machine::Thread& thread, machine::Thread::State as);
    engine::Co<> cancel_waiting(machine::Thread& thread, machine::Thread::State as, std::uint64_t waiter, Group& group);

    machine::CacheLine line_;
    machine::Futex lock_;
    std::array<Group, 2> groups_;
    std::size_t g2_ = 0;
    int waiters_ = 0;                ///< __wrefs
    std::uint64_t next_waiter_ = 0;  ///< __wseq
    std::uint64_t g1_start_ = 0;     ///< waiters numbered below this belong to closed groups
    std::uint64_t g2_start_ = 0;     ///< the first number of G2
    bool before_2_41_;
};

}  // namespace gilsim::sync
