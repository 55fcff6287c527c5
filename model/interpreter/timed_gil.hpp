#pragma once
/// The GIL of CPython 3.2 and later (Python/ceval_gil.c; up to 3.11 Python/ceval_gil.h): a waiter asks the holder to let
/// go after it has waited a full switch interval without a switch. To be read beside take_gil and drop_gil.

#include "model/interpreter/gil.hpp"
#include "model/machine/cache_line.hpp"
#include "model/sync/condition_variable.hpp"
#include "model/sync/mutex.hpp"

namespace gilsim::interpreter {

class TimedGil final : public Gil {
public:
    explicit TimedGil(const GilContext& context);
    engine::Co<> take(PyThread& thread) override;
    engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) override;
    [[nodiscard]] bool drop_requested() const override { return drop_request_; }
    Nanoseconds notice(const PyThread& holder) override { return drop_request_line_.fetch(holder.os); }

private:
    void request_drop(const PyThread& asker);

    // struct _gil_runtime_state, by its own names
    bool locked_ = false;
    PyThread* last_holder_ = nullptr;
    std::uint64_t switch_number_ = 0;
    sync::Mutex mutex_;
    std::unique_ptr<sync::ConditionVariable> cond_;
    sync::Mutex switch_mutex_;
    std::unique_ptr<sync::ConditionVariable> switch_cond_;
    // of the evaluation loop (_ceval_state.gil_drop_request)
    bool drop_request_ = false;
    machine::CacheLine drop_request_line_;
};

}  // namespace gilsim::interpreter
