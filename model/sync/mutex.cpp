#include "model/sync/mutex.hpp"

#include <utility>

namespace gilsim::sync {

using engine::Co;
using machine::Thread;

Co<> Mutex::lock(Thread& thread, Thread::State as) {
    co_await thread.run(line_.fetch(thread));
    if (word_.value == 0) {
        word_.value = 1;
        co_return;
    }
    while (std::exchange(word_.value, 2) != 0) co_await word_.wait(thread, 2, as);
}

Co<> Mutex::lock_after_wait(Thread& thread, Thread::State as) {
    co_await thread.run(line_.fetch(thread));
    while (std::exchange(word_.value, 2) != 0) co_await word_.wait(thread, 2, as);
}

Co<> Mutex::unlock(Thread& thread) {
    if (std::exchange(word_.value, 0) == 2) co_await word_.wake(thread);
}

}  // namespace gilsim::sync
