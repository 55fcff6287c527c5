#pragma once
/// Executes a program: an actor's body, operation by operation, from top to bottom.

#include "model/scenario/spec.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

class Executor {
public:
    Executor(World& world, SimThread& thread) : world_(world), thread_(thread) {}
    /// Runs the operations one after the other; returns when the last has ended.
    void run(const scenario::Program& program);
    /// Runs one coroutine as this thread; blocks the actor until it has ended. An exception in it is thrown here.
    void perform(engine::Co<> work);

    // One overload per operation (scenario::Op).
    void execute(const scenario::Compute& op);
    void execute(const scenario::Native& op);
    void execute(const scenario::Sleep& op);
    void execute(const scenario::Io& op);
    void execute(const scenario::Lock& op);
    void execute(const scenario::Unlock& op);
    void execute(const scenario::With& op);
    void execute(const scenario::Repeat& op);
    void execute(const scenario::Request& op);
    void execute(const scenario::RequestBegin& op);
    void execute(const scenario::RequestEnd& op);
    void execute(const scenario::Start& op);
    void execute(const scenario::Join& op);
    void execute(const scenario::Run& op);
    void execute(const scenario::Touch& op);
    void execute(const scenario::CriticalSection& op);
    void execute(const scenario::StopTheWorld& op);

private:
    /// Marks an operation in the trace for as long as it lives.
    class Labelled;
    void emit(trace::EventKind kind, int object, std::int64_t value = 0);
    const std::string& request_name(int index) const { return world_.variant.requests[static_cast<std::size_t>(index)]; }
    const scenario::Group& group(int index) const { return world_.variant.groups[static_cast<std::size_t>(index)]; }

    World& world_;
    SimThread& thread_;
    std::vector<std::int64_t> open_requests_;
};

}  // namespace gilsim::workload
