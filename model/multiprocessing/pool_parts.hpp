#pragma once
/// What a multiprocessing.Pool consists of, and what its processes send each other: for its own files alone.

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "model/multiprocessing/job.hpp"
#include "model/multiprocessing/pool.hpp"
#include "model/scenario/version.hpp"

namespace gilsim::multiprocessing {

/// Pool._state.
enum class PoolState : std::uint8_t { run, close, terminate };

/// A task, as a worker is sent it.
struct Task final : Content {
    std::shared_ptr<Job> job;
    std::int64_t index = 0;
    std::int64_t calls = 1;
    workload::Call call;
};

/// Its result, as the parent is sent it.
struct Result final : Content {
    std::shared_ptr<Job> job;
    std::int64_t index = 0;
    std::int64_t calls = 1;
    std::string failure;
};

/// The parent's three threads, in the order in which they are started.
enum Helper : std::uint8_t { kWorkerHandler, kTaskHandler, kResultHandler };

/// Since 3.8 the worker handler waits for changes; before, it looked every 0.1 s.
inline bool notified(const scenario::InterpreterSpec& interpreter) {
    return scenario::at_least(interpreter, 3, 8);
}
/// SimpleQueue.put(None).
inline Co<> put_none(World& world, SimThread& thread, SharedQueue& queue) {
    Message none;
    co_await simple_put(world, thread, queue, std::move(none));
}

/// What a pool consists of once it has been made.
struct Pool::Parts {
    Parts(World& world, const std::string& name, int trace_id, int process,
          const scenario::InterpreterSpec& interpreter)
        : tasks(world, name + ".tasks", trace_id, 0, process),
          results(world, name + ".results", trace_id, 0, process),
          changes(world, name + ".changes", trace_id, 0, process),
          task_queue(name + ".batches", -1, interpreter, nullptr) {}

    SharedQueue tasks, results, changes;
    threading::SimpleQueue task_queue;
    std::deque<Batch> batches;  ///< what the items of the task queue stand for, in its order
    std::vector<std::unique_ptr<Member>> workers;
    std::vector<std::unique_ptr<Member>> former;  ///< ended and replaced
    std::vector<std::unique_ptr<workload::Gathering>> helpers;
    std::int64_t jobs = 0;  ///< in the cache: without all their results
    PoolState state = PoolState::run;
    Nanoseconds progress = 0;  ///< when the result handler has last read something, or had nothing to read
};

}  // namespace gilsim::multiprocessing
