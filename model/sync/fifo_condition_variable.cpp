#include "model/sync/fifo_condition_variable.hpp"

#include <algorithm>

namespace gilsim::sync {

using engine::Co;
using machine::Futex;
using machine::Thread;

Co<bool> FifoConditionVariable::wait(Thread& thread, Mutex& mutex, Thread::State as, Nanoseconds deadline) {
    const auto mine = std::make_shared<Futex>();
    waiters_.push_back(mine);
    co_await mutex.unlock(thread);
    bool timed_out = false;
    while (mine->value == 0 && !timed_out)
        timed_out = co_await mine->wait(thread, 0, as, deadline) == Futex::Wait::timed_out && mine->value == 0;
    if (timed_out) waiters_.erase(std::find(waiters_.begin(), waiters_.end(), mine));
    co_await mutex.lock_after_wait(thread, as);
    co_return timed_out;
}

Co<> FifoConditionVariable::signal(Thread& thread, Thread::State /*as*/) {
    if (waiters_.empty()) co_return;
    const auto first = waiters_.front();  // shared: its waiter may be gone before the wake call returns
    waiters_.pop_front();
    first->value = 1;
    co_await first->wake(thread);
}

}  // namespace gilsim::sync
