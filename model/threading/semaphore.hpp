#pragma once
/// threading.Semaphore and BoundedSemaphore (Lib/threading.py): a number and a condition with a Lock.

#include "model/threading/condition.hpp"
#include "model/threading/counter.hpp"

namespace gilsim::threading {

class Semaphore final : public Acquirable, public Awaited {
public:
    /// `most`: the greatest value that a release may reach (BoundedSemaphore); -1: none.
    Semaphore(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, std::int64_t value,
              std::int64_t most, Counter* counter);
    Co<bool> acquire(SimThread& thread, Nanoseconds timeout) override;
    /// acquire(timeout=0), which unlike acquire(blocking=False) waits, for no time: it gives its lock up and takes it again.
    Co<bool> poll(SimThread& thread);
    Co<> release(SimThread& thread) override { return release(thread, 1); }
    Co<> release(SimThread& thread, std::int64_t count);
    [[nodiscard]] std::string told() const override;

private:
    void count(const SimThread& thread) const;

    Lock lock_;
    Condition condition_;
    std::int64_t value_;
    std::int64_t most_;
    Counter* counter_;  ///< may be null
};

}  // namespace gilsim::threading
