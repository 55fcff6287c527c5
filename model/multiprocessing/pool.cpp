#include "model/multiprocessing/pool.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/machine/sleep.hpp"
#include "model/multiprocessing/job.hpp"
#include "model/multiprocessing/without_gil.hpp"
#include "model/scenario/version.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::StartMethod;
using threading::library;
using workload::Call;
using workload::CallPool;

namespace {

enum class PoolState : std::uint8_t { run, close, terminate };

/// A task, as a worker is sent it.
struct Task final : Content {
    std::shared_ptr<Job> job;
    std::int64_t index = 0;
    std::int64_t calls = 1;
    Call call;
};

/// Its result, as the parent is sent it.
struct Result final : Content {
    std::shared_ptr<Job> job;
    std::int64_t index = 0;
    std::int64_t calls = 1;
    std::string failure;
};

constexpr const char* kNotPickled =
    "gets an exception from a pool: what a call was given cannot be pickled (Python: TypeError)";
constexpr const char* kResultNotPickled =
    "gets an exception from a pool: what a call returned cannot be pickled (Python: MaybeEncodingError)";

/// Since 3.8 the worker handler waits for changes; before, it looked every 0.1 s.
bool notified(const scenario::InterpreterSpec& interpreter) {
    return scenario::at_least(interpreter, 3, 8);
}
constexpr Nanoseconds kLook = 100 * kMillisecond;

/// The kernel's part of a waitpid that does not wait: the GIL is released around it all the same.
Co<> waitpid(machine::Thread& thread) {
    co_await thread.kernel(thread.machine().costs().syscall);
    co_await thread.user_mode();
}

Co<> put_none(World& world, SimThread& thread, SharedQueue& queue) {
    Message none;
    co_await simple_put(world, thread, queue, std::move(none));
}

}  // namespace

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
    std::vector<std::unique_ptr<Worker>> workers;
    std::vector<std::unique_ptr<Worker>> former;  ///< ended and replaced
    std::vector<std::unique_ptr<workload::Gathering>> helpers;
    std::int64_t jobs = 0;  ///< in the cache: without all their results
    std::int64_t next_job = 0;
    PoolState state = PoolState::run;
};

Pool::Pool(World& world, workload::Process& process, const scenario::ObjectSpec& spec, int trace_id)
    : CallPool(spec.name, trace_id), world_(world), process_(process), spec_(spec) {}

Pool::~Pool() = default;

// --- the parent's side: made at its first use
// ---------------------------------------------------------------------------------

Co<> Pool::start(SimThread& thread) {
    if (parts_ != nullptr) co_return;
    parts_ = std::make_unique<Parts>(world_, name(), trace_id(), process_.id, interpreter());
    co_await library(thread, 30, 30);  // Pool.__init__: three SimpleQueues with their pipes and semaphores
    co_await repopulate(thread);
    co_await start_helper(thread, "worker-handler", &Pool::handle_workers);
    co_await start_helper(thread, "task-handler", &Pool::handle_tasks);
    co_await start_helper(thread, "result-handler", &Pool::handle_results);
}

Co<> Pool::start_helper(SimThread& thread, const char* what, Co<> (Pool::*body)(SimThread&)) {
    parts_->helpers.push_back(std::make_unique<workload::Gathering>());
    workload::Gathering& gathering = *parts_->helpers.back();
    gathering.name = fmt::format("{}.{}", name(), what);
    co_await world_.start_worker(
        thread, gathering.name,
        [this, body](SimThread& self) { workload::Executor(world_, self).perform((this->*body)(self)); }, gathering);
}

Co<> Pool::repopulate(SimThread& thread) {
    const std::int64_t most = spec_.workers > 0 ? spec_.workers : world_.variant.machine.cores;
    while (static_cast<std::int64_t>(parts_->workers.size()) < most) {
        parts_->workers.push_back(std::make_unique<Worker>());
        Worker& worker = *parts_->workers.back();
        const auto method =
            spec_.start_method >= 0 ? static_cast<StartMethod>(spec_.start_method) : interpreter().start_method;
        co_await library(thread, 4, 2);
        Launch launch{.name = fmt::format("{}-{}", name(), ++started_),
                      .method = method,
                      .body = [this, &worker](SimThread& self) { work(self, worker.finished); }};
        co_await worker.child.start(world_, thread, std::move(launch));
    }
}

void Pool::check_running(const char* what) const {
    if (parts_ != nullptr && parts_->state != PoolState::run)
        throw workload::ProgramError(
            fmt::format("{} pool '{}' after its shutdown (Python: ValueError: Pool not running)", what, name()),
            "do it before 'shutdown'");
}

Co<> Pool::enqueue(SimThread& thread, Batch batch) {
    if (batch.job != nullptr) ++parts_->jobs;
    parts_->batches.push_back(std::move(batch));
    co_await parts_->task_queue.put(thread, {}, kNever);
}

Co<std::shared_ptr<workload::Pending>> Pool::submit(SimThread& thread, Call call) {
    check_running("submits to");
    co_await start(thread);
    co_await library(thread, 5, 3);  // apply_async, ApplyResult, Event
    std::shared_ptr<Job> job = std::make_shared<WholeJob>(*this, parts_->next_job++, name(), interpreter(), 1);
    Batch batch{call, job, 1, 1, false};
    co_await enqueue(thread, std::move(batch));
    co_return job;
}

Co<workload::Pendings> Pool::map(SimThread& thread, Call call, std::int64_t times, std::int64_t chunk,
                                 scenario::Map::How how) {
    using How = scenario::Map::How;
    check_running("maps over");
    co_await start(thread);
    co_await library(thread, 6, 4);
    if (chunk < 0) {
        const auto shares = static_cast<std::int64_t>(parts_->workers.size()) * 4;
        chunk = how == How::map ? (times + shares - 1) / shares : 1;
    }
    const std::int64_t tasks = (times + chunk - 1) / chunk;
    std::shared_ptr<Job> job;
    if (how == How::map)
        job = std::make_shared<WholeJob>(*this, parts_->next_job++, name(), interpreter(), tasks);
    else
        job = std::make_shared<IteratedJob>(*this, parts_->next_job++, name(), interpreter(), tasks, how == How::imap);
    Batch batch{call, job, times, chunk, how == How::map || chunk > 1};
    co_await enqueue(thread, std::move(batch));
    workload::Pendings all{job};
    co_return all;
}

Co<> Pool::forget(SimThread& thread, std::int64_t /*job*/) {
    co_await library(thread, 1, 1);
    if (--parts_->jobs == 0 && notified(interpreter())) co_await put_none(world_, thread, parts_->changes);
}

Co<> Pool::shutdown(SimThread& thread) {
    if (parts_ == nullptr) co_return;
    co_await library(thread, 4, 2);
    if (parts_->state == PoolState::run) {
        parts_->state = PoolState::close;
        co_await put_none(world_, thread, parts_->changes);
    }
    for (auto& helper : parts_->helpers) co_await world_.join(thread, *helper);
    for (auto& worker : parts_->workers) co_await worker->child.join(world_, thread);
    parts_->workers.clear();
}

Co<> Pool::at_exit(SimThread& last) {
    if (parts_ == nullptr) co_return;
    parts_->state = PoolState::terminate;
    for (auto& worker : parts_->workers) co_await worker->child.terminate(world_, last);
}

// --- the worker handler
// -------------------------------------------------------------------------------------------------------

Co<> Pool::handle_workers(SimThread& self) {
    while (parts_->state == PoolState::run || (parts_->jobs > 0 && parts_->state != PoolState::terminate)) {
        co_await maintain(self);
        co_await wait_for_updates(self);
    }
    Batch sentinel;
    co_await enqueue(self, std::move(sentinel));
}

// _join_exited_workers and _repopulate_pool: each worker is asked for its exit code (waitpid).
Co<> Pool::maintain(SimThread& self) {
    auto& workers = parts_->workers;
    bool cleaned = false;
    for (std::size_t i = workers.size(); i-- > 0;) {
        co_await library(self, 3, 2);
        co_await without_gil(self, waitpid(self.os));
        if (!workers[i]->child.readable()) continue;
        cleaned = true;
        if (!workers[i]->finished) ++deaths_;
        co_await workers[i]->child.join(world_, self);
        parts_->former.push_back(std::move(workers[i]));
        workers.erase(workers.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (cleaned) co_await repopulate(self);
}

Co<> Pool::wait_for_updates(SimThread& self) {
    const bool by_messages = notified(interpreter());
    std::vector<Readable*> sentinels;
    if (by_messages) sentinels.push_back(&parts_->results.channel.stream());
    sentinels.push_back(&parts_->changes.channel.stream());
    for (auto& worker : parts_->workers) sentinels.push_back(&worker->child);
    if (by_messages) {
        co_await library(self, 2 + static_cast<int>(parts_->workers.size()), 1);
        // While a result waits for the result handler, which waits for the GIL, this loop does not sleep: it spins, and gives the
        // GIL away for as long as its system calls take. It must not do so in no time at all.
        if (interpreter().library_call == 0) co_await self.os.run(kMicrosecond);
        co_await wait(self, sentinels);
    } else {
        // time.sleep(0.1) again and again: while it runs, only a turn that finds something to do is played.
        const Nanoseconds since = world_.engine.now();
        if (parts_->state == PoolState::run) co_await without_gil(self, poll(self.os, sentinels));
        const Nanoseconds turns = (world_.engine.now() - since) / kLook + 1;
        co_await without_gil(self, machine::sleep_until(self.os, since + turns * kLook));
    }
    for (;;) {
        if (by_messages) {
            const bool more = co_await parts_->changes.channel.poll(self, 0);
            if (!more) co_return;
        } else if (!parts_->changes.channel.readable()) {
            co_return;
        }
        co_await simple_get(world_, self, parts_->changes);
    }
}

// --- the task handler
// ---------------------------------------------------------------------------------------------------------

Co<> Pool::handle_tasks(SimThread& self) {
    for (;;) {
        co_await parts_->task_queue.get(self, kNever);
        const Batch batch = std::move(parts_->batches.front());
        parts_->batches.pop_front();
        if (batch.job == nullptr) break;
        co_await send_tasks(self, batch);
    }
    co_await put_none(world_, self, parts_->results);
    const std::size_t workers = parts_->workers.size();
    for (std::size_t i = 0; i < workers; ++i) {
        Message none;
        co_await parts_->tasks.channel.send(self, std::move(none));
    }
}

Co<> Pool::send_tasks(SimThread& self, const Batch& batch) {
    std::int64_t index = 0;
    for (std::int64_t done = 0; done < batch.times; done += batch.chunk, ++index) {
        if (parts_->state == PoolState::terminate) co_return;
        const std::int64_t calls = std::min(batch.chunk, batch.times - done);
        co_await library(self, batch.mapped ? 2 : 1, 3);  // the generators that make a task
        Parcel parcel{.payload = batch.call.arguments,
                      .times = calls,
                      .objects = 6 + (batch.mapped ? calls + 1 : 0),
                      .references = batch.mapped ? 2 : 1};
        if (unpicklable(parcel)) {
            co_await library(self, 2, 2);
            const std::string failure = kNotPickled;
            co_await batch.job->set(self, index, calls, failure);
            continue;
        }
        auto task = std::make_shared<Task>();
        task->job = batch.job;
        task->index = index;
        task->calls = calls;
        task->call = batch.call;
        Message message{.parcel = parcel};
        message.content = std::move(task);
        co_await parts_->tasks.channel.send(self, std::move(message));
    }
    co_await batch.job->all_sent(self);
}

// --- the result handler
// -------------------------------------------------------------------------------------------------------

Co<> Pool::handle_results(SimThread& self) {
    for (;;) {
        const Message message = co_await parts_->results.channel.recv(self);
        if (message.content == nullptr) break;
        co_await receive_result(self, message);
    }
    while (parts_->jobs > 0 && parts_->state != PoolState::terminate) {
        const Message message = co_await parts_->results.channel.recv(self);
        if (message.content != nullptr) co_await receive_result(self, message);
    }
}

Co<> Pool::receive_result(SimThread& self, const Message& message) {
    const auto& result = static_cast<const Result&>(*message.content);
    co_await library(self, 1, 2);
    co_await result.job->set(self, result.index, result.calls, result.failure);
}

// --- a worker
// -------------------------------------------------------------------------------------------------------------------

void Pool::work(SimThread& worker, bool& finished) {
    workload::Executor executor(world_, worker);
    const std::int64_t most = spec_.tasks_per_child;
    for (std::int64_t completed = 0; most < 0 || completed < most; ++completed) {
        std::shared_ptr<const Content> content;
        executor.perform([](Pool& pool, SimThread& self, std::shared_ptr<const Content>& out) -> Co<> {
            const Message message = co_await simple_get(pool.world_, self, pool.parts_->tasks);
            out = message.content;
            co_await library(self, 1, 1);
        }(*this, worker, content));
        if (content == nullptr) break;
        const auto& task = static_cast<const Task&>(*content);
        for (std::int64_t i = 0; i < task.calls; ++i) {
            executor.perform(library(worker, 1, 1));  // the function itself
            executor.run(*task.call.body);
        }
        executor.perform([](Pool& pool, SimThread& self, const Task& done) -> Co<> {
            Parcel parcel{.payload = done.call.result, .times = done.calls, .objects = 5 + done.calls};
            auto result = std::make_shared<Result>();
            result->job = done.job;
            result->index = done.index;
            result->calls = done.calls;
            if (unpicklable(parcel)) {
                result->failure = kResultNotPickled;
                co_await library(self, 3, 3);  // MaybeEncodingError
                parcel = {.objects = 6, .references = 1, .instances = 1};
            }
            Message message{.parcel = parcel};
            message.content = std::move(result);
            co_await simple_put(pool.world_, self, pool.parts_->results, std::move(message));
        }(*this, worker, task));
    }
    finished = true;
}

}  // namespace gilsim::multiprocessing
