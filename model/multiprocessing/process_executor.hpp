#pragma once
/// concurrent.futures.ProcessPoolExecutor (Lib/concurrent/futures/process.py): worker processes; in the parent a
/// manager thread that hands out calls and receives results, and the feeder thread of the queue of calls.

#include "model/multiprocessing/child.hpp"
#include "model/multiprocessing/process_queue.hpp"
#include "model/threading/queue.hpp"
#include "model/threading/semaphore.hpp"
#include "model/workload/thread_pool.hpp"

namespace gilsim::multiprocessing {

class ProcessExecutor final : public workload::CallPool {
public:
    ProcessExecutor(World& world, workload::Process& process, const scenario::ObjectSpec& spec, int trace_id);
    ~ProcessExecutor() override;
    Co<std::shared_ptr<workload::Pending>> submit(SimThread& thread, workload::Call call) override;
    Co<workload::Pendings> map(SimThread& thread, workload::Call call, std::int64_t times, std::int64_t chunk,
                               scenario::Map::How how) override;
    [[nodiscard]] bool sends() const override { return true; }
    Co<> shutdown(SimThread& thread) override;

private:
    /// A pending work item.
    struct Work {
        workload::Call call;
        std::int64_t calls = 1;  ///< a chunk of map: more than one
        std::shared_ptr<workload::Future> future;
    };
    struct Member {
        Child child;
        bool leaving = false;  ///< it ends as it should
    };
    struct Parts;
    Co<std::shared_ptr<workload::Pending>> submit(SimThread& thread, workload::Call call, std::int64_t calls);
    Co<> adjust_process_count(SimThread& thread);
    Co<> start_manager(SimThread& thread);
    Co<> spawn(SimThread& thread);
    Co<> manage(SimThread& self);
    Co<> add_call_items(SimThread& self);
    Co<> process_result(SimThread& self, const Message& message);
    Co<> break_up(SimThread& self);
    Co<> fail_unpickled(SimThread& feeder, const Message& message);
    Co<> end_workers(SimThread& self);
    Co<> wake_up(SimThread& thread);
    void work(SimThread& thread, bool& leaving);
    /// The workers of now: for loops that wait, in which the list may grow.
    [[nodiscard]] std::vector<Member*> members() const;
    [[nodiscard]] scenario::StartMethod method() const;
    [[nodiscard]] std::int64_t most() const;
    [[nodiscard]] const scenario::InterpreterSpec& interpreter() const { return process_.interpreter->spec(); }

    World& world_;
    workload::Process& process_;
    const scenario::ObjectSpec& spec_;
    std::unique_ptr<Parts> parts_;  ///< null: not made yet
};

}  // namespace gilsim::multiprocessing
