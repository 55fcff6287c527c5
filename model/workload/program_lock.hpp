#pragma once
/// threading.Lock up to CPython 3.13.0 (Python/thread_pthread.h, USE_SEMAPHORES): a semaphore, taken without blocking if
/// free, otherwise with the GIL released. No hand-over: whoever comes first after a release has it.

#include "model/interpreter/interpreter.hpp"
#include "model/sync/semaphore.hpp"

namespace gilsim::workload {

class SimThread;

class ProgramLock {
public:
    /// `id`: in the trace.
    ProgramLock(int id, std::string name) : id_(id), name_(std::move(name)) {}
    engine::Co<> acquire(SimThread& thread);
    /// Throws `ProgramError` if it is not locked (Python: RuntimeError "release unlocked lock").
    engine::Co<> release(SimThread& thread);
    [[nodiscard]] const SimThread* owner() const { return owner_; }
    [[nodiscard]] const std::string& name() const { return name_; }

private:
    void emit(trace::EventKind kind, const SimThread& thread) const;

    int id_;
    std::string name_;
    sync::Semaphore semaphore_{1};
    SimThread* owner_ = nullptr;
};

}  // namespace gilsim::workload
