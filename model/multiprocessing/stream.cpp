#include "model/multiprocessing/stream.hpp"

namespace gilsim::multiprocessing {

Co<> Stream::Sleepers::sleep(Thread& thread) {
    asleep_.push_back(&thread);
    co_await thread.block(Thread::State::waiting_signal, thread.machine().costs().syscall);
}

Co<> Stream::Sleepers::wake_one(Thread& by) {
    while (!asleep_.empty() && !asleep_.front()->alive()) asleep_.pop_front();
    if (asleep_.empty()) co_return;
    Thread* first = asleep_.front();
    asleep_.pop_front();
    co_await by.kernel(by.machine().costs().futex_wake);
    by.machine().wake(*first, &by);
}

}  // namespace gilsim::multiprocessing
