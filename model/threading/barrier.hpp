#pragma once
/// threading.Barrier (Lib/threading.py): fills until all parties are there, then drains.

#include "model/threading/condition.hpp"

namespace gilsim::threading {

class Barrier final : public Object, public Awaited {
public:
    Barrier(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter, std::int64_t parties);
    /// wait(timeout): false if the barrier is broken, as by anybody's time-out (BrokenBarrierError).
    Co<bool> wait(SimThread& thread, Nanoseconds timeout);
    [[nodiscard]] std::string told() const override;

private:
    enum class State { filling, draining, broken };
    Lock lock_;
    Condition condition_;
    std::int64_t parties_;
    std::int64_t count_ = 0;
    State state_ = State::filling;
};

}  // namespace gilsim::threading
