/// What a pool's worker process does (Lib/multiprocessing/pool.py, worker).

#include "model/multiprocessing/pool_parts.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

constexpr const char* kResultNotPickled =
    "gets an exception from a pool: what a call returned cannot be pickled (Python: MaybeEncodingError)";

}  // namespace

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
