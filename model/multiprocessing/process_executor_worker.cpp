/// What an executor's worker process does (Lib/concurrent/futures/process.py, _process_worker).

#include "model/multiprocessing/process_executor_parts.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/world.hpp"

namespace gilsim::multiprocessing {

using threading::library;

namespace {

constexpr const char* kResultNotPickled =
    "gets an exception from a pool: what a call returned cannot be pickled (Python: PicklingError)";

}  // namespace

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
