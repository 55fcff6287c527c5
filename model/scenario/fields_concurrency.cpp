/// Operations on pools, sockets and event loops.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/op_row.hpp"

namespace gilsim::scenario {
namespace {

using K = ObjectSpec::Kind;

KindPtr<int> pool_name() {
    return object_of({K::thread_pool, K::interpreter_pool, K::pool, K::process_pool}, "a pool");
}

/// What a call takes with it, and what it brings back.
template <class T>
std::vector<Field> with_payloads(std::vector<Field> fields) {
    fields.push_back(field<T>("arguments", &T::arguments, payload(),
                              "what each call is given; threads of one interpreter share it, nothing is sent")
                         .absent("nothing"));
    fields.push_back(field<T>("result", &T::result, payload(), "what each call returns; likewise").absent("nothing"));
    return fields;
}

const Structure& submit_fields() {
    using T = Submit;
    static const Structure structure{
        "submit", "Has a pool do something, and goes on; `results` waits for it.",
        with_payloads<T>({field<T>("pool", &T::pool, pool_name(), "which pool").required(),
                          field<T>("times", &T::times, count(1, kMostCalls), "how many calls").absent("1"),
                          field<T>("do", &T::body, program(), "one call").required()}),
        ""};
    return structure;
}

const Structure& results_fields() {
    using T = Results;
    static const Structure structure{
        "results",
        "Waits for the results of all calls that this thread has submitted to a pool, in order.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required(),
         field<T>("else", &T::otherwise, program(),
                  "what is done if a call has raised an exception, instead of failing")
             .absent("the program fails")},
        "pool"};
    return structure;
}

const Structure& map_fields() {
    using T = Map;
    static const Structure structure{
        "map", "Has a pool do something several times, and waits for the results in order.",
        with_payloads<T>({field<T>("pool", &T::pool, pool_name(), "which pool").required(),
                          field<T>("times", &T::times, count(1, kMostCalls), "how many calls").absent("1"),
                          field<T>("chunk", &T::chunk, count(1, kMostCalls), "pools of processes: calls per task")
                              .absent("pool: a quarter of each worker's share (`map`) or 1; process_pool: 1"),
                          field<T>("how", &T::how, choice<Map::How>(), "which method of the pool").absent("map"),
                          field<T>("do", &T::body, program(), "one call").required(),
                          field<T>("else", &T::otherwise, program(),
                                   "what is done if a call has raised an exception, instead of failing")
                              .absent("the program fails")}),
        "", checked<T>(+[](Reader& reader, const Node& node, const T& map) {
            const auto kind = kind_of_object(reader, map.pool);
            if (kind != ObjectSpec::Kind::pool && kind != ObjectSpec::Kind::process_pool &&
                node.find("chunk") != nullptr)
                reader.error(node, "'chunk' is for pools of processes: a thread pool takes call by call");
            if (kind != ObjectSpec::Kind::pool && map.how != Map::How::map)
                reader.error(node, "'how' is for objects of kind 'pool': executors have 'map' alone");
        })};
    return structure;
}

const Structure& shutdown_fields() {
    using T = Shutdown;
    static const Structure structure{
        "shutdown",
        "Ends a pool: waits until its workers have done what was submitted and have ended.",
        {field<T>("pool", &T::pool, pool_name(), "which pool").required()},
        "pool"};
    return structure;
}

const Structure& terminate_fields() {
    using T = Terminate;
    static const Structure structure{
        "terminate",
        "Ends a multiprocessing.Pool at once: its workers are killed, what they were doing is lost.",
        {field<T>("pool", &T::pool, object_of({ObjectSpec::Kind::pool}, "a pool"), "which pool").required()},
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
        op<Terminate>(terminate_fields),
        op<Serve>(serve_fields),
        op<Asyncio>(asyncio_fields),
        op<CreateTask>(create_task_fields),
        op<ToThread>(to_thread_fields),
    };
}

}  // namespace gilsim::scenario
