#pragma once
/// The one interface behind which every GIL policy stands. A policy is one file beside its row in gil_policies.cpp.

#include <memory>
#include <vector>

#include "model/engine/coroutine.hpp"
#include "model/machine/machine.hpp"
#include "model/scenario/spec.hpp"
#include "model/sync/py_mutex.hpp"
#include "model/trace/events.hpp"

namespace gilsim::interpreter {

/// The lock of an object that a thread uses (CPython: PyCriticalSection).
struct CriticalSection {
    sync::PyMutex* mutex = nullptr;  ///< nullptr: still to be locked
    bool locked = false;             ///< false: suspended while the thread is detached
};

/// The code around the GIL, which a core remembers as one piece.
inline constexpr machine::CodeSite kGilCode = machine::CodeSite::here();

/// A thread as the interpreter sees it (CPython: PyThreadState).
struct PyThread {
    machine::Thread& os;
    /// Why it gave the GIL up last; `exit`: it never has.
    trace::ReleaseReason last_release = trace::ReleaseReason::exit;
    /// CPython 3.13+: the bit of its own eval breaker that asks it to drop the GIL.
    bool drop_requested = false;
    /// Free-threaded: where it stands among the threads that are attached; -1: it is detached.
    int attached_at = -1;
    /// Free-threaded: the locks of objects that it uses, innermost last.
    std::vector<CriticalSection> sections{};
    int id() const { return os.id(); }
};

/// What a thread executes at a stretch: core time, and the distance of the check points in it.
struct Stretch {
    Nanoseconds core_time;
    Nanoseconds every;
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
    [[nodiscard]] virtual bool drop_requested(const PyThread& /*holder*/) const { return false; }
    /// How the holder, at a check point with nothing to do, goes about `work` of bytecode with a check point `every` so much.
    virtual Stretch stretch(Nanoseconds work, Nanoseconds every) { return {work, every}; }
    /// The holder has executed so much core time of its stretch. Yields how much of the work that was.
    virtual Nanoseconds executed(Nanoseconds core_time) { return core_time; }
    /// Core time in which the holder, at a check point, learns of a request that another core has written.
    virtual Nanoseconds notice(const PyThread& /*holder*/) { return 0; }

    /// Calls wait to be made by the main thread (a signal's handler), or have been made.
    virtual void calls_pending(bool /*pending*/) {}

    /// Threads run Python in parallel.
    [[nodiscard]] virtual bool free_threaded() const { return false; }
    /// Returns when no other thread runs Python; with a GIL that is so while one holds it.
    virtual engine::Co<> stop_the_world(PyThread& /*requester*/) { co_return; }
    /// Lets them go on.
    virtual engine::Co<> start_the_world(PyThread& /*requester*/) { co_return; }

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
