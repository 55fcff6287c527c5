#pragma once
/// multiprocessing's locks and semaphores (Modules/_multiprocessing/semaphore.c): a POSIX semaphore in memory that all
/// processes share.

#include "model/sync/semaphore.hpp"
#include "model/workload/process.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;

/// Taken with the GIL held if it is free, else waited for with the GIL released; nobody hands it over.
class ProcessLock final : public threading::Awaited {
public:
    /// `what`: what it is, for reports of a deadlock.
    ProcessLock(std::string what, std::int64_t value) : semaphore_(static_cast<int>(value)), what_(std::move(what)) {}
    /// acquire(timeout=...): false if `deadline` passed first.
    Co<bool> acquire(SimThread& thread, Nanoseconds deadline = kNever);
    Co<> release(SimThread& thread);
    /// _is_zero.
    [[nodiscard]] bool taken() const { return semaphore_.value() == 0; }
    [[nodiscard]] std::string told() const override { return what_; }

private:
    sync::Semaphore semaphore_;
    std::string what_;
};

}  // namespace gilsim::multiprocessing
