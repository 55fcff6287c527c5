#pragma once
/// threading.Event (Lib/threading.py): a flag and a condition with a Lock.

#include "model/threading/condition.hpp"

namespace gilsim::threading {

class Event final : public Object, public Awaited {
public:
    Event(std::string name, int trace_id, const scenario::InterpreterSpec& interpreter);
    /// wait(timeout): false if that passed first.
    Co<bool> wait(SimThread& thread, Nanoseconds timeout);
    Co<> set(SimThread& thread);
    Co<> clear(SimThread& thread);
    [[nodiscard]] std::string told() const override;

private:
    Lock lock_;
    Condition condition_;
    bool set_ = false;
};

}  // namespace gilsim::threading
