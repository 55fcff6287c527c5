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

void Stream::Sleepers::wake_all(Thread* by) {
    for (Thread* thread : asleep_)
        if (thread->alive()) thread->machine().wake_sync(*thread, by);
    asleep_.clear();
}

void Stream::hang_up(Thread* by) {
    hung_up_ = true;
    readers_.wake_all(by);
    writers_.wake_all(by);
    notify(by);
}

Co<> Stream::wait_for_writer(Thread& reader) {
    if (hung_up_)
        throw workload::ProgramError("waits for a message of a process that has died (Python: EOFError)",
                                     "let that process live until it has answered");
    co_await readers_.sleep(reader);
}

Co<> Stream::wait_for_reader(Thread& writer) {
    check_reader();
    co_await writers_.sleep(writer);
    check_reader();
}

void Stream::check_reader() const {
    if (hung_up_)
        throw workload::ProgramError("sends a message to a process that has died (Python: BrokenPipeError)",
                                     "let that process live until it has got its messages");
}

}  // namespace gilsim::multiprocessing
