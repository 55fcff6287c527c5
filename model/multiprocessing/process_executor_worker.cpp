/// What an executor's worker process does (Lib/concurrent/futures/process.py, _process_worker).

#include "model/multiprocessing/process_executor_parts.hpp"
#include "model/multiprocessing/worker.hpp"

namespace gilsim::multiprocessing {

namespace {

const NotPickled kExceptionWithTraceback{
    // as an _ExceptionWithTraceback
    .failure = "gets an exception from a pool: what a call returned cannot be pickled (Python: PicklingError)",
    .library = 6,
    .parcel = {.objects = 10, .references = 3, .instances = 2}};

Co<Message> next_of(ProcessQueue& calls, SimThread& thread) {
    auto message = co_await calls.get_message(thread, kNever);
    co_return std::move(*message);
}

}  // namespace

void ProcessExecutor::work(SimThread& thread, bool& leaving) {
    Worker worker(world_, thread, spec_);
    worker.initialize();
    // The queue of calls, as this process has it.
    ProcessQueue calls(world_, thread.process, name() + ".calls", -1, parts_->calls_shared);
    for (std::int64_t done = 1; !leaving; ++done) {
        const auto content = worker.task([&calls, &thread] { return next_of(calls, thread); });
        if (content == nullptr) break;
        const auto& item = static_cast<const CallItem&>(*content);
        leaving = done == spec_.tasks_per_child;
        worker.execute(item.call, item.calls);
        auto result = std::make_shared<ResultItem>();
        result->id = item.id;
        if (leaving) result->leaving = thread.process.id;
        const Parcel parcel{
            .payload = item.call.result, .times = item.calls, .objects = 8 + item.calls, .instances = 1};
        worker.answer(std::move(result), parcel, kExceptionWithTraceback, [this, &thread](Message message) {
            return simple_put(world_, thread, parts_->results, std::move(message));
        });
    }
    leaving = true;
}

}  // namespace gilsim::multiprocessing
