#include "model/multiprocessing/process_executor.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/version.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::StartMethod;
using threading::library;
using workload::Call;
using workload::CallPool;
using workload::Future;

namespace {

constexpr std::int64_t kExtraQueuedCalls = 1;  // EXTRA_QUEUED_CALLS

/// _CallItem, as a worker is sent it.
struct CallItem final : Content {
    std::int64_t id = 0;
    std::int64_t calls = 1;
    Call call;
};

/// _ResultItem, as the parent is sent it.
struct ResultItem final : Content {
    std::int64_t id = 0;
    std::string failure;
    int leaving = -1;  ///< process that ends after it (exit_pid); -1: none
};

constexpr const char* kNotPickled =
    "gets an exception from a pool: what a call was given cannot be pickled (Python: PicklingError)";
constexpr const char* kResultNotPickled =
    "gets an exception from a pool: what a call returned cannot be pickled (Python: PicklingError)";
constexpr const char* kBroken =
    "gets an exception from a pool, of whose processes one was terminated abruptly (Python: BrokenProcessPool)";

}  // namespace

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
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::unique_ptr<Worker>> former;
    std::int64_t started = 0;
    std::unique_ptr<workload::Gathering> manager;  ///< null: not started
    bool shut_down = false;
    bool broken = false;
};

ProcessExecutor::ProcessExecutor(World& world, workload::Process& process, const scenario::ObjectSpec& spec,
                                 int trace_id)
    : CallPool(spec.name, trace_id), world_(world), process_(process), spec_(spec) {}

ProcessExecutor::~ProcessExecutor() = default;

std::int64_t ProcessExecutor::most() const {
    return spec_.workers > 0 ? spec_.workers : world_.variant.machine.cores;
}

StartMethod ProcessExecutor::method() const {
    if (spec_.start_method >= 0) return static_cast<StartMethod>(spec_.start_method);
    return spec_.tasks_per_child > 0 ? StartMethod::spawn : interpreter().start_method;
}

// --- the caller
// -----------------------------------------------------------------------------------------------------------------

Co<std::shared_ptr<workload::Pending>> ProcessExecutor::submit(SimThread& thread, Call call) {
    return submit(thread, call, 1);
}

Co<std::shared_ptr<workload::Pending>> ProcessExecutor::submit(SimThread& thread, Call call, std::int64_t calls) {
    if (parts_ == nullptr) {
        parts_ = std::make_unique<Parts>(world_, process_, name(), trace_id(), most());
        parts_->calls.on_error = [this](SimThread& feeder, const Message& message) {
            return fail_unpickled(feeder, message);
        };
        co_await library(thread, 30, 30);  // the executor itself: three pipes, semaphores
    }
    if (parts_->broken) throw workload::CallFailed(kBroken, "give 'else', which catches the exception");
    if (parts_->shut_down)
        throw workload::ProgramError(
            fmt::format("submits to pool '{}' after its shutdown (Python: RuntimeError: cannot schedule new futures)",
                        name()),
            "submit before 'shutdown'");
    co_await library(thread, 1, 0);
    co_await parts_->shutdown_lock.acquire(thread, kNever);
    co_await library(thread, 4, 2);  // Future, Condition, RLock, _WorkItem
    auto future = std::make_shared<Future>(interpreter());
    const std::int64_t id = parts_->next_id++;
    parts_->pending.emplace(id, Work{call, calls, future});
    co_await library(thread, 4, 4);  // _work_ids.put: a queue.Queue that nobody waits for
    parts_->ids.push_back(id);
    co_await wake_up(thread);
    // Since 3.9 on demand; since 3.11.1 forked workers are all started at once, before there are threads.
    const bool at_once = method() == StartMethod::fork && scenario::at_least(interpreter(), 3, 11);
    const bool on_demand = scenario::at_least(interpreter(), 3, 9) && !at_once;
    if (on_demand) co_await adjust_process_count(thread);
    if (parts_->manager == nullptr) {
        for (std::int64_t i = on_demand ? most() : 0; i < most(); ++i) co_await spawn(thread);
        co_await start_manager(thread);
    }
    co_await parts_->shutdown_lock.release(thread);
    std::shared_ptr<workload::Pending> pending = std::move(future);
    co_return pending;
}

Co<workload::Pendings> ProcessExecutor::map(SimThread& thread, Call call, std::int64_t times, std::int64_t chunk,
                                            scenario::Map::How /*how*/) {
    workload::Pendings all;
    const std::int64_t each = std::max<std::int64_t>(chunk, 1);
    for (std::int64_t done = 0; done < times; done += each) {
        co_await library(thread, 1, 2);
        auto one = co_await submit(thread, call, std::min(each, times - done));
        all.push_back(std::move(one));
    }
    co_return all;
}

Co<> ProcessExecutor::wake_up(SimThread& thread) {
    co_await library(thread, 1, 0);
    Message nothing;
    co_await parts_->wakeup.send_bytes(thread, std::move(nothing));
}

Co<> ProcessExecutor::adjust_process_count(SimThread& thread) {
    co_await library(thread, 1, 0);
    const bool somebody_idle = co_await parts_->idle.acquire(thread, 0);
    if (somebody_idle || static_cast<std::int64_t>(parts_->workers.size()) >= most()) co_return;
    co_await spawn(thread);
}

Co<> ProcessExecutor::spawn(SimThread& thread) {
    parts_->workers.push_back(std::make_unique<Worker>());
    Worker& worker = *parts_->workers.back();
    co_await library(thread, 4, 2);
    Launch launch{.name = fmt::format("{}-{}", name(), ++parts_->started),
                  .method = method(),
                  .body = [this, &worker](SimThread& self) { work(self, worker); }};
    co_await worker.child.start(world_, thread, std::move(launch));
}

Co<> ProcessExecutor::start_manager(SimThread& thread) {
    parts_->manager = std::make_unique<workload::Gathering>();
    parts_->manager->name = name() + ".manager";
    co_await world_.start_worker(
        thread, parts_->manager->name,
        [this](SimThread& self) { workload::Executor(world_, self).perform(manage(self)); }, *parts_->manager);
}

Co<> ProcessExecutor::shutdown(SimThread& thread) {
    if (parts_ == nullptr || parts_->manager == nullptr) co_return;
    co_await library(thread, 1, 0);
    co_await parts_->shutdown_lock.acquire(thread, kNever);
    const bool first = !parts_->shut_down;
    parts_->shut_down = true;
    if (first) co_await wake_up(thread);
    co_await parts_->shutdown_lock.release(thread);
    co_await world_.join(thread, *parts_->manager);
}

// --- the manager thread (_ExecutorManagerThread)
// -----------------------------------------------------------------------------------

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
    if (gone == workers.end()) co_return;
    co_await (*gone)->child.join(world_, self);
    parts_->former.push_back(std::move(*gone));
    workers.erase(gone);
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
    std::string failure = kNotPickled;
    co_await future->set(feeder, std::move(failure));
}

// terminate_broken: a worker has died, and nobody knows what it held.
Co<> ProcessExecutor::break_up(SimThread& self) {
    parts_->broken = true;
    parts_->shut_down = true;
    auto pending = std::move(parts_->pending);
    parts_->pending.clear();
    for (auto& entry : pending) {
        std::string failure = kBroken;
        co_await entry.second.future->set(self, std::move(failure));
    }
    for (auto& worker : parts_->workers) co_await worker->child.terminate(world_, self);
    for (auto& worker : parts_->workers) co_await worker->child.join(world_, self);
}

// join_executor_internals: a None for each worker.
Co<> ProcessExecutor::end_workers(SimThread& self) {
    for (std::size_t i = 0; i < parts_->workers.size(); ++i) {
        Message none;
        co_await parts_->calls.put_message(self, std::move(none), kNever);
    }
    co_await parts_->calls.close(self);
    for (auto& worker : parts_->workers) co_await worker->child.join(world_, self);
}

// --- a worker (_process_worker)
// ---------------------------------------------------------------------------------------------------

void ProcessExecutor::work(SimThread& worker, Worker& own) {
    workload::Executor executor(world_, worker);
    // The queue of calls, as this process has it.
    ProcessQueue calls(world_, worker.process, name() + ".calls", -1, parts_->calls_shared);
    for (std::int64_t done = 1;; ++done) {
        std::shared_ptr<const Content> content;
        executor.perform([](ProcessQueue& from, SimThread& self, std::shared_ptr<const Content>& out) -> Co<> {
            const auto message = co_await from.get_message(self, kNever);
            out = message->content;
            co_await library(self, 1, 1);
        }(calls, worker, content));
        if (content == nullptr) break;
        const auto& item = static_cast<const CallItem&>(*content);
        own.leaving = done == spec_.tasks_per_child;
        for (std::int64_t i = 0; i < item.calls; ++i) {
            executor.perform(library(worker, 1, 1));  // the function itself
            executor.run(*item.call.body);
        }
        executor.perform([](ProcessExecutor& pool, SimThread& self, const CallItem& call, bool leaving) -> Co<> {
            Parcel parcel{.payload = call.call.result, .times = call.calls, .objects = 8 + call.calls, .instances = 1};
            auto result = std::make_shared<ResultItem>();
            result->id = call.id;
            if (leaving) result->leaving = self.process.id;
            if (unpicklable(parcel)) {
                result->failure = kResultNotPickled;
                co_await library(self, 6, 6);  // _ExceptionWithTraceback
                parcel = {.objects = 10, .references = 3, .instances = 2};
            }
            Message message{.parcel = parcel};
            message.content = std::move(result);
            co_await simple_put(pool.world_, self, pool.parts_->results, std::move(message));
        }(*this, worker, item, own.leaving));
        if (own.leaving) return;
    }
    own.leaving = true;
}

}  // namespace gilsim::multiprocessing
