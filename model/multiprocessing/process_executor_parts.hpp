#pragma once
/// What a ProcessPoolExecutor consists of, and what its processes send each other: for its own files alone.

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "model/multiprocessing/process_executor.hpp"

namespace gilsim::multiprocessing {

/// _CallItem, as a worker is sent it.
struct CallItem final : Content {
    std::int64_t id = 0;
    std::int64_t calls = 1;
    workload::Call call;
};

/// _ResultItem, as the parent is sent it.
struct ResultItem final : Content {
    std::int64_t id = 0;
    std::string failure;
    int leaving = -1;  ///< process that ends after it (exit_pid); -1: none
};

inline constexpr const char* kBroken =
    "gets an exception from a pool, of whose processes one was terminated abruptly (Python: BrokenProcessPool)";

inline constexpr std::int64_t kExtraQueuedCalls = 1;  // EXTRA_QUEUED_CALLS

/// What an executor consists of once it has been made.
struct ProcessExecutor::Parts {
    Parts(World& world, workload::Process& process, const std::string& name, int trace_id, std::int64_t most)
        : calls_shared(world, name + ".calls", trace_id, most + kExtraQueuedCalls, process.id),
          calls(world, process, name + ".calls", -1, calls_shared),
          results(world, name + ".results", trace_id, 0, process.id),
          wakeup(world, make_pipe(world.machine), name + ".wakeup", trace_id, process.id),
          shutdown_lock(name + ".shutdown", -1, process.interpreter->spec()),
          idle(name + ".idle", -1, process.interpreter->spec(), 0, -1, nullptr) {}

    SharedQueue calls_shared;
    ProcessQueue calls;
    SharedQueue results;
    Channel wakeup;  ///< _ThreadWakeup
    threading::Lock shutdown_lock;
    threading::Semaphore idle;             ///< _idle_worker_semaphore
    std::deque<std::int64_t> ids;          ///< _work_ids
    std::map<std::int64_t, Work> pending;  ///< _pending_work_items
    std::int64_t next_id = 0;
    std::vector<std::unique_ptr<Member>> workers;
    std::vector<std::unique_ptr<Member>> former;
    std::int64_t started = 0;
    std::unique_ptr<workload::Gathering> manager;  ///< null: not started
    bool shut_down = false;
    bool broken = false;
};

}  // namespace gilsim::multiprocessing
