#pragma once
/// The GIL of CPython 3.2 and later (Python/ceval_gil.c; up to 3.11 Python/ceval_gil.h): a waiter asks the holder to let
/// go after it has waited a full switch interval without a switch. To be read beside take_gil and drop_gil.

#include <algorithm>

#include "model/interpreter/gil.hpp"
#include "model/machine/cache_line.hpp"
#include "model/sync/condition_variable.hpp"
#include "model/sync/mutex.hpp"

namespace gilsim::interpreter {

class TimedGil : public Gil {
public:
    explicit TimedGil(const GilContext& context)
        // The interval is at least 1 us.
        : TimedGil(context, std::max(context.spec.switch_interval, kMicrosecond)) {}
    engine::Co<> take(PyThread& thread) override;
    engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) override;
    [[nodiscard]] bool drop_requested(const PyThread& holder) const override {
        return request_in_thread_ ? holder.drop_requested : drop_request_;
    }
    Nanoseconds notice(const PyThread& holder) override { return drop_request_line_.fetch(holder.os); }

protected:
    /// `patience`: of a waiter before it asks; kNever: it never asks.
    TimedGil(const GilContext& context, Nanoseconds patience);

private:
    /// What a waiter runs from a time-out to its next wait. Warm, that is nearly all behind the request: reading the
    /// clock. Of what being cold adds half comes before: 0.46 of 8 us, measured in CPython 3.13 by a holder that looks
    /// for nothing but the request (docs/fidelity.md, "A request is half way to the next wait").
    struct WayToWait {
        Nanoseconds to_request = 0;
        Nanoseconds after_request = 0;  ///< before a first wait, too
    };

    WayToWait way_to_wait(machine::Thread& os);
    void request_drop(const PyThread& asker);
    bool& request_of(PyThread& thread) { return request_in_thread_ ? thread.drop_requested : drop_request_; }

    const Nanoseconds patience_;
    const bool request_in_thread_;
    // struct _gil_runtime_state, by its own names
    bool locked_ = false;
    PyThread* last_holder_ = nullptr;
    std::uint64_t switch_number_ = 0;
    sync::Mutex mutex_;
    std::unique_ptr<sync::ConditionVariable> cond_;
    sync::Mutex switch_mutex_;
    std::unique_ptr<sync::ConditionVariable> switch_cond_;
    // of the evaluation loop (_ceval_state.gil_drop_request; 3.13+: a bit in each thread's eval_breaker)
    bool drop_request_ = false;
    machine::CacheLine drop_request_line_;
};

}  // namespace gilsim::interpreter
