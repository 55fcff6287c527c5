#pragma once
/// queue.SimpleQueue (Modules/_queuemodule.c): unbounded, in C.

#include <list>

#include "model/machine/futex.hpp"
#include "model/sync/py_mutex.hpp"
#include "model/threading/queue.hpp"

namespace gilsim::threading {

/// Up to 3.12 a list and one lock, which is locked while somebody waits for an item: `put` releases it, and so does who
/// finds an item, for the next one. The woken thread must find an item still there once it has the GIL; another may
/// have taken it, and then it waits again. From 3.13 on a ring buffer and a place in the parking lot: `put` hands its
/// item to the thread that has waited longest. Without a GIL both are critical sections of the queue: who is woken must
/// have its mutex again before it goes on, which its waker holds until the call that wakes it has returned.
class SimpleQueue final : public ItemQueue, public Awaited {
public:
    /// `depth` may be null.
    SimpleQueue(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, Counter* depth);
    Co<bool> put(SimThread& thread, Item item, Nanoseconds timeout) override;
    Co<std::unique_ptr<Item>> get(SimThread& thread, Nanoseconds timeout) override;
    [[nodiscard]] std::string told() const override;

private:
    struct Waiter {
        std::shared_ptr<machine::Futex> word;  ///< shared: the thread may be gone before the call that wakes it returns
        Item item;
    };
    void count(const SimThread& thread) const;
    /// `get`, in its critical section.
    Co<std::unique_ptr<Item>> take(SimThread& thread, Nanoseconds deadline);
    Co<> hand_over(SimThread& thread, Item item);
    /// Without the GIL, until an item has been handed over or `deadline`.
    Co<bool> park(SimThread& thread, Waiter& me, Nanoseconds deadline);
    /// Until 3.12: waits for a `put`. False if `deadline` passed first.
    Co<bool> wait_for_put(SimThread& thread, Nanoseconds deadline);

    const bool hands_over_;
    std::unique_ptr<sync::RawLock> lock_;
    bool locked_ = false;
    sync::PyMutex mutex_;        ///< without a GIL
    std::list<Waiter*> parked_;  ///< oldest first
    std::deque<Item> items_;
    Counter* depth_;
};

}  // namespace gilsim::threading
