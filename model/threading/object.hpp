#pragma once
/// What the threads of a process share: the common part of all synchronisation objects, and what waiting for one means to
/// the report of a deadlock.

#include <string>
#include <vector>

#include "model/engine/coroutine.hpp"
#include "model/machine/thread.hpp"
#include "model/trace/events.hpp"

namespace gilsim::scenario {
struct InterpreterSpec;
}  // namespace gilsim::scenario

namespace gilsim::workload {
class SimThread;
class Process;
}  // namespace gilsim::workload

namespace gilsim::threading {

using engine::Co;
using workload::Process;
using workload::SimThread;
using State = machine::Thread::State;

/// Something that threads wait for.
class Awaited {
public:
    virtual ~Awaited() = default;
    /// What it is: "lock 'table', held by 'main'".
    [[nodiscard]] virtual std::string told() const = 0;
    /// Threads of which each must go on before the wait can end; none: anybody might end it.
    [[nodiscard]] virtual std::vector<const SimThread*> blockers() const { return {}; }
};

/// While it lives, the thread waits; without a deadline (`kNever`) the wait can be part of a deadlock. Stops the run when
/// it closes a cycle.
class Waiting {
public:
    Waiting(SimThread& thread, const Awaited& what, Nanoseconds deadline);
    ~Waiting();
    Waiting(const Waiting&) = delete;
    Waiting& operator=(const Waiting&) = delete;

private:
    SimThread& thread_;
    const Awaited* before_;
};

/// An entry of the scenario's `objects`, or a part of one.
class Object {
public:
    /// `trace_id`: its index in the directory's locks; -1: it does not appear in the trace.
    Object(std::string name, int trace_id) : name_(std::move(name)), trace_id_(trace_id) {}
    virtual ~Object() = default;
    Object(const Object&) = delete;
    Object& operator=(const Object&) = delete;
    [[nodiscard]] const std::string& name() const { return name_; }
    [[nodiscard]] int trace_id() const { return trace_id_; }
    /// What Python does about it when its process comes to its end: called by the process's main thread.
    virtual Co<> at_exit(SimThread& last);

protected:
    void emit(trace::EventKind kind, const SimThread& thread, std::int64_t value = 0) const;

private:
    std::string name_;
    int trace_id_;
};

/// What `lock`, `unlock` and `with` work on.
class Acquirable : public Object {
public:
    using Object::Object;
    /// acquire(timeout=...): false if that passed first; `kNever`: none. 0: acquire(blocking=False).
    virtual Co<bool> acquire(SimThread& thread, Nanoseconds timeout) = 0;
    /// release(). Throws `ProgramError` where Python would raise.
    virtual Co<> release(SimThread& thread) = 0;
};

/// The thread runs `calls` calls of small functions of the standard library written in Python and `c_calls` of methods
/// written in C: bytecode with check points.
Co<> library(SimThread& thread, int calls, int c_calls, machine::CodeSite site = machine::CodeSite::here());
/// How many calls of small functions of the library's in Python, and of methods in C, some code consists of.
struct Calls {
    int python;
    int c;
};
/// Bytecode of them, in a core that remembers the code.
[[nodiscard]] Nanoseconds time_of(const Calls& calls, const scenario::InterpreterSpec& interpreter);
/// The thread runs what code of the library's that has been `measured` as a whole takes beyond `counted`, for which it pays
/// where it happens (calls of `library`).
Co<> rest(SimThread& thread, Nanoseconds measured, const std::vector<Calls>& counted,
          machine::CodeSite site = machine::CodeSite::here());
/// The present.
[[nodiscard]] Nanoseconds now(const SimThread& thread);
/// When a thread gives up that waits for `timeout` from now on; `kNever`: it does not.
[[nodiscard]] Nanoseconds deadline_after(const SimThread& thread, Nanoseconds timeout);
/// The time until then.
[[nodiscard]] Nanoseconds time_until(const SimThread& thread, Nanoseconds deadline);

}  // namespace gilsim::threading
