#pragma once
/// A condition variable that serves its waiters in order of arrival (macOS's psynch; also the textbook's).

#include <deque>
#include <memory>

#include "model/sync/condition_variable.hpp"

namespace gilsim::sync {

class FifoConditionVariable final : public ConditionVariable {
public:
    engine::Co<bool> wait(machine::Thread& thread, Mutex& mutex, machine::Thread::State as, Nanoseconds deadline) override;
    engine::Co<> signal(machine::Thread& thread, machine::Thread::State as) override;

private:
    std::deque<std::shared_ptr<machine::Futex>> waiters_;  ///< each waits on a word of its own
};

}  // namespace gilsim::sync
