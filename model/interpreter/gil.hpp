#pragma once
/// The one interface behind which every GIL policy stands. A policy is one file beside its row in gil_policies.cpp.

#include <memory>

#include "model/engine/coroutine.hpp"
#include "model/machine/machine.hpp"
#include "model/scenario/spec.hpp"
#include "model/trace/events.hpp"

namespace gilsim::interpreter {

/// A thread as the interpreter sees it (CPython: PyThreadState).
struct PyThread {
    machine::Thread& os;
    int id() const { return os.id(); }
};

/// What all policies need: who they are in the trace, and what their work costs.
struct GilContext {
    machine::Machine& machine;
    int interpreter;  ///< its id in the trace
    const scenario::InterpreterSpec& spec;
};

class Gil {
public:
    explicit Gil(const GilContext& context) : context_(context) {}
    virtual ~Gil() = default;

    /// Acquires the lock for the thread, which must not hold it (CPython: take_gil).
    virtual engine::Co<> take(PyThread& thread) = 0;
    /// Releases it (CPython: drop_gil).
    virtual engine::Co<> drop(PyThread& thread, trace::ReleaseReason reason) = 0;
    /// The holder should drop the lock at its next check point.
    [[nodiscard]] virtual bool drop_requested() const { return false; }
    /// Core time in which the holder, at a check point, learns of a request that another core has written.
    virtual Nanoseconds notice(const PyThread& /*holder*/) { return 0; }

protected:
    void emit(trace::EventKind kind, const PyThread& thread, std::int64_t value = 0) const {
        context_.machine.recorder().emit({.time = context_.machine.now(),
                                          .kind = kind,
                                          .thread = thread.id(),
                                          .object = context_.interpreter,
                                          .value = value});
    }
    GilContext context_;
};

/// The lock of the interpreter's policy.
std::unique_ptr<Gil> make_gil(const GilContext& context);

}  // namespace gilsim::interpreter
