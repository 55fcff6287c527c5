#pragma once
/// queue.Queue (Lib/queue.py): a deque, one mutex and three conditions that share it.

#include <deque>
#include <memory>

#include "model/threading/condition.hpp"
#include "model/threading/counter.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::threading {

/// What travels through a queue: the request that it belongs to, if any.
struct Item {
    int kind = -1;             ///< of the request; -1: none
    std::int64_t request = -1;  ///< its serial number
    const scenario::Payload* payload = nullptr;  ///< what it is, in a queue between processes
    std::shared_ptr<void> memory = nullptr;      ///< likewise: where it is, freed with the last owner
};

/// A queue that threads put items into and get them from.
class ItemQueue : public Object {
public:
    using Object::Object;
    /// put(item, timeout=...): false if it was full for so long (queue.Full); `kNever`: it waits for ever.
    virtual Co<bool> put(SimThread& thread, Item item, Nanoseconds timeout) = 0;
    /// get(timeout=...): null if it was empty for so long (queue.Empty).
    virtual Co<std::unique_ptr<Item>> get(SimThread& thread, Nanoseconds timeout) = 0;
};

/// Of a queue that counts what is still to be done.
class Joinable {
public:
    Joinable() = default;
    virtual ~Joinable() = default;
    Joinable(const Joinable&) = delete;
    Joinable& operator=(const Joinable&) = delete;
    /// An item that was got has been dealt with. Throws ProgramError if that has been said too often.
    virtual Co<> task_done(SimThread& thread) = 0;
    /// Waits until all items that were put have been dealt with.
    virtual Co<> join(SimThread& thread) = 0;
};

/// What task_done raises.
[[nodiscard]] workload::ProgramError done_too_often(const std::string& queue);

class Queue final : public ItemQueue, public Joinable {
public:
    /// `maxsize`: 0: unbounded. `mutex_id`: of its mutex in the trace.
    Queue(std::string name, int trace_id, int mutex_id, const scenario::InterpreterSpec& interpreter,
          std::int64_t maxsize, Counter* depth);
    Co<bool> put(SimThread& thread, Item item, Nanoseconds timeout) override;
    Co<std::unique_ptr<Item>> get(SimThread& thread, Nanoseconds timeout) override;
    Co<> task_done(SimThread& thread) override;
    Co<> join(SimThread& thread) override;

private:
    /// What the waiters of one of its conditions wait for.
    class What final : public Awaited {
    public:
        What(const Queue& queue, const char* what) : queue_(queue), what_(what) {}
        [[nodiscard]] std::string told() const override;

    private:
        const Queue& queue_;
        const char* what_;
    };
    Lock mutex_;
    What item_{*this, "an item in"}, place_{*this, "a free place in"}, end_{*this, "all items to be done of"};
    Condition not_empty_, not_full_, all_tasks_done_;
    std::deque<Item> items_;
    std::int64_t maxsize_;
    std::int64_t unfinished_ = 0;
    Counter* depth_;
};

}  // namespace gilsim::threading
