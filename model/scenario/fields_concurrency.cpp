/// Operations on pools, sockets and event loops.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/op_row.hpp"

namespace gilsim::scenario {
namespace {

KindPtr<int> pool_name() {
    using K = ObjectSpec::Kind;
    return object_of({K::thread_pool, K::interpreter_pool}, "a thread_pool or interpreter_pool");
}
template <class T>
Field arguments_field() {
    return field<T>(
               "arguments", [](T& op) -> Bytes& { return op.payload.arguments; }, size(),
               "what a call takes into another interpreter; threads of one interpreter share their objects")
        .absent("0");
}
template <class T>
Field result_field() {
    return field<T>(
               "result", [](T& op) -> Bytes& { return op.payload.result; }, size(), "what it brings back from there")
        .absent("0");
}

const Structure& submit_fields() {
    using T = Submit;
    static const Structure structure{
        "submit",
        "Has a pool do something, and goes on; `results` waits for it.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required(),
         field<T>("times", &T::times, count(1, 1'000'000'000), "how many calls").absent("1"),
         arguments_field<T>(), result_field<T>(),
         field<T>("do", &T::body, program(), "one call").required()},
        ""};
    return structure;
}

const Structure& results_fields() {
    using T = Results;
    static const Structure structure{
        "results",
        "Waits for the results of all calls that this thread has submitted to a pool, in order.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required()},
        "pool"};
    return structure;
}

const Structure& map_fields() {
    using T = Map;
    static const Structure structure{
        "map",
        "Has a pool do something several times, and waits for the results in order.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required(),
         field<T>("times", &T::times, count(1, 1'000'000'000), "how many calls").absent("1"),
         arguments_field<T>(), result_field<T>(),
         field<T>("do", &T::body, program(), "one call").required()},
        ""};
    return structure;
}

const Structure& shutdown_fields() {
    using T = Shutdown;
    static const Structure structure{
        "shutdown",
        "Ends a pool: waits until its threads have done what was submitted and have ended.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required()},
        "pool"};
    return structure;
}

const Structure& serve_fields() {
    using T = Serve;
    static const Structure structure{
        "serve",
        "Accepts connections of a socket, one after the other, and answers their requests until the clients are done; in "
        "an event loop: all at once, a task for each.",
        {field<T>("socket", &T::socket, name_of(Naming::socket), "which socket").required(),
         field<T>("do", &T::body, program(), "what a request takes, from its receipt to the reply").required()},
        ""};
    return structure;
}

const Structure& asyncio_fields() {
    using T = Asyncio;
    static const Structure structure{
        "asyncio",
        "asyncio.run: the thread runs an event loop until the body and all tasks it has created have ended. In it, `sleep`, "
        "`io` and `serve` let other tasks run.",
        {field<T>("do", &T::body, program(), "the main coroutine").required()},
        "do"};
    return structure;
}

const Structure& create_task_fields() {
    using T = CreateTask;
    static const Structure structure{
        "task",
        "asyncio.create_task: a coroutine that the event loop runs beside the others. Only inside `asyncio`.",
        {field<T>("count", &T::count, count(0, 1'000'000), "how many").absent("1"),
         field<T>("do", &T::body, program(), "what each of them does").required()},
        ""};
    return structure;
}

const Structure& to_thread_fields() {
    using T = ToThread;
    static const Structure structure{
        "to_thread",
        "await asyncio.to_thread: the event loop's pool of threads does it, meanwhile other tasks run. Only inside "
        "`asyncio`.",
        {field<T>("do", &T::body, program(), "what the thread does").required()},
        "do"};
    return structure;
}

}  // namespace

std::vector<OpRow> concurrency_ops() {
    return {
        op<Submit>(submit_fields),
        op<Results>(results_fields),
        op<Map>(map_fields),
        op<Shutdown>(shutdown_fields),
        op<Serve>(serve_fields),
        op<Asyncio>(asyncio_fields),
        op<CreateTask>(create_task_fields),
        op<ToThread>(to_thread_fields),
    };
}

}  // namespace gilsim::scenario
