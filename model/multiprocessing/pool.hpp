#pragma once
/// multiprocessing.Pool (Lib/multiprocessing/pool.py): worker processes, and three threads of the parent that look
/// after them, send tasks and receive results. All three need the parent's GIL.

#include "model/multiprocessing/child.hpp"
#include "model/multiprocessing/process_queue.hpp"
#include "model/threading/simple_queue.hpp"
#include "model/workload/call_pool.hpp"

namespace gilsim::multiprocessing {

class Job;

class Pool final : public workload::CallPool {
public:
    Pool(World& world, workload::Process& process, const scenario::ObjectSpec& spec, int trace_id);
    ~Pool() override;
    /// apply_async().
    Co<std::shared_ptr<workload::Pending>> submit(SimThread& thread, workload::Call call) override;
    /// map(), imap() or imap_unordered().
    Co<workload::Pendings> map(SimThread& thread, workload::Call call, std::int64_t times, std::int64_t chunk,
                               scenario::Map::How how) override;
    [[nodiscard]] bool sends() const override { return true; }
    /// close() and join().
    Co<> shutdown(SimThread& thread) override;
    /// terminate() and join(): workers are killed, what they were doing is lost.
    Co<> terminate(SimThread& thread);
    Co<> at_exit(SimThread& last) override { return terminate(last); }

    /// A job has its result: it leaves the cache.
    Co<> forget(SimThread& thread);
    /// Workers that have died of a crash.
    [[nodiscard]] std::int64_t deaths() const { return deaths_; }
    [[nodiscard]] const scenario::InterpreterSpec& interpreter() const { return process_.interpreter->spec(); }

private:
    /// What is to be done, as the task handler is given it.
    struct Batch {
        workload::Call call;
        std::shared_ptr<Job> job;  ///< null: the sentinel
        std::int64_t times = 0;
        std::int64_t chunk = 1;
        bool mapped = false;  ///< tasks are chunks, for mapstar
    };
    struct Member {
        Child child;
        bool finished = false;  ///< it has ended as it should
    };
    struct Parts;
    Co<> start(SimThread& thread);
    Co<> enqueue(SimThread& thread, Batch batch);
    Co<> handle_workers(SimThread& self);
    Co<> maintain(SimThread& self);
    Co<> repopulate(SimThread& thread);
    Co<> wait_for_updates(SimThread& self);
    Co<> handle_tasks(SimThread& self);
    Co<> help_task_handler(SimThread& thread);
    Co<> send_tasks(SimThread& self, const Batch& batch);
    Co<> handle_results(SimThread& self);
    Co<> receive_result(SimThread& self, const Message& message);
    void work(SimThread& thread, bool& finished);
    Co<> start_helper(SimThread& thread, const char* name, Co<> (Pool::*body)(SimThread&));
    void check_running(const char* what) const;

    World& world_;
    workload::Process& process_;
    const scenario::ObjectSpec& spec_;
    std::unique_ptr<Parts> parts_;  ///< null: not made yet
    std::int64_t deaths_ = 0;
    std::int64_t started_ = 0;
};

}  // namespace gilsim::multiprocessing
