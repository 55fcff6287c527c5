#include "model/threading/object.hpp"

#include <algorithm>

#include "model/workload/process.hpp"

namespace gilsim::threading {

Waiting::Waiting(SimThread& thread, const Awaited& what, Nanoseconds deadline)
    : thread_(thread), before_(thread.awaited) {
    if (deadline != kNever) return;
    thread.awaited = &what;
    thread.process.waits.look(thread);
}

Waiting::~Waiting() { thread_.awaited = before_; }

Co<> Object::at_exit(SimThread& /*last*/) {
    co_return;
}

void Object::emit(trace::EventKind kind, const SimThread& thread, std::int64_t value) const {
    if (trace_id_ < 0) return;
    auto& machine = thread.os.machine();
    machine.recorder().emit(
        {.time = machine.now(), .kind = kind, .thread = thread.os.id(), .object = trace_id_, .value = value});
}

namespace {

Co<> first_since_fork(SimThread& thread, Calls calls, machine::CodeSite site) {
    auto& interpreter = *thread.process.interpreter;
    co_await thread.process.memory->touch(thread.py, calls.python * interpreter.spec().memory.forked.calls / 100);
    co_await interpreter.bytecode(thread.py, thread.os.code(time_of(calls, interpreter.spec()), site));
}

}  // namespace

Co<> library(SimThread& thread, int calls, int c_calls, machine::CodeSite site) {
    if (thread.process.memory->first_since_fork(site)) return first_since_fork(thread, {calls, c_calls}, site);
    auto& interpreter = *thread.process.interpreter;
    const Nanoseconds warm = time_of({calls, c_calls}, interpreter.spec());
    return interpreter.bytecode(thread.py, thread.os.code(warm, site));
}

Nanoseconds time_of(const Calls& calls, const scenario::InterpreterSpec& interpreter) {
    return calls.python * interpreter.library_call + calls.c * interpreter.lock_call;
}

Co<> rest(SimThread& thread, Nanoseconds measured, const std::vector<Calls>& counted, machine::CodeSite site) {
    auto& interpreter = *thread.process.interpreter;
    for (const Calls& calls : counted) measured -= time_of(calls, interpreter.spec());
    return interpreter.bytecode(thread.py, thread.os.code(std::max<Nanoseconds>(0, measured), site));
}

Nanoseconds now(const SimThread& thread) { return thread.os.machine().now(); }

Nanoseconds deadline_after(const SimThread& thread, Nanoseconds timeout) {
    return timeout == kNever ? kNever : now(thread) + timeout;
}

Nanoseconds time_until(const SimThread& thread, Nanoseconds deadline) {
    return deadline == kNever ? kNever : deadline - now(thread);
}

}  // namespace gilsim::threading
