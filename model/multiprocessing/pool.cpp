#include <fmt/format.h>

#include "model/multiprocessing/pool_parts.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;
using workload::Call;

Pool::Pool(World& world, workload::Process& process, const scenario::ObjectSpec& spec, int trace_id)
    : CallPool(spec.name, trace_id), world_(world), process_(process), spec_(spec) {}

Pool::~Pool() = default;

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
        parts_->workers.push_back(std::make_unique<Member>());
        Member& worker = *parts_->workers.back();
        co_await library(thread, 4, 2);
        Launch launch{.name = fmt::format("{}-{}", name(), ++started_),
                      .method = start_method_of(spec_, interpreter()),
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
    std::shared_ptr<Job> job = std::make_shared<WholeJob>(*this, name(), interpreter(), 1);
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
        job = std::make_shared<WholeJob>(*this, name(), interpreter(), tasks);
    else
        job = std::make_shared<IteratedJob>(*this, name(), interpreter(), tasks, how == How::imap);
    Batch batch{call, job, times, chunk, how == How::map || chunk > 1};
    co_await enqueue(thread, std::move(batch));
    workload::Pendings all{job};
    co_return all;
}

Co<> Pool::forget(SimThread& thread) {
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
    parts_->helpers.clear();
}

// _terminate_pool.
Co<> Pool::terminate(SimThread& thread) {
    if (parts_ == nullptr || parts_->helpers.empty()) co_return;
    co_await library(thread, 4, 2);
    parts_->state = PoolState::terminate;
    co_await put_none(world_, thread, parts_->changes);
    co_await help_task_handler(thread);
    co_await put_none(world_, thread, parts_->results);
    co_await world_.join(thread, *parts_->helpers[kWorkerHandler]);
    for (auto& worker : parts_->workers) co_await worker->child.terminate(world_, thread);
    co_await world_.join(thread, *parts_->helpers[kTaskHandler]);
    co_await world_.join(thread, *parts_->helpers[kResultHandler]);
    for (auto& worker : parts_->workers) co_await worker->child.join(world_, thread);
    parts_->workers.clear();
    parts_->helpers.clear();
}

// _help_stuff_finish: the task handler may wait for room in the pipe.
Co<> Pool::help_task_handler(SimThread& thread) {
    co_await parts_->tasks.reading.acquire(thread);
    while (!parts_->helpers[kTaskHandler]->over()) {
        const bool more = co_await parts_->tasks.channel.poll(thread, 0);
        if (!more) break;
        co_await parts_->tasks.channel.recv(thread);
    }
}

}  // namespace gilsim::multiprocessing
