#pragma once
/// The GIL of CPython 2 (Python/ceval.c; also 3.0 and 3.1): a plain lock that the holder releases and takes again every
/// 100 ticks. To be read beside PyEval_EvalFrameEx and PyThread_acquire_lock.

#include <optional>

#include "model/interpreter/gil.hpp"
#include "model/machine/cache_line.hpp"
#include "model/sync/semaphore.hpp"

namespace gilsim::interpreter {

/// A tick is a turn of the evaluation loop's head: instructions that end in FAST_DISPATCH do not count. One countdown
/// (_Py_Ticker) serves all threads. At zero the holder releases the lock, which wakes a waiter, and takes it again at
/// once: nothing is handed over. Whether the waiter finds the lock free when it gets to look is for the scheduler and
/// the cores to decide; mostly it does not, and sleeps again.
class TickGil final : public Gil {
public:
    using Gil::Gil;
    engine::Co<> take(PyThread& thread) override;
    engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) override;
    [[nodiscard]] bool drop_requested(const PyThread& /*holder*/) const override {
        return lock_.has_value() && ticks_left_ <= 0;
    }
    Stretch stretch(Nanoseconds work, Nanoseconds every) override;
    Nanoseconds executed(Nanoseconds core_time) override;
    /// Py_AddPendingCall, Py_MakePendingCalls: until the main thread has made the calls, each check is followed by the
    /// next one after a single tick (_Py_Ticker = 0), whichever thread runs.
    void calls_pending(bool pending) override;

private:
    void own(PyThread& thread);
    [[nodiscard]] std::int64_t interval() const { return calls_pending_ ? 1 : context_.spec.check_interval; }

    /// Ticks are counted in thousandths, since work need not end with a tick.
    static constexpr std::int64_t kTick = 1000;

    /// PyThread_type_lock: a POSIX semaphore on Linux. Created when the first thread is started (PyEval_InitThreads): a
    /// program without threads pays nothing.
    std::optional<sync::Semaphore> lock_;
    machine::CacheLine line_;
    PyThread* holder_ = nullptr;
    PyThread* last_holder_ = nullptr;
    std::int64_t ticks_left_ = context_.spec.check_interval * kTick;
    bool calls_pending_ = false;
    // of the present stretch
    Nanoseconds tick_ = 0;        ///< the time of a tick
    Nanoseconds period_ = 0;      ///< from one check to the next, with its cost
    Nanoseconds check_cost_ = 0;  ///< of each release and acquisition in it, if nobody waits; otherwise it has none
};

}  // namespace gilsim::interpreter
