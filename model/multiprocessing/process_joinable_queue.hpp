#pragma once
/// multiprocessing.JoinableQueue (Lib/multiprocessing/queues.py): a Queue that counts what is still to be done, with a
/// semaphore and a condition that processes share.

#include "model/multiprocessing/process_condition.hpp"
#include "model/multiprocessing/process_queue.hpp"

namespace gilsim::multiprocessing {

struct SharedJoinableQueue final : Shared {
    SharedJoinableQueue(World& world, const std::string& name, int trace_id, std::int64_t maxsize, int process);
    SharedQueue queue;
    ProcessCondition all_done;
    ProcessSemaphore unfinished;
};

class ProcessJoinableQueue final : public ProcessQueue, public threading::Joinable {
public:
    ProcessJoinableQueue(World& world, workload::Process& process, std::string name, int trace_id,
                         SharedJoinableQueue& shared)
        : ProcessQueue(world, process, std::move(name), trace_id, shared.queue), shared_(shared) {}
    Co<> task_done(SimThread& thread) override;
    Co<> join(SimThread& thread) override;

private:
    Co<> count(SimThread& thread) override;
    SharedJoinableQueue& shared_;
};

}  // namespace gilsim::multiprocessing
