#pragma once
/// concurrent.futures.ThreadPoolExecutor (Lib/concurrent/futures/thread.py and _base.py) and InterpreterPoolExecutor, which
/// differs from it in where its workers run calls.

#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "model/scenario/spec.hpp"
#include "model/threading/condition.hpp"
#include "model/threading/counter.hpp"
#include "model/threading/semaphore.hpp"
#include "model/threading/simple_queue.hpp"
#include "model/workload/call_pool.hpp"
#include "model/workload/worker_context.hpp"

namespace gilsim::workload {

class World;
struct Gathering;

/// A call's result to come: a condition and whether it is there.
class Future final : public Pending {
public:
    explicit Future(const scenario::InterpreterSpec& interpreter);
    /// result(): waits for it.
    engine::Co<> result(SimThread& thread) override;
    /// set_result(), by the worker; with a `failure` set_exception(), whose words those are.
    engine::Co<> set(SimThread& thread, std::string failure = "");
    /// What the worker calls when the result is there (add_done_callback).
    std::function<engine::Co<>(SimThread&)> callback;
    [[nodiscard]] std::string told() const override { return "the result of a call of a pool"; }

private:
    threading::RLock lock_;
    threading::Condition condition_;
    bool done_ = false;
    std::string failure_;  ///< empty: none
};

/// How many workers a pool has unless told: min(32, cores + 4).
constexpr std::int64_t default_workers(std::int64_t cores) { return cores + 4 < 32 ? cores + 4 : 32; }

class ThreadPool final : public CallPool {
public:
    using MakeContext = std::function<std::unique_ptr<WorkerContext>(SimThread& worker)>;
    /// `trace_id`: of its queue of work; `queued`: how long that is. `make_context`: where a worker runs calls.
    ThreadPool(World& world, Process& process, std::string name, int trace_id, std::int64_t workers,
               threading::Counter* queued, MakeContext make_context);
    ~ThreadPool() override;
    /// submit(): a worker is started, unless one is known to be idle, until there are enough.
    engine::Co<std::shared_ptr<Pending>> submit(SimThread& thread, Call call) override;
    /// The same. `callback`: what the worker calls when the result is there (add_done_callback); may be empty.
    engine::Co<std::shared_ptr<Future>> submit_program(SimThread& thread, Call call,
                                                       std::function<engine::Co<>(SimThread&)> callback);
    /// map(): submits call by call.
    engine::Co<Pendings> map(SimThread& thread, Call call, std::int64_t times, std::int64_t chunk,
                             scenario::Map::How how) override;
    /// shutdown(wait=True), and what Python does at its end: workers finish what there is to do.
    engine::Co<> shutdown(SimThread& thread) override;

private:
    struct Work {
        Call call;  ///< without a body: None, the pool's end
        std::shared_ptr<Future> future;
    };
    void work(SimThread& worker);
    engine::Co<bool> next(SimThread& worker, Work& work);
    engine::Co<> begin_call(SimThread& worker);
    engine::Co<> end_call(SimThread& worker, std::shared_ptr<Future> future);
    engine::Co<> adjust_thread_count(SimThread& thread);

    World& world_;
    Process& process_;
    std::int64_t most_;
    MakeContext make_context_;
    threading::Lock shutdown_lock_;
    threading::Semaphore idle_;
    threading::SimpleQueue queue_;
    std::deque<Work> work_;  ///< what the items of the queue stand for, in its order
    std::unique_ptr<Gathering> workers_;
    std::int64_t started_ = 0;
    bool shut_down_ = false;
};

}  // namespace gilsim::workload
