#pragma once
/// A worker process of a pool or of an executor: what both kinds do alike.

#include "model/multiprocessing/channel.hpp"
#include "model/workload/call_pool.hpp"
#include "model/workload/executor.hpp"

namespace gilsim::multiprocessing {

/// What is sent back if a result cannot be pickled: an exception, and what it takes to make it.
struct NotPickled {
    const char* failure;
    int library;  ///< calls of Python functions, and as many of C functions
    Parcel parcel;
};

class Worker {
public:
    Worker(World& world, SimThread& thread, const scenario::ObjectSpec& pool)
        : world_(world), thread_(thread), executor_(world, thread), pool_(pool) {}
    /// The pool's initializer.
    void initialize();
    /// Waits for a message; null: there are no more tasks.
    template <class Receive>
    std::shared_ptr<const Content> task(Receive receive);
    /// Does a call so many times.
    void execute(const workload::Call& call, std::int64_t times);
    /// Sends back `result`, whose member `failure` says what has gone wrong, by way of `send`.
    template <class Result, class Send>
    void answer(std::shared_ptr<Result> result, Parcel parcel, const NotPickled& otherwise, Send send);

private:
    World& world_;
    SimThread& thread_;
    workload::Executor executor_;
    const scenario::ObjectSpec& pool_;
    std::shared_ptr<Buffer> given_ = nullptr;  ///< the arguments of its last task
};

template <class Receive>
std::shared_ptr<const Content> Worker::task(Receive receive) {
    std::shared_ptr<const Content> content;
    given_ = nullptr;
    executor_.perform(
        [](SimThread& self, Receive next, std::shared_ptr<const Content>& out, std::shared_ptr<Buffer>& given) -> Co<> {
            const Message message = co_await next();
            out = message.content;
            given = message.memory;
            co_await threading::library(self, 1, 1);
        }(thread_, receive, content, given_));
    return content;
}

template <class Result, class Send>
void Worker::answer(std::shared_ptr<Result> result, Parcel parcel, const NotPickled& otherwise, Send send) {
    executor_.perform(
        [](SimThread& self, std::shared_ptr<Result> what, Parcel whole, NotPickled instead, Send put) -> Co<> {
            if (unpicklable(whole)) {
                what->failure = instead.failure;
                co_await threading::library(self, instead.library, instead.library);
                whole = instead.parcel;
            }
            std::shared_ptr<void> made;
            if (whole.payload != nullptr) made = co_await make(self, *whole.payload, whole.times);
            Message message{.parcel = whole};
            message.content = std::move(what);
            co_await put(std::move(message));
        }(thread_, std::move(result), parcel, otherwise, send));
}

}  // namespace gilsim::multiprocessing
