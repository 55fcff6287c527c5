#pragma once
/// The order in which EEVDF looks at waiting threads (Linux: the augmented red-black tree cfs_rq->tasks_timeline,
/// __enqueue_entity and pick_eevdf in kernel/sched/fair.c).

#include <cstddef>

#include "model/machine/thread.hpp"

namespace gilsim::machine {

/// Threads by (deadline, sequence), where every subtree knows its least vruntime: so the earliest deadline among those
/// that are owed service is found in O(log n), however many stand before it that are not. Likewise who has been off
/// core longest. A treap, whose ranks are a hash of the sequence number; the links are the thread's own (SchedEntity),
/// so that nothing is allocated.
class DeadlineTree {
public:
    [[nodiscard]] bool empty() const { return root_ == nullptr; }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// What the SchedEntity says of the thread must not change while it is in the tree, but for what `changed` allows.
    void insert(Thread& thread);
    void erase(Thread& thread);
    /// To be called when a thread in the tree has ceased to be `delayed` (while it is, its `last_ran` does not count).
    void changed(Thread& thread) { update_below(root_, thread); }

    /// The earliest; nullptr if the tree is empty.
    [[nodiscard]] Thread* first() const {
        return first_where([](Virtual /*vruntime*/) { return true; });
    }
    /// The earliest whose vruntime fulfils `eligible`; nullptr if there is none. What holds for a vruntime must hold
    /// for all that are lower.
    template <class Eligible>
    [[nodiscard]] Thread* first_where(Eligible eligible) const {
        Thread* thread = root_;
        while (thread != nullptr) {
            const SchedEntity& e = thread->entity;
            if (e.left != nullptr && eligible(e.left->entity.least_vruntime))
                thread = e.left;
            else if (eligible(e.vruntime))
                break;
            else
                thread = e.right;
        }
        return thread;
    }
    /// Of those that are not `delayed`, the one that left a core first; of equals the earliest. nullptr if there is
    /// none.
    [[nodiscard]] Thread* longest_off_core() const;
    /// Calls `visit` with each thread, the earliest first.
    template <class Visit>
    void for_each(Visit visit) const {
        walk(root_, visit);
    }

private:
    template <class Visit>
    static void walk(Thread* thread, Visit& visit) {
        if (thread == nullptr) return;
        walk(thread->entity.left, visit);
        visit(*thread);
        walk(thread->entity.right, visit);
    }
    static void insert_below(Thread*& root, Thread& thread);
    static void erase_below(Thread*& root, Thread& thread);
    static void update_below(Thread* root, Thread& thread);
    static void split(Thread* tree, const Thread& at, Thread*& before, Thread*& after);
    static Thread* merge(Thread* before, Thread* after);

    Thread* root_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace gilsim::machine
