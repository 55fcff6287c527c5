#pragma once
/// One Python interpreter: its GIL, and how its threads run bytecode and C code under it.

#include <memory>

#include "model/interpreter/gil.hpp"

namespace gilsim::interpreter {

class Interpreter {
public:
    /// `id`: in the trace. `spec` must outlive it.
    Interpreter(machine::Machine& machine, int id, const scenario::InterpreterSpec& spec);

    [[nodiscard]] const scenario::InterpreterSpec& spec() const { return spec_; }
    [[nodiscard]] int id() const { return id_; }

    /// Makes the thread one that may run bytecode: takes the GIL (PyEval_RestoreThread).
    engine::Co<> attach(PyThread& thread) { return gil_->take(thread); }
    /// Gives the GIL up before a call that may block (PyEval_SaveThread), or for good.
    engine::Co<> detach(PyThread& thread, trace::ReleaseReason reason = trace::ReleaseReason::blocking) {
        return gil_->drop(thread, reason);
    }
    /// Runs `work` of bytecode. Every `checkpoint_every` of it (0: as the interpreter's spec says) the eval breaker is
    /// looked at (3.10+: at calls and backward jumps; see docs/model.md).
    engine::Co<> bytecode(PyThread& thread, Nanoseconds work, Nanoseconds checkpoint_every = 0);
    /// Runs C code for `work`, without check points, with the GIL held or released meanwhile.
    engine::Co<> native(PyThread& thread, Nanoseconds work, bool releases_gil);
    /// The look at the eval breaker after a call has returned.
    engine::Co<> check_point(PyThread& thread);

private:
    engine::Co<> handle_pending(PyThread& thread);

    int id_;
    const scenario::InterpreterSpec& spec_;
    std::unique_ptr<Gil> gil_;
};

}  // namespace gilsim::interpreter
