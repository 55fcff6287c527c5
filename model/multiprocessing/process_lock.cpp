#include "model/multiprocessing/process_lock.hpp"

namespace gilsim::multiprocessing {

using State = machine::Thread::State;

Co<bool> ProcessLock::acquire(SimThread& thread, Nanoseconds deadline) {
    co_await threading::library(thread, 0, 1);
    bool acquired = semaphore_.try_wait();
    if (acquired || thread.os.machine().now() >= deadline) co_return acquired;
    auto& interpreter = *thread.process.interpreter;
    const threading::Waiting waiting(thread, *this, deadline);
    co_await interpreter.detach(thread.py);
    acquired = co_await semaphore_.wait(thread.os, State::waiting_lock, deadline);
    co_await interpreter.attach(thread.py);
    co_await interpreter.check_point(thread.py);
    co_return acquired;
}

Co<> ProcessLock::release(SimThread& thread) {
    co_await threading::library(thread, 0, 1);
    co_await semaphore_.post(thread.os);
}

}  // namespace gilsim::multiprocessing
