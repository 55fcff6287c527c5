#include <algorithm>

#include <fmt/format.h>

#include "model/multiprocessing/process_executor_parts.hpp"
#include "model/scenario/version.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using scenario::StartMethod;
using threading::library;
using workload::Call;
using workload::Future;

namespace {

/// Forked workers are all started at once, before there are threads (gh-90622: 3.9.13, 3.10.5, 3.11.0).
bool forks_before_threads(const scenario::InterpreterSpec& interpreter) {
    if (scenario::at_least(interpreter, 3, 10)) return scenario::at_least(interpreter, 3, 10, 5);
    return scenario::at_least(interpreter, 3, 9, 13);
}

}  // namespace

ProcessExecutor::ProcessExecutor(World& world, workload::Process& process, const scenario::ObjectSpec& spec,
                                 int trace_id)
    : CallPool(spec.name, trace_id), world_(world), process_(process), spec_(spec) {}

ProcessExecutor::~ProcessExecutor() = default;

std::int64_t ProcessExecutor::most() const {
    return spec_.workers > 0 ? spec_.workers : world_.variant.machine.cores;
}

StartMethod ProcessExecutor::method() const {
    const bool replaces = spec_.tasks_per_child > 0;
    return spec_.start_method < 0 && replaces ? StartMethod::spawn : start_method_of(spec_, interpreter());
}

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
    co_await library(thread, 1, 0);
    co_await parts_->shutdown_lock.acquire(thread, kNever);
    if (parts_->shut_down) {
        co_await parts_->shutdown_lock.release(thread);
        if (parts_->broken) throw workload::CallFailed(kBroken, "give 'else', which catches the exception");
        throw workload::ProgramError(
            fmt::format("submits to pool '{}' after its shutdown (Python: RuntimeError: cannot schedule new futures)",
                        name()),
            "submit before 'shutdown'");
    }
    co_await library(thread, 4, 2);  // Future, Condition, RLock, _WorkItem
    auto future = std::make_shared<Future>(interpreter());
    const std::int64_t id = parts_->next_id++;
    parts_->pending.emplace(id, Work{call, calls, future});
    co_await library(thread, 4, 4);  // _work_ids.put: a queue.Queue that nobody waits for
    parts_->ids.push_back(id);
    co_await wake_up(thread);
    // Since 3.9 on demand, if that is safe.
    const bool at_once = method() == StartMethod::fork && forks_before_threads(interpreter());
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

// _spawn_process: it is listed once it has started. One that leaves so soon that the manager may have looked for it
// already is not.
Co<> ProcessExecutor::spawn(SimThread& thread) {
    auto member = std::make_unique<Member>();
    Member& worker = *member;
    co_await library(thread, 4, 2);
    Launch launch{.name = fmt::format("{}-{}", name(), ++parts_->started),
                  .method = method(),
                  .body = [this, &worker](SimThread& self) { work(self, worker.leaving); }};
    co_await worker.child.start(world_, thread, std::move(launch));
    auto& list = worker.leaving ? parts_->former : parts_->workers;
    list.push_back(std::move(member));
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

}  // namespace gilsim::multiprocessing
