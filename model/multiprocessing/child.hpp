#pragma once
/// multiprocessing.Process: a child process as its parent has it.

#include <functional>
#include <memory>
#include <string>

#include "model/multiprocessing/poll.hpp"
#include "model/workload/process.hpp"

namespace gilsim::workload {
class World;
}

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;
using workload::World;

/// How a process is started and what it does.
struct Launch {
    std::string name;
    scenario::StartMethod method = scenario::StartMethod::fork;
    int interpreter = -1;                         ///< indexes Variant::interpreters; -1: its parent's
    const scenario::Payload* argument = nullptr;  ///< what its target is called with
    const scenario::Group* group = nullptr;       ///< its place in the scheduler's eyes; may be null
    std::function<void(SimThread&)> body;         ///< its main thread's program
};

/// How an object of the library starts its processes: as it says, or by the interpreter's default.
inline scenario::StartMethod start_method_of(const scenario::ObjectSpec& object,
                                             const scenario::InterpreterSpec& interpreter) {
    return object.start_method >= 0 ? static_cast<scenario::StartMethod>(object.start_method)
                                    : interpreter.start_method;
}

/// Process.start() (Lib/multiprocessing/popen_fork.py, popen_spawn_posix.py, popen_forkserver.py): returns when the
/// parent may go on; the child boots on its own. `gathering`: who can be joined.
Co<workload::Process*> start_process(World& world, SimThread& parent, Launch launch, workload::Gathering& gathering);

/// A child that a part of the library has started: what poll can wait for (Process.sentinel), and join.
class Child final : public Readable {
public:
    /// `launch.name` is its name.
    Co<> start(World& world, SimThread& parent, Launch launch);
    /// It has ended (exitcode is not None).
    [[nodiscard]] bool readable() const override;
    Co<> join(World& world, SimThread& thread);
    /// terminate(): by a signal.
    Co<> terminate(World& world, SimThread& by);
    [[nodiscard]] workload::Process& process() const { return *process_; }

private:
    workload::Gathering gathering_;
    workload::Process* process_ = nullptr;
};

}  // namespace gilsim::multiprocessing
