#include "model/workload/program_lock.hpp"

#include <fmt/format.h>

#include "model/workload/process.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::workload {

using engine::Co;
using trace::EventKind;

void ProgramLock::emit(EventKind kind, const SimThread& thread) const {
    auto& machine = thread.os.machine();
    machine.recorder().emit({.time = machine.now(), .kind = kind, .thread = thread.os.id(), .object = id_});
}

Co<> ProgramLock::acquire(SimThread& thread) {
    if (!semaphore_.try_wait()) {
        auto& interpreter = *thread.process.interpreter;
        emit(EventKind::lock_wait, thread);
        thread.awaited_lock = this;
        co_await interpreter.detach(thread.py);
        co_await semaphore_.wait(thread.os, machine::Thread::State::waiting_lock);
        thread.awaited_lock = nullptr;
        owner_ = &thread;
        emit(EventKind::lock_acquire, thread);
        co_await interpreter.attach(thread.py);
        co_return;
    }
    owner_ = &thread;
    emit(EventKind::lock_acquire, thread);
}

Co<> ProgramLock::release(SimThread& thread) {
    if (owner_ == nullptr)
        throw ProgramError(
            fmt::format("releases lock '{}', which nobody holds (Python: RuntimeError: release unlocked lock)", name_),
            "take it first, by 'lock' or 'with'");
    owner_ = nullptr;
    emit(EventKind::lock_release, thread);
    co_await semaphore_.post(thread.os);
}

}  // namespace gilsim::workload
