/// The thread of the parent that looks after an executor (Lib/concurrent/futures/process.py, _ExecutorManagerThread).

#include <algorithm>

#include "model/multiprocessing/process_executor_parts.hpp"
#include "model/scenario/version.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

constexpr const char* kCallNotPickled =
    "gets an exception from a pool: what a call was given cannot be pickled (Python: PicklingError)";

}  // namespace

Co<> ProcessExecutor::manage(SimThread& self) {
    for (;;) {
        co_await add_call_items(self);

        // wait_result_broken_or_wakeup: three kinds of things at once.
        co_await library(self, 3 + static_cast<int>(parts_->workers.size()), 2);
        std::vector<Readable*> what{&parts_->results.channel.stream(), &parts_->wakeup.stream()};
        for (auto& worker : parts_->workers) what.push_back(&worker->child);
        co_await wait(self, std::move(what));
        const bool result = parts_->results.channel.readable();
        const bool woken = parts_->wakeup.readable();
        if (!result && !woken) {
            co_await break_up(self);
            co_return;
        }
        Message message;
        if (result) message = co_await parts_->results.channel.recv(self);
        for (;;) {  // clear
            const bool more = co_await parts_->wakeup.poll(self, 0);
            if (!more) break;
            co_await parts_->wakeup.recv_bytes(self);
        }
        if (message.content != nullptr) co_await process_result(self, message);

        co_await library(self, 3, 2);  // is_shutting_down
        if (!parts_->shut_down) continue;
        co_await add_call_items(self);
        if (!parts_->pending.empty()) continue;
        co_await end_workers(self);
        co_return;
    }
}

std::vector<ProcessExecutor::Member*> ProcessExecutor::members() const {
    std::vector<Member*> all;
    for (const auto& worker : parts_->workers) all.push_back(worker.get());
    return all;
}

// add_call_item_to_queue: as many as the queue of calls takes.
Co<> ProcessExecutor::add_call_items(SimThread& self) {
    for (;;) {
        co_await library(self, 2, 1);  // full()
        if (parts_->calls.full()) co_return;
        co_await library(self, 5, 5);  // _work_ids.get(block=False)
        if (parts_->ids.empty()) co_return;
        const std::int64_t id = parts_->ids.front();
        parts_->ids.pop_front();
        const Work& work = parts_->pending.at(id);
        co_await library(self, 4, 4);  // set_running_or_notify_cancel, _CallItem
        auto item = std::make_shared<CallItem>();
        item->id = id;
        item->calls = work.calls;
        item->call = work.call;
        item->call.given = nullptr;
        const bool chunk = work.calls > 1;
        Message message{.parcel = {.payload = work.call.arguments,
                                   .times = work.calls,
                                   .objects = 8 + (chunk ? 2 * work.calls : 1),
                                   .references = chunk ? 3 : 1,  // the function; with partial and _process_chunk
                                   .instances = 1}};
        message.content = std::move(item);
        co_await parts_->calls.put_message(self, std::move(message), kNever);
    }
}

Co<> ProcessExecutor::process_result(SimThread& self, const Message& message) {
    const auto& result = static_cast<const ResultItem&>(*message.content);
    co_await library(self, 2, 3);
    const auto found = parts_->pending.find(result.id);
    if (found != parts_->pending.end()) {
        const auto future = found->second.future;
        parts_->pending.erase(found);
        co_await future->set(self, result.failure);
    }
    co_await library(self, 2, 2);
    if (result.leaving < 0) {
        if (scenario::at_least(interpreter(), 3, 9)) co_await parts_->idle.release(self, 1);
        co_return;
    }
    auto& workers = parts_->workers;
    const auto gone = std::find_if(workers.begin(), workers.end(),
                                   [&](const auto& worker) { return worker->child.process().id == result.leaving; });
    if (gone != workers.end()) {
        // Off the list first: who submits meanwhile may add to it.
        parts_->former.push_back(std::move(*gone));
        workers.erase(gone);
        Member& former = *parts_->former.back();
        co_await former.child.join(world_, self);
    }
    if (parts_->pending.empty() && parts_->shut_down) co_return;
    co_await parts_->shutdown_lock.acquire(self, kNever);
    co_await adjust_process_count(self);
    co_await parts_->shutdown_lock.release(self);
}

// _SafeQueue._on_queue_feeder_error, by the feeder thread.
Co<> ProcessExecutor::fail_unpickled(SimThread& feeder, const Message& message) {
    const auto& item = static_cast<const CallItem&>(*message.content);
    co_await library(feeder, 6, 6);  // the traceback is formatted
    const auto found = parts_->pending.find(item.id);
    if (found == parts_->pending.end()) co_return;
    const auto future = found->second.future;
    parts_->pending.erase(found);
    co_await parts_->shutdown_lock.acquire(feeder, kNever);
    co_await wake_up(feeder);
    co_await parts_->shutdown_lock.release(feeder);
    std::string failure = kCallNotPickled;
    co_await future->set(feeder, std::move(failure));
}

// terminate_broken: a worker has died, and nobody knows what it held.
Co<> ProcessExecutor::break_up(SimThread& self) {
    co_await parts_->shutdown_lock.acquire(self, kNever);
    parts_->broken = true;
    parts_->shut_down = true;
    auto pending = std::move(parts_->pending);
    parts_->pending.clear();
    for (auto& entry : pending) {
        std::string failure = kBroken;
        co_await entry.second.future->set(self, std::move(failure));
    }
    const auto workers = members();
    for (Member* worker : workers) co_await worker->child.terminate(world_, self);
    for (Member* worker : workers) co_await worker->child.join(world_, self);
    co_await parts_->shutdown_lock.release(self);
}

// join_executor_internals: a None for each worker.
Co<> ProcessExecutor::end_workers(SimThread& self) {
    for (std::size_t i = 0; i < parts_->workers.size(); ++i) {
        Message none;
        co_await parts_->calls.put_message(self, std::move(none), kNever);
    }
    co_await parts_->calls.close(self);
    for (Member* worker : members()) co_await worker->child.join(world_, self);
}

}  // namespace gilsim::multiprocessing
