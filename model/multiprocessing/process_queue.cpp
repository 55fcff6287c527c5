#include "model/multiprocessing/process_queue.hpp"

#include <fmt/format.h>

#include "model/scenario/version.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

constexpr std::int64_t kUnbounded = 0x7fffffff;  // SEM_VALUE_MAX

/// Since 3.3 messages are pickled before the lock is taken, and unpickled after it is released.
bool pickles_outside(const SimThread& thread) {
    return scenario::at_least(thread.process.interpreter->spec(), 3, 3);
}

}  // namespace

SharedQueue::SharedQueue(World& world, const std::string& name, int trace_id, std::int64_t maxsize, int process)
    : channel(world, make_pipe(world.machine), name, trace_id, process),
      reading(world, name + ".read", process),
      writing(world, name + ".write", process),
      room(world, name + ".room", maxsize > 0 ? maxsize : kUnbounded, process, "room in '" + name + "'") {}

ProcessQueue::ProcessQueue(World& world, workload::Process& process, std::string name, int trace_id,
                           SharedQueue& shared)
    : ItemQueue(std::move(name), trace_id),
      world_(world),
      shared_(shared),
      lock_(Object::name() + ".notempty", -1, process.interpreter->spec()),
      not_empty_(Object::name() + ".notempty", -1, lock_, process.interpreter->spec()) {}

ProcessQueue::~ProcessQueue() = default;

Co<bool> ProcessQueue::put(SimThread& thread, threading::Item item, Nanoseconds timeout) {
    Message message{.parcel = {.payload = item.payload}, .item = item};
    return put_message(thread, std::move(message), timeout);
}

Co<bool> ProcessQueue::put_message(SimThread& thread, Message message, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    const bool room = co_await shared_.room.acquire(thread, timeout);
    if (!room) co_return false;
    co_await not_empty_.acquire(thread, kNever);
    if (feeder_ == nullptr) co_await start_feeder(thread);
    co_await library(thread, 0, 1);
    Buffered buffered{std::move(message)};
    buffer_.push_back(std::move(buffered));
    co_await count(thread);
    co_await not_empty_.notify(thread, 1);
    co_await not_empty_.release(thread);
    co_return true;
}

Co<> ProcessQueue::start_feeder(SimThread& thread) {
    feeder_ = std::make_unique<workload::Gathering>();
    feeder_->name = name() + ".feeder";
    co_await library(thread, 6, 4);  // Thread, Finalize twice
    co_await world_.start_worker(
        thread, feeder_->name, [this](SimThread& feeder) { workload::Executor(world_, feeder).perform(feed(feeder)); },
        *feeder_);
}

// _feed: waits once, then takes what there is until there is nothing.
Co<> ProcessQueue::feed(SimThread& feeder) {
    for (;;) {
        co_await not_empty_.acquire(feeder, kNever);
        if (buffer_.empty()) co_await not_empty_.wait(feeder, kNever);
        co_await not_empty_.release(feeder);
        while (!buffer_.empty()) {
            const bool more = co_await feed_one(feeder);
            if (!more) co_return;
        }
        co_await library(feeder, 1, 1);  // IndexError
    }
}

Co<bool> ProcessQueue::feed_one(SimThread& feeder) {
    co_await library(feeder, 0, 1);
    Buffered next = std::move(buffer_.front());
    buffer_.pop_front();
    if (next.sentinel) co_return false;
    const bool outside = pickles_outside(feeder);
    if (!outside) co_await shared_.writing.acquire(feeder);
    if (unpicklable(next.message.parcel)) {
        if (!outside) co_await shared_.writing.release(feeder);
        co_await shared_.room.release(feeder);
        if (on_error) co_await on_error(feeder, next.message);
        co_return true;
    }
    next.message.memory = co_await dumps(world_, feeder, next.message.parcel);
    next.message.item.memory = nullptr;
    if (outside) co_await shared_.writing.acquire(feeder);
    co_await shared_.channel.send_bytes(feeder, std::move(next.message));
    co_await shared_.writing.release(feeder);
    co_return true;
}

Co<std::unique_ptr<threading::Item>> ProcessQueue::get(SimThread& thread, Nanoseconds timeout) {
    const auto message = co_await get_message(thread, timeout);
    if (message == nullptr) co_return nullptr;
    message->item.memory = std::move(message->memory);
    co_return std::make_unique<threading::Item>(message->item);
}

Co<std::unique_ptr<Message>> ProcessQueue::get_message(SimThread& thread, Nanoseconds timeout) {
    co_await library(thread, 1, 0);
    const Nanoseconds deadline = threading::deadline_after(thread, timeout);
    const bool mine = co_await shared_.reading.acquire(thread, timeout);
    if (!mine) co_return nullptr;
    if (timeout != kNever) {
        const bool ready = co_await shared_.channel.poll(thread, threading::time_until(thread, deadline));
        if (!ready) {
            co_await shared_.reading.release(thread);
            co_return nullptr;
        }
    }
    auto message = std::make_unique<Message>();
    *message = co_await shared_.channel.recv_bytes(thread);
    const bool outside = pickles_outside(thread);
    if (!outside) message->memory = co_await loads(world_, thread, message->parcel);
    co_await shared_.room.release(thread);
    co_await shared_.reading.release(thread);
    if (outside) message->memory = co_await loads(world_, thread, message->parcel);
    co_return message;
}

Co<> ProcessQueue::close(SimThread& thread) {
    if (feeder_ == nullptr) co_return;
    co_await not_empty_.acquire(thread, kNever);
    Buffered sentinel{{}, true};
    buffer_.push_back(std::move(sentinel));
    co_await not_empty_.notify(thread, 1);
    co_await not_empty_.release(thread);
    co_await world_.join(thread, *feeder_);
}

Co<> ProcessQueue::at_exit(SimThread& last) {
    return close(last);
}

Co<bool> ProcessSimpleQueue::put(SimThread& thread, threading::Item item, Nanoseconds /*timeout*/) {
    Message message{.parcel = {.payload = item.payload}, .item = item};
    co_await simple_put(world_, thread, shared_, std::move(message));
    co_return true;
}

Co<std::unique_ptr<threading::Item>> ProcessSimpleQueue::get(SimThread& thread, Nanoseconds /*timeout*/) {
    Message message = co_await simple_get(world_, thread, shared_);
    message.item.memory = std::move(message.memory);
    co_return std::make_unique<threading::Item>(message.item);
}

Co<> simple_put(World& world, SimThread& thread, SharedQueue& queue, Message message) {
    co_await library(thread, 1, 0);
    if (unpicklable(message.parcel)) {
        co_await queue.channel.send(thread, std::move(message));  // raises
        co_return;
    }
    const bool outside = pickles_outside(thread);
    if (outside) message.memory = co_await dumps(world, thread, message.parcel);
    co_await queue.writing.acquire(thread);
    if (!outside) message.memory = co_await dumps(world, thread, message.parcel);
    co_await queue.channel.send_bytes(thread, std::move(message));
    co_await queue.writing.release(thread);
}

Co<Message> simple_get(World& world, SimThread& thread, SharedQueue& queue) {
    co_await library(thread, 1, 0);
    co_await queue.reading.acquire(thread);
    Message message = co_await queue.channel.recv_bytes(thread);
    const bool outside = pickles_outside(thread);
    if (!outside) message.memory = co_await loads(world, thread, message.parcel);
    co_await queue.reading.release(thread);
    if (outside) message.memory = co_await loads(world, thread, message.parcel);
    co_return message;
}

}  // namespace gilsim::multiprocessing
