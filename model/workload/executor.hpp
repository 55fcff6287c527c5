#pragma once
/// Executes a program: an actor's body, operation by operation, from top to bottom.

#include "model/scenario/spec.hpp"
#include "model/threading/queue.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

class CallPool;
class Pending;
class Task;

/// For `perform`: does `call` and keeps what it gives.
template <class Result>
engine::Co<> keep(engine::Co<Result> call, Result& result) {
    result = co_await std::move(call);
}

class Executor {
public:
    /// `task`: of an event loop that the thread runs, whose coroutine the program is; null: a thread's own program.
    Executor(World& world, SimThread& thread, Task* task = nullptr) : world_(world), thread_(thread), task_(task) {}
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
    // on pools, sockets, event loops: executor_pools.cpp
    void execute(const scenario::Submit& op);
    void execute(const scenario::Results& op);
    void execute(const scenario::Map& op);
    void execute(const scenario::Shutdown& op);
    void execute(const scenario::Terminate& op);
    void execute(const scenario::Serve& op);
    // between processes: executor_processes.cpp
    void execute(const scenario::Send& op);
    void execute(const scenario::Receive& op);
    void execute(const scenario::ReceiveAll& op);
    void execute(const scenario::Close& op);
    void execute(const scenario::Attach& op);
    void execute(const scenario::CallManager& op);
    void execute(const scenario::Crash& op);
    void execute(const scenario::Asyncio& op);
    void execute(const scenario::CreateTask& op);
    void execute(const scenario::ToThread& op);
    // on memory
    void execute(const scenario::Allocate& op);
    void execute(const scenario::Free& op);
    void execute(const scenario::WalkSet& op);
    void execute(const scenario::Gc& op);
    /// Serves one request that came over a connection; the reply is up to the caller.
    void handle(const scenario::Program& body, const outside::Message& message);

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
    /// As calls take it: `kNever` if there is none.
    static Nanoseconds timeout_of(const scenario::Patience& patience) {
        return patience.timeout < 0 ? kNever : patience.timeout;
    }
    /// Runs a call that may run out of patience; `call` takes the time-out. Then does what the program has for that
    /// case.
    template <class Call>
    void patiently(const scenario::Patience& patience, Call call);
    /// The open request of a kind of this thread: its serial number, -1 if there is none.
    std::int64_t& open_request(int kind);
    /// An item to be sent, with which a request of a kind begins; -1: none.
    threading::Item item_with(int request);
    /// An item has come, or (null) patience has run out.
    void take(const threading::Item* item, const scenario::Patience& patience);
    /// The thread serves a request that began elsewhere.
    void serve(int kind, std::int64_t request);
    /// What a request takes that the thread serves already.
    void answer(const scenario::Program& body, const outside::Message& message);
    const scenario::Group& group(int index) const { return world_.variant.groups[static_cast<std::size_t>(index)]; }

    /// The task whose program this is. Throws ProgramError if it is none: `what` it does there.
    Task& task(const char* what);
    /// Waits for the results of all calls submitted to a pool; does `otherwise` if one has raised an exception.
    void results(int pool, const scenario::Program& otherwise);
    /// Waits until a date, as a task or as a thread.
    void sleep_until(Nanoseconds date);
    void wait_for_turn(const scenario::Repeat& op, Nanoseconds date);

    struct Result {
        const CallPool* pool;
        std::shared_ptr<Pending> pending;
    };
    World& world_;
    SimThread& thread_;
    Task* task_;
    std::vector<Result> results_;  ///< submitted and not asked for yet
    std::vector<std::int64_t> open_requests_;
};

}  // namespace gilsim::workload
