#include "model/multiprocessing/stream.hpp"

#include "model/workload/program_error.hpp"

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
    by.machine().wake_sync(*first, &by);
}

Co<> Stream::Sleepers::wake_all(Thread& by) {
    for (auto left = asleep_.size(); left > 0; --left) co_await wake_one(by);
}

void Stream::Sleepers::rouse(Thread* by) {
    for (Thread* thread : asleep_)
        if (thread->alive()) thread->machine().wake_sync(*thread, by);
    asleep_.clear();
}

void Stream::end_writing(Thread* by) {
    ended_ = true;
    readers_->rouse(by);
    notify(by);
}

void Stream::end_reading(Thread* by) {
    unread_ = true;
    writers_->rouse(by);
}

void Stream::hang_up(Thread* by) {
    end_writing(by);
    end_reading(by);
}

Co<> Stream::wait_for_reader(Thread& writer) {
    check_reader();
    co_await writers_->sleep(writer);
    check_reader();
}

void Stream::check_reader() const {
    if (unread_)
        throw workload::ProgramError("sends a message that no process can receive any more (Python: BrokenPipeError)",
                                     "let its receiver live, and keep its end open, until it has got its messages");
}

}  // namespace gilsim::multiprocessing
