#pragma once
/// queue.SimpleQueue (Modules/_queuemodule.c): unbounded, in C.

#include "model/threading/queue.hpp"

namespace gilsim::threading {

/// A list and one lock, which is locked while somebody waits for an item: `put` releases it. The woken thread must find
/// an item still there once it has the GIL; another may have taken it, and then it waits again.
class SimpleQueue final : public ItemQueue, public Awaited {
public:
    /// `depth` may be null.
    SimpleQueue(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, Counter* depth)
        : ItemQueue(std::move(name), trace_id), lock_(sync::make_raw_lock(interpreter)), depth_(depth) {}
    Co<bool> put(SimThread& thread, Item item, Nanoseconds deadline) override;
    Co<std::unique_ptr<Item>> get(SimThread& thread, Nanoseconds deadline) override;
    [[nodiscard]] bool empty() const { return items_.empty(); }
    [[nodiscard]] std::string told() const override;

private:
    void count(const SimThread& thread) const;
    std::unique_ptr<sync::RawLock> lock_;
    std::deque<Item> items_;
    bool locked_ = false;
    Counter* depth_;
};

}  // namespace gilsim::threading
