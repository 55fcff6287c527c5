#pragma once
/// What all pools have in common, of threads and of processes: calls and what they will yield.

#include <memory>
#include <string>
#include <vector>

#include "model/scenario/spec.hpp"
#include "model/threading/object.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::workload {

using engine::Co;

/// A call of a function: what it does, what it is given and what it returns.
struct Call {
    const scenario::Program* body = nullptr;
    const scenario::Payload* arguments = nullptr;
    const scenario::Payload* result = nullptr;
    std::shared_ptr<void> given = nullptr;  ///< the arguments' memory, here
};

/// A call has raised an exception, which reaches whoever asks for its result.
class CallFailed final : public ProgramError {
public:
    using ProgramError::ProgramError;
};

/// What a call, or several, will yield.
class Pending : public threading::Awaited {
public:
    /// Waits for it. Throws `CallFailed` if the call has raised an exception.
    virtual Co<> result(SimThread& thread) = 0;
};
using Pendings = std::vector<std::shared_ptr<Pending>>;

class CallPool : public threading::Object {
public:
    using Object::Object;
    /// One call.
    virtual Co<std::shared_ptr<Pending>> submit(SimThread& thread, Call call) = 0;
    /// The same call several times. `chunk`: calls per task; -1: the pool's own rule.
    virtual Co<Pendings> map(SimThread& thread, Call call, std::int64_t times, std::int64_t chunk,
                             scenario::Map::How how) = 0;
    /// Whether arguments are sent to other processes: then they are made first, and cost something.
    [[nodiscard]] virtual bool sends() const { return false; }
    /// No more calls: waits until what was submitted is done and the workers have ended.
    virtual Co<> shutdown(SimThread& thread) = 0;
    Co<> at_exit(SimThread& last) override { return shutdown(last); }
};

}  // namespace gilsim::workload
