/// What a pool's worker process does (Lib/multiprocessing/pool.py, worker).

#include "model/multiprocessing/pool_parts.hpp"
#include "model/multiprocessing/worker.hpp"

namespace gilsim::multiprocessing {

namespace {

const NotPickled kMaybeEncodingError{
    .failure = "gets an exception from a pool: what a call returned cannot be pickled (Python: MaybeEncodingError)",
    .library = 3,
    .parcel = {.objects = 6, .references = 1, .instances = 1}};

}  // namespace

void Pool::work(SimThread& thread, bool& finished) {
    Worker worker(world_, thread, spec_);
    worker.initialize();
    const std::int64_t most = spec_.tasks_per_child;
    for (std::int64_t completed = 0; most < 0 || completed < most; ++completed) {
        const auto content = worker.task([this, &thread] { return simple_get(world_, thread, parts_->tasks); });
        if (content == nullptr) break;
        const auto& task = static_cast<const Task&>(*content);
        worker.execute(task.call, task.calls);
        auto result = std::make_shared<Result>();
        result->job = task.job;
        result->index = task.index;
        result->calls = task.calls;
        const Parcel parcel{.payload = task.call.result, .times = task.calls, .objects = 5 + task.calls};
        worker.answer(std::move(result), parcel, kMaybeEncodingError, [this, &thread](Message message) {
            return simple_put(world_, thread, parts_->results, std::move(message));
        });
    }
    finished = true;
}

}  // namespace gilsim::multiprocessing
