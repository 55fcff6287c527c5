#pragma once
/// Where a pool's worker runs what was submitted: in its own interpreter, or in one that belongs to it alone
/// (Lib/concurrent/futures/thread.py and interpreter.py, WorkerContext).

#include <memory>

#include "model/scenario/spec.hpp"
#include "model/workload/call_pool.hpp"
#include "model/workload/executor.hpp"

namespace gilsim::workload {

/// All members are called on the worker's actor.
class WorkerContext {
public:
    WorkerContext() = default;
    virtual ~WorkerContext() = default;
    WorkerContext(const WorkerContext&) = delete;
    WorkerContext& operator=(const WorkerContext&) = delete;
    /// Before the first call.
    virtual void initialize() {}
    virtual void run(const Call& call) = 0;
    /// After the last one.
    virtual void finalize() {}
};

/// ThreadPoolExecutor's: calls run in the interpreter of the pool.
class ThreadContext final : public WorkerContext {
public:
    ThreadContext(World& world, SimThread& worker) : executor_(world, worker) {}
    void run(const Call& call) override { executor_.run(*call.body); }

private:
    Executor executor_;
};

/// InterpreterPoolExecutor's (3.14): the worker makes a sub-interpreter with a GIL of its own, enters it for each call
/// as another of its threads, and comes back with the result.
class InterpreterContext final : public WorkerContext {
public:
    InterpreterContext(World& world, SimThread& worker, scenario::ObjectSpec::Crossing crossing);
    void initialize() override;
    void run(const Call& call) override;
    void finalize() override;

private:
    /// What a thread does with data of that size before it leaves its interpreter, and after it has come into another.
    [[nodiscard]] Nanoseconds leaving(Bytes data) const;
    [[nodiscard]] Nanoseconds arriving(Bytes data) const;
    engine::Co<> enter();
    engine::Co<> leave();
    engine::Co<> create();
    engine::Co<> destroy();
    engine::Co<> bring(Bytes arguments);
    engine::Co<> fetch(Bytes result);

    World& world_;
    SimThread& worker_;
    const scenario::InterpreterSpec& spec_;
    const bool pickled_;
    SimThread* inside_ = nullptr;  ///< the same thread in the sub-interpreter
    std::unique_ptr<Executor> executor_;
};

}  // namespace gilsim::workload
