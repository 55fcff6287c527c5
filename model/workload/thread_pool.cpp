#include "model/workload/thread_pool.hpp"

#include <cmath>

#include <fmt/format.h>

#include "model/scenario/version.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/program_error.hpp"
#include "model/workload/world.hpp"

namespace gilsim::workload {

using engine::Co;
using threading::Calls;
using threading::library;

namespace {

// Calls below, of those of the objects in between, too, where nobody waits (Lib/concurrent/futures: thread.py, _base.py).
constexpr Calls kSubmit{13, 16};
constexpr Calls kSubmitToAnybody{6, 7};
constexpr Calls kRun{10, 6};
constexpr Calls kRunAndLeavePermit{15, 9};

/// Since 3.8 (bpo-24882) a pool knows who is idle.
bool knows_idle(const scenario::InterpreterSpec& interpreter) {
    return scenario::at_least(interpreter, 3, 8);
}
/// Up to 3.11 a permit is left after each call; since 3.12 only when there is no more work.
bool leaves_permits(const scenario::InterpreterSpec& interpreter) {
    return knows_idle(interpreter) && !scenario::at_least(interpreter, 3, 12);
}

// As wholes they take 1.4 and 1.7 times as long as those calls (3.11.2 on an Intel Xeon guest): for profiles that were
// not measured.
constexpr double kWholeSubmit = 1.4;
constexpr double kWholeRun = 1.7;

// The rest of code that is `times` its calls where nobody has `measured` it.
Co<> rest(SimThread& thread, Nanoseconds measured, const Calls& calls, double times,
          machine::CodeSite site = machine::CodeSite::here()) {
    const auto counted = static_cast<double>(threading::time_of(calls, thread.process.interpreter->spec()));
    return threading::rest(thread, measured >= 0 ? measured : std::llround(times * counted), {calls}, site);
}

}  // namespace

Future::Future(const scenario::InterpreterSpec& interpreter)
    : lock_("future", -1, interpreter), condition_("future", -1, lock_, interpreter, this) {}

Co<> Future::result(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    if (!done_) co_await condition_.wait(thread, kNever);
    co_await condition_.release(thread);
    co_await library(thread, 1, 0);  // __get_result
    if (!failure_.empty()) throw CallFailed(failure_, "give 'else', which catches the exception");
}

Co<> Future::set(SimThread& thread, std::string failure) {
    co_await library(thread, 1, 0);
    co_await condition_.acquire(thread, kNever);
    done_ = true;
    failure_ = std::move(failure);
    co_await library(thread, 1, 0);  // notify_all
    co_await condition_.notify_all(thread);
    co_await condition_.release(thread);
    co_await library(thread, 1, 0);  // _invoke_callbacks
    if (callback) co_await callback(thread);
}

ThreadPool::ThreadPool(World& world, Process& process, std::string name, int trace_id, std::int64_t workers,
                       threading::Counter* queued, MakeContext make_context)
    : CallPool(std::move(name), trace_id),
      world_(world),
      process_(process),
      most_(workers),
      make_context_(std::move(make_context)),
      shutdown_lock_("shutdown", -1, process.interpreter->spec()),
      idle_("idle", -1, process.interpreter->spec(), 0, -1, nullptr),
      queue_(Object::name(), trace_id, process.interpreter->spec(), queued),
      workers_(std::make_unique<Gathering>()) {
    workers_->name = Object::name();
}

ThreadPool::~ThreadPool() = default;

Co<std::shared_ptr<Pending>> ThreadPool::submit(SimThread& thread, Call call) {
    std::shared_ptr<Pending> pending = co_await submit_program(thread, call, {});
    co_return pending;
}

Co<Pendings> ThreadPool::map(SimThread& thread, Call call, std::int64_t times, std::int64_t /*chunk*/,
                             scenario::Map::How /*how*/) {
    Pendings all;
    for (std::int64_t i = 0; i < times; ++i) {
        auto one = co_await submit_program(thread, call, {});
        all.push_back(std::move(one));
    }
    co_return all;
}

Co<std::shared_ptr<Future>> ThreadPool::submit_program(SimThread& thread, Call call,
                                                       std::function<Co<>(SimThread&)> callback) {
    co_await library(thread, 1, 2);  // the global shutdown lock is a lock of its own that nobody contends for
    co_await shutdown_lock_.acquire(thread, kNever);
    if (shut_down_) {
        co_await shutdown_lock_.release(thread);
        throw ProgramError(
            fmt::format("submits to pool '{}' after its shutdown (Python: RuntimeError: cannot schedule new futures)", name()),
            "submit before 'shutdown'");
    }
    co_await library(thread, 4, 2);  // Future, Condition, RLock, _WorkItem
    const auto& spec = process_.interpreter->spec();
    co_await rest(thread, spec.future_submit, knows_idle(spec) ? kSubmit : kSubmitToAnybody, kWholeSubmit);
    auto future = std::make_shared<Future>(spec);
    future->callback = std::move(callback);
    work_.push_back({call, future});
    co_await queue_.put(thread, {}, kNever);
    co_await adjust_thread_count(thread);
    co_await shutdown_lock_.release(thread);
    co_return future;
}

// _adjust_thread_count: whoever is idle has left a permit, if that is known.
Co<> ThreadPool::adjust_thread_count(SimThread& thread) {
    co_await library(thread, 1, 0);
    bool somebody_idle = false;
    if (knows_idle(process_.interpreter->spec())) somebody_idle = co_await idle_.poll(thread);
    if (somebody_idle || started_ >= most_) co_return;
    ++started_;
    co_await world_.start_worker(
        thread, fmt::format("{}_{}", name(), started_ - 1), [this](SimThread& worker) { work(worker); }, *workers_);
}

// _worker.
void ThreadPool::work(SimThread& worker) {
    Executor executor(world_, worker);
    const auto context = make_context_(worker);
    context->initialize();
    for (;;) {
        Work work;
        executor.perform([](ThreadPool& pool, SimThread& self, Work& out) -> Co<> {
            const bool more = co_await pool.next(self, out);
            if (more) co_await pool.begin_call(self);
        }(*this, worker, work));
        if (work.call.body == nullptr) return context->finalize();
        context->run(work.call);
        executor.perform(end_call(worker, std::move(work.future)));
    }
}

Co<bool> ThreadPool::next(SimThread& worker, Work& work) {
    std::unique_ptr<threading::Item> item;
    if (scenario::at_least(process_.interpreter->spec(), 3, 12)) {
        item = co_await queue_.get(worker, 0);
        if (item == nullptr) co_await idle_.release(worker, 1);
    }
    if (item == nullptr) item = co_await queue_.get(worker, kNever);
    work = std::move(work_.front());
    work_.pop_front();
    if (work.call.body != nullptr) co_return true;
    work_.push_back({});  // None: passed on to the next worker
    co_await queue_.put(worker, {}, kNever);
    co_return false;
}

// _WorkItem.run, Future.set_running_or_notify_cancel.
Co<> ThreadPool::begin_call(SimThread& worker) {
    const auto& spec = process_.interpreter->spec();
    co_await library(worker, 4, 2);
    co_await rest(worker, spec.future_run, leaves_permits(spec) ? kRunAndLeavePermit : kRun, kWholeRun);
}

Co<> ThreadPool::end_call(SimThread& worker, std::shared_ptr<Future> future) {
    co_await future->set(worker);
    if (leaves_permits(process_.interpreter->spec())) co_await idle_.release(worker, 1);
}

Co<> ThreadPool::shutdown(SimThread& thread) {
    co_await library(thread, 1, 2);
    co_await shutdown_lock_.acquire(thread, kNever);
    const bool first = !shut_down_;
    shut_down_ = true;
    if (first) {
        work_.push_back({});
        co_await queue_.put(thread, {}, kNever);
    }
    co_await shutdown_lock_.release(thread);
    co_await world_.join(thread, *workers_);
}

}  // namespace gilsim::workload
