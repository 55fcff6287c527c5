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
    // on objects: executor_objects.cpp
    void execute(const scenario::Wait& op);
    void execute(const scenario::Notify& op);
    void execute(const scenario::NotifyAll& op);
    void execute(const scenario::Set& op);
    void execute(const scenario::Clear& op);
    void execute(const scenario::Put& op);
    void execute(const scenario::Get& op);
    void execute(const scenario::TaskDone& op);
    void execute(const scenario::JoinQueue& op);
    void execute(const scenario::Local& op);

private:
    /// Marks an operation in the trace for as long as it lives.
    class Labelled;
    void emit(trace::EventKind kind, int object, std::int64_t value = 0);
    const std::string& request_name(int index) const { return world_.variant.requests[static_cast<std::size_t>(index)]; }
    /// The object of an index, which the scenario's checks have found to be of this kind.
    template <class T>
    T& object(int index) const {
        return dynamic_cast<T&>(*thread_.process.objects[static_cast<std::size_t>(index)]);
    }
    /// Runs a call that may run out of patience; `call` takes the deadline. Then does what the program has for that case.
    template <class Call>
    void patiently(const scenario::Patience& patience, Call call);
    /// The open request of a kind of this thread: its serial number, -1 if there is none.
    std::int64_t& open_request(int kind);
    /// The thread serves a request that began elsewhere.
    void serve(int kind, std::int64_t request);
    const scenario::Group& group(int index) const { return world_.variant.groups[static_cast<std::size_t>(index)]; }

    World& world_;
    SimThread& thread_;
    std::vector<std::int64_t> open_requests_;
};

}  // namespace gilsim::workload
