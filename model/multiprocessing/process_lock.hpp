#pragma once
/// multiprocessing's locks and semaphores (Modules/_multiprocessing/semaphore.c): a POSIX semaphore in memory that all
/// processes share. Taken with the GIL held if it is free, else waited for with the GIL released; nobody hands it over.

#include "model/sync/semaphore.hpp"
#include "model/workload/process.hpp"

namespace gilsim::workload {
class World;
}

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;
using workload::World;

/// multiprocessing.Lock. It stays locked when a process dies that holds it.
class ProcessLock final : public threading::Object, public threading::Awaited {
public:
    /// `process`: whose it is in the trace.
    ProcessLock(World& world, std::string name, int process);
    /// acquire(timeout=...): false if that passed first.
    Co<bool> acquire(SimThread& thread, Nanoseconds timeout = kNever);
    Co<> release(SimThread& thread);
    [[nodiscard]] std::string told() const override;
    [[nodiscard]] std::vector<const SimThread*> blockers() const override;

private:
    Co<bool> wait(SimThread& thread, Nanoseconds deadline);
    void take(SimThread& thread);
    sync::Semaphore semaphore_{1};
    const SimThread* owner_ = nullptr;
};

/// multiprocessing.Semaphore.
class ProcessSemaphore final : public threading::Object, public threading::Awaited {
public:
    /// `told`: what those who wait for it wait for.
    ProcessSemaphore(World& world, std::string name, std::int64_t value, int process, std::string told);
    /// acquire(timeout=...): false if that passed first.
    Co<bool> acquire(SimThread& thread, Nanoseconds timeout);
    Co<> release(SimThread& thread);
    /// _is_zero.
    [[nodiscard]] bool none() const { return semaphore_.value() == 0; }
    [[nodiscard]] std::string told() const override { return told_; }

private:
    Co<bool> wait(SimThread& thread, Nanoseconds deadline);
    sync::Semaphore semaphore_;
    std::string told_;
};

}  // namespace gilsim::multiprocessing
