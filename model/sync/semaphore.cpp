#include "model/sync/semaphore.hpp"

namespace gilsim::sync {

using engine::Co;
using machine::Futex;
using machine::Thread;

bool Semaphore::try_wait() {
    if (word_.value == 0) return false;
    --word_.value;
    return true;
}

Co<bool> Semaphore::wait(Thread& thread, Thread::State as, Nanoseconds deadline, std::function<void()> missed) {
    if (try_wait()) co_return true;
    ++waiters_;
    bool taken = false;
    while (!taken) {
        const auto end = co_await word_.wait(thread, 0, as, deadline);
        taken = try_wait();
        if (!taken && end == Futex::Wait::timed_out) break;
        if (!taken && end == Futex::Wait::woken && missed) missed();
    }
    --waiters_;
    co_return taken;
}

Co<> Semaphore::post(Thread& thread) {
    ++word_.value;
    if (waiters_ > 0) co_await word_.wake(thread);
}

}  // namespace gilsim::sync
