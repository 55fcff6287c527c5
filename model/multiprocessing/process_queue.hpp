#pragma once
/// multiprocessing.Queue (Lib/multiprocessing/queues.py): a pipe, two locks and a semaphore that processes share, and
/// in each process that puts items a buffer and a feeder thread.

#include <deque>
#include <functional>

#include "model/multiprocessing/channel.hpp"
#include "model/multiprocessing/process_lock.hpp"
#include "model/multiprocessing/shared.hpp"
#include "model/threading/condition.hpp"

namespace gilsim::workload {
struct Gathering;
}

namespace gilsim::multiprocessing {

/// What all processes have of it.
struct SharedQueue final : Shared {
    /// `maxsize`: 0: unbounded.
    SharedQueue(World& world, const std::string& name, int trace_id, std::int64_t maxsize, int process);
    Channel channel;
    ProcessLock reading, writing;
    ProcessSemaphore room;
};

class ProcessQueue : public threading::ItemQueue {
public:
    ProcessQueue(World& world, workload::Process& process, std::string name, int trace_id, SharedQueue& shared);
    ~ProcessQueue() override;

    // As an object of a program.
    Co<bool> put(SimThread& thread, threading::Item item, Nanoseconds timeout) override;
    Co<std::unique_ptr<threading::Item>> get(SimThread& thread, Nanoseconds timeout) override;
    /// What Python does at the end of a process: the feeder writes what is left and ends.
    Co<> at_exit(SimThread& last) override;

    // As a part of an executor.
    /// put(): hands the message to the feeder. False if there was no room for so long.
    Co<bool> put_message(SimThread& thread, Message message, Nanoseconds timeout);
    /// get(): reads and unpickles.
    Co<std::unique_ptr<Message>> get_message(SimThread& thread, Nanoseconds timeout);
    [[nodiscard]] bool full() const { return shared_.room.none(); }
    /// close() and join_thread().
    Co<> close(SimThread& thread);
    /// What the feeder does with a message that cannot be pickled (_on_queue_feeder_error); unless set, the message is
    /// lost.
    std::function<Co<>(SimThread&, const Message&)> on_error;

protected:
    /// An item is being handed to the feeder: JoinableQueue counts it.
    virtual Co<> count(SimThread& /*thread*/) { co_return; }

private:
    struct Buffered {
        Message message;
        bool sentinel = false;
    };
    Co<> start_feeder(SimThread& thread);
    Co<> feed(SimThread& feeder);
    Co<bool> feed_one(SimThread& feeder);

    World& world_;
    SharedQueue& shared_;
    threading::Lock lock_;
    threading::Condition not_empty_;
    std::deque<Buffered> buffer_;
    std::unique_ptr<workload::Gathering> feeder_;  ///< null: none yet
};

/// multiprocessing.SimpleQueue: pickles and writes in the caller, under a lock.
class ProcessSimpleQueue final : public threading::ItemQueue {
public:
    ProcessSimpleQueue(World& world, std::string name, int trace_id, SharedQueue& shared)
        : ItemQueue(std::move(name), trace_id), world_(world), shared_(shared) {}
    Co<bool> put(SimThread& thread, threading::Item item, Nanoseconds timeout) override;
    Co<std::unique_ptr<threading::Item>> get(SimThread& thread, Nanoseconds timeout) override;

private:
    World& world_;
    SharedQueue& shared_;
};

/// SimpleQueue.put and get, on what processes share of it. `put` throws where Python raises.
Co<> simple_put(World& world, SimThread& thread, SharedQueue& queue, Message message);
Co<Message> simple_get(World& world, SimThread& thread, SharedQueue& queue);

}  // namespace gilsim::multiprocessing
