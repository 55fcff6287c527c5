#include "model/multiprocessing/process_lock.hpp"

#include <fmt/format.h>

#include "model/workload/without_gil.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using State = machine::Thread::State;
using threading::library;
using trace::EventKind;

ProcessLock::ProcessLock(World& world, std::string name, int process)
    : Object(name, world.traced(name, process, "process_lock")) {}

Co<bool> ProcessLock::acquire(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 0, 1);
    if (!semaphore_.try_wait()) {
        if (timeout <= 0) co_return false;
        const Nanoseconds deadline = threading::deadline_after(thread, timeout);
        const threading::Waiting waiting(thread, *this, deadline);
        emit(EventKind::lock_wait, thread);
        co_return co_await without_gil(thread, wait(thread, deadline));
    }
    take(thread);
    co_return true;
}

Co<bool> ProcessLock::wait(SimThread& thread, Nanoseconds deadline) {
    const bool acquired = co_await semaphore_.wait(thread.os, State::waiting_lock, deadline);
    if (acquired)  // it has the lock while it waits for the GIL
        take(thread);
    else
        emit(EventKind::sync_done, thread, 1);
    co_return acquired;
}

void ProcessLock::take(SimThread& thread) {
    owner_ = &thread;
    emit(EventKind::lock_acquire, thread);
}

Co<> ProcessLock::release(SimThread& thread) {
    co_await library(thread, 0, 1);
    owner_ = nullptr;
    emit(EventKind::lock_release, thread);
    co_await semaphore_.post(thread.os);
}

std::string ProcessLock::told() const {
    if (owner_ == nullptr) return fmt::format("process lock '{}'", name());
    return fmt::format("process lock '{}', held by '{}'{}", name(), owner_->name,
                       owner_->ended ? ", which is dead" : "");
}

std::vector<const SimThread*> ProcessLock::blockers() const {
    if (owner_ == nullptr) return {};
    return {owner_};
}

ProcessSemaphore::ProcessSemaphore(World& world, std::string name, std::int64_t value, int process, std::string told)
    : Object(name, world.traced(name, process, "semaphore")),
      semaphore_(static_cast<int>(value)),
      told_(std::move(told)) {}

Co<bool> ProcessSemaphore::acquire(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 0, 1);
    if (semaphore_.try_wait()) co_return true;
    if (timeout <= 0) co_return false;
    const Nanoseconds deadline = threading::deadline_after(thread, timeout);
    const threading::Waiting waiting(thread, *this, deadline);
    emit(EventKind::sync_wait, thread);
    co_return co_await without_gil(thread, wait(thread, deadline));
}

Co<bool> ProcessSemaphore::wait(SimThread& thread, Nanoseconds deadline) {
    const bool acquired = co_await semaphore_.wait(thread.os, State::waiting_signal, deadline);
    emit(EventKind::sync_done, thread, acquired ? 0 : 1);
    co_return acquired;
}

Co<> ProcessSemaphore::release(SimThread& thread) {
    co_await library(thread, 0, 1);
    co_await semaphore_.post(thread.os);
}

}  // namespace gilsim::multiprocessing
