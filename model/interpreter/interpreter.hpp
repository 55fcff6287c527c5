#pragma once
/// One Python interpreter: its GIL, and how its threads run bytecode and C code under it.

#include <deque>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "model/interpreter/gil.hpp"
#include "model/machine/shared_line.hpp"

namespace gilsim::interpreter {

class Interpreter {
public:
    /// `id`: in the trace. `spec` must outlive it.
    Interpreter(machine::Machine& machine, int id, const scenario::InterpreterSpec& spec);
    /// A sub-interpreter that shares the GIL of `host`.
    Interpreter(machine::Machine& machine, const Interpreter& host);

    [[nodiscard]] const scenario::InterpreterSpec& spec() const { return spec_; }
    [[nodiscard]] int id() const { return id_; }

    /// Makes the thread one that may run bytecode: takes the GIL (PyEval_RestoreThread). Then its core may have to
    /// fetch the evaluator anew.
    engine::Co<> attach(PyThread& thread);
    /// Gives the GIL up before a call that may block (PyEval_SaveThread), or for good.
    engine::Co<> detach(PyThread& thread, trace::ReleaseReason reason = trace::ReleaseReason::blocking) {
        return gil_->drop(thread, reason);
    }
    /// Runs `work` of bytecode. Every `checkpoint_every` of it (0: as the interpreter's spec says) the eval breaker is
    /// looked at (3.10+: at calls and backward jumps; see docs/model.md).
    /// `as`: how it is shown; work of another kind that check points interrupt likewise.
    engine::Co<> bytecode(PyThread& thread, Nanoseconds work, Nanoseconds checkpoint_every = 0,
                          machine::Thread::State as = machine::Thread::State::bytecode);
    /// Runs C code for `work`, without check points, with the GIL held or released meanwhile.
    engine::Co<> native(PyThread& thread, Nanoseconds work, bool releases_gil);
    /// The look at the eval breaker after a call has returned.
    engine::Co<> check_point(PyThread& thread);

    /// Something that a thread has to do at its next check point, before it may give the GIL up (_PyRuntimeState's
    /// pending work in _Py_HandlePending: a garbage collection, from 3.12 on).
    using Pending = std::function<engine::Co<>(PyThread&)>;
    void on_pending(Pending pending) { pending_ = std::move(pending); }
    /// The next thread at a check point does it, once.
    void schedule_pending() { pending_scheduled_ = true; }
    /// A signal has come: its handler, `work` of bytecode, runs in the main thread at its next check point, then `done`.
    void signal(PyThread& main_thread, Nanoseconds work, std::function<void()> done);

    /// Takes and drops references to a shared object; `owner`: it is the thread's own.
    engine::Co<> touch(PyThread& thread, const scenario::Touch& touch, bool owner);
    /// Around the use of an object that has a lock of its own in free-threaded builds (Py_BEGIN_CRITICAL_SECTION).
    engine::Co<> begin_critical_section(PyThread& thread, int object);
    /// The same for an object of the library's. Nothing with a GIL.
    engine::Co<> begin_critical_section(PyThread& thread, sync::PyMutex& mutex);
    engine::Co<> end_critical_section(PyThread& thread);
    /// Runs C code for `work` while no other thread runs Python.
    engine::Co<> stopped_world(PyThread& thread, Nanoseconds work);
    /// Returns when no other thread runs Python, and lets them go on (free-threaded builds; with a GIL it is so anyway).
    engine::Co<> stop_the_world(PyThread& thread) { return gil_->stop_the_world(thread); }
    engine::Co<> start_the_world(PyThread& thread) { return gil_->start_the_world(thread); }

private:
    engine::Co<> change_holder(PyThread& thread);
    engine::Co<> run_handlers(PyThread& thread);
    engine::Co<> touch_shared(PyThread& thread, std::int64_t times, Nanoseconds alone, machine::SharedLine& line);

    /// An object that threads share: the cache line with its reference count, and its lock.
    struct SharedObject {
        explicit SharedObject(const scenario::InterpreterSpec& spec) : mutex(spec) {}
        machine::SharedLine line;
        sync::PyMutex mutex;
    };
    SharedObject& shared_object(int index);

    int id_;
    const scenario::InterpreterSpec& spec_;
    Nanoseconds usual_evaluator_;  ///< the mean
    Pending pending_;
    bool pending_scheduled_ = false;
    machine::Machine& machine_;
    std::shared_ptr<Gil> gil_;
    std::vector<std::unique_ptr<SharedObject>> shared_objects_;
    struct Signal {
        Nanoseconds work;
        std::function<void()> done;
    };
    std::deque<Signal> signals_;               ///< whose handlers have not run
    const PyThread* main_thread_ = nullptr;  ///< known once there was a signal
};

}  // namespace gilsim::interpreter
