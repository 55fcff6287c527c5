#include "model/interpreter/interpreter.hpp"

namespace gilsim::interpreter {

using engine::Co;
using State = machine::Thread::State;

Interpreter::Interpreter(machine::Machine& machine, int id, const scenario::InterpreterSpec& spec)
    : id_(id), spec_(spec), gil_(make_gil({machine, id, spec_})) {}

Co<> Interpreter::bytecode(PyThread& thread, Nanoseconds work, Nanoseconds checkpoint_every) {
    const Nanoseconds every = checkpoint_every > 0 ? checkpoint_every : spec_.checkpoint_every;
    while (work > 0) {
        co_await check_point(thread);
        const Stretch stretch = gil_->stretch(work, every);
        work -= gil_->executed(co_await thread.os.to_checkpoint(stretch.core_time, stretch.every, State::bytecode));
    }
}

Co<> Interpreter::native(PyThread& thread, Nanoseconds work, bool releases_gil) {
    if (releases_gil) {
        co_await detach(thread);
        co_await thread.os.run(work, State::native_released);
        co_await attach(thread);
    } else {
        co_await thread.os.run(work, State::native);
    }
    co_await check_point(thread);
}

Co<> Interpreter::check_point(PyThread& thread) {
    if (gil_->drop_requested(thread)) co_await handle_pending(thread);
}

// _Py_HandlePending: ... then the GIL drop request, last but for asynchronous exceptions.
Co<> Interpreter::handle_pending(PyThread& thread) {
    co_await thread.os.run(gil_->notice(thread));
    co_await gil_->drop(thread, trace::ReleaseReason::requested);
    co_await gil_->take(thread);
}

}  // namespace gilsim::interpreter
