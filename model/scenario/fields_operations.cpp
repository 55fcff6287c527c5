/// Operations: what programs consist of.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::int64_t kMostTurns = 1'000'000'000'000;
constexpr std::int64_t kMostObjects = 1'000'000'000;

template <class T>
Field label_field() {
    return field<T>("label", &T::label, text(), "what the trace calls it").absent("the operation's own word");
}

const Structure& compute_fields() {
    using T = Compute;
    static const Structure structure{
        "compute",
        "Python bytecode: needs a core and the GIL, and gives the GIL up at a check point when another thread asks for "
        "it.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(),
         field<T>("checkpoint_every", &T::checkpoint_every, duration(1), "bytecode time between two check points")
             .absent("the interpreter's"),
         label_field<T>()},
        "work"};
    return structure;
}

const Structure& native_fields() {
    using T = Native;
    static const Structure structure{
        "native",
        "C code called from Python: needs a core, has no check points.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(),
         field<T>("gil", &T::releases_gil,
                  either("hold", "others wait until it is done", "release", "other threads can run Python meanwhile"),
                  "what happens to the GIL meanwhile"),
         label_field<T>()},
        "work"};
    return structure;
}

const Structure& sleep_fields() {
    using T = Sleep;
    static const Structure structure{"sleep",
                                     "time.sleep: releases the GIL and needs no core.",
                                     {field<T>("time", &T::time, span(), "how long").required(), label_field<T>()},
                                     "time"};
    return structure;
}

const Structure& io_fields() {
    using T = Io;
    static const Structure structure{
        "io",
        "A blocking call that waits for a device or a remote service: releases the GIL and needs no core.",
        {field<T>("time", &T::time, span(), "how long the device or service takes").absent("`device` says"),
         label_field<T>(),
         field<T>("device", &T::device, name_of(Naming::device), "one of `devices`, where others may be before it")
             .absent("none: `time` says all")},
        "time",
        checked<T>(+[](Reader& reader, const Node& node, const T& io) {
            const bool timed = !node.is(Node::Kind::map) || io.device < 0;
            if (node.is(Node::Kind::map) && node.find("time") == nullptr && node.find("device") == nullptr &&
                (node.find("label") != nullptr || node.entries.empty()))
                reader.error(node, "'time' or 'device' is missing");
            if (!timed && node.find("time") != nullptr)
                reader.error(node, "give either 'time' or 'device', which has a time of its own");
        })};
    return structure;
}

/// What a waiting operation does with its patience.
template <class T>
std::vector<Field> with_patience(std::vector<Field> fields) {
    fields.push_back(field<T>(
        "timeout", [](T& op) -> Nanoseconds& { return op.patience.timeout; }, duration(), "how long it waits at most")
                         .absent("for ever"));
    fields.push_back(field<T>(
        "else", [](T& op) -> Program& { return op.patience.otherwise; }, program(),
        "what is done if that was not long enough")
                         .absent("nothing"));
    return fields;
}

template <class T>
void check_patience(Reader& reader, const Node& node, const T& op) {
    if (op.patience.timeout < 0 && node.find("else") != nullptr)
        reader.error(node, "'else' says what is done after a time-out, but there is no 'timeout'");
}

KindPtr<int> acquirable() {
    using K = ObjectSpec::Kind;
    return object_of({K::lock, K::rlock, K::condition, K::semaphore}, "a lock, rlock, condition or semaphore");
}
KindPtr<int> queue_name() { return object_of({ObjectSpec::Kind::queue}, "a queue"); }
KindPtr<int> any_queue() {
    return object_of({ObjectSpec::Kind::queue, ObjectSpec::Kind::simple_queue}, "a queue or simple_queue");
}

const Structure& lock_fields() {
    using T = Lock;
    static const Structure structure{
        "lock",
        "Acquires a lock; waits, without the GIL, while another thread has it.",
        with_patience<T>({field<T>("lock", &T::lock, acquirable(), "which lock").required()}),
        "lock",
        checked(check_patience<T>)};
    return structure;
}

const Structure& unlock_fields() {
    using T = Unlock;
    static const Structure structure{
        "unlock",
        "Releases a lock.",
        {field<T>("lock", &T::lock, acquirable(), "which lock").required(),
         field<T>("count", &T::count, count(1, 1'000'000'000), "semaphore: how many at once").absent("1")},
        "lock"};
    return structure;
}

const Structure& with_fields() {
    using T = With;
    static const Structure structure{
        "with",
        "Holds a lock while it does something (the `with` statement).",
        {field<T>("lock", &T::lock, acquirable(), "which lock").required(),
         field<T>("do", &T::body, program(), "what is done with the lock held").required()},
        ""};
    return structure;
}

const Structure& wait_fields() {
    using T = Wait;
    using K = ObjectSpec::Kind;
    static const Structure structure{
        "wait",
        "Waits for a condition to be notified (its lock is held), for an event to be set, or for all parties of a "
        "barrier.",
        with_patience<T>({field<T>("for", &T::object, object_of({K::condition, K::event, K::barrier}, "a condition, event or barrier"),
                                   "what it waits for")
                              .required()}),
        "for",
        checked(check_patience<T>)};
    return structure;
}

const Structure& notify_fields() {
    using T = Notify;
    static const Structure structure{
        "notify",
        "Lets the oldest waiters of a condition go on, whose lock is held; without a waiter, nothing happens.",
        {field<T>("condition", &T::condition, object_of({ObjectSpec::Kind::condition}, "a condition"), "which condition")
             .required(),
         field<T>("count", &T::count, count(1, 1'000'000'000), "how many waiters").absent("1")},
        "condition"};
    return structure;
}

const Structure& notify_all_fields() {
    using T = NotifyAll;
    static const Structure structure{
        "notify_all",
        "Lets all waiters of a condition go on, whose lock is held.",
        {field<T>("condition", &T::condition, object_of({ObjectSpec::Kind::condition}, "a condition"), "which condition")
             .required()},
        "condition"};
    return structure;
}

const Structure& set_fields() {
    using T = Set;
    static const Structure structure{
        "set",
        "Sets an event: all who wait for it go on, and nobody waits for it any more.",
        {field<T>("event", &T::event, object_of({ObjectSpec::Kind::event}, "an event"), "which event").required()},
        "event"};
    return structure;
}

const Structure& clear_fields() {
    using T = Clear;
    static const Structure structure{
        "clear",
        "Clears an event: who waits for it from now on waits until it is set again.",
        {field<T>("event", &T::event, object_of({ObjectSpec::Kind::event}, "an event"), "which event").required()},
        "event"};
    return structure;
}

const Structure& put_fields() {
    using T = Put;
    static const Structure structure{
        "put",
        "Puts an item into a queue; waits while it is full.",
        with_patience<T>({field<T>("queue", &T::queue, any_queue(), "which queue").required(),
                          field<T>("request", &T::request, request_name(),
                                   "a request of this kind begins here and travels with the item: who gets it serves it")
                              .absent("none")}),
        "queue",
        checked(check_patience<T>)};
    return structure;
}

const Structure& get_fields() {
    using T = Get;
    static const Structure structure{
        "get",
        "Gets an item from a queue; waits while it is empty. `request_end` ends a request that came with it.",
        with_patience<T>({field<T>("queue", &T::queue, any_queue(), "which queue").required()}),
        "queue",
        checked(check_patience<T>)};
    return structure;
}

const Structure& task_done_fields() {
    using T = TaskDone;
    static const Structure structure{
        "task_done",
        "An item that came from a queue has been dealt with.",
        {field<T>("queue", &T::queue, queue_name(), "which queue").required()},
        "queue"};
    return structure;
}

const Structure& join_queue_fields() {
    using T = JoinQueue;
    static const Structure structure{
        "join_queue",
        "Waits until all items that were put into a queue have been dealt with.",
        {field<T>("queue", &T::queue, queue_name(), "which queue").required()},
        "queue"};
    return structure;
}

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

const Structure& local_fields() {
    using T = Local;
    static const Structure structure{
        "local",
        "Reads the thread's own value of a threading.local: no lock, no wait.",
        {field<T>("object", &T::object, object_of({ObjectSpec::Kind::local}, "a local"), "which").required()},
        "object"};
    return structure;
}

const Structure& repeat_fields() {
    using T = Repeat;
    static const Structure structure{
        "repeat",
        "Does something again and again: a number of times, for a time (with both: whichever ends first), or for ever.",
        {field<T>("times", &T::times, count(0, kMostTurns), "how many turns").absent("not bounded by a count"),
         field<T>("for", &T::duration, duration(), "a turn begins while less than this has passed")
             .absent("not bounded by time"),
         field<T>("do", &T::body, program(), "one turn").required(),
         field<T>("every", &T::every, duration(1),
                  "turns begin at multiples of this after the start; those that are missed are left out")
             .absent("at once"),
         field<T>("late", &T::late, request_name(), "with `every`: how late each turn begins, as a request of this kind")
             .absent("not recorded")},
        "",
        checked<T>(+[](Reader& reader, const Node& node, const T& repeat) {
            if (repeat.every < 0 && node.find("late") != nullptr)
                reader.error(node, "'late' is how late a turn begins after its date, but there is no 'every'");
        })};
    return structure;
}

const Structure& request_fields() {
    using T = Request;
    static const Structure structure{"request",
                                     "A unit of service: the time its operations take is recorded as a latency.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required(),
                                      field<T>("do", &T::body, program(), "what serving it takes").required()},
                                     ""};
    return structure;
}

const Structure& request_begin_fields() {
    using T = RequestBegin;
    static const Structure structure{"request_begin",
                                     "A request begins here; `request_end` ends it.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required()},
                                     "name"};
    return structure;
}

const Structure& request_end_fields() {
    using T = RequestEnd;
    static const Structure structure{"request_end",
                                     "The request that this thread began with `request_begin` ends here.",
                                     {field<T>("name", &T::request, request_name(), "the kind of request").required()},
                                     "name"};
    return structure;
}

const Structure& start_fields() {
    using T = Start;
    static const Structure structure{
        "start",
        "Starts the threads or processes of a group that is declared with `start: manual`.",
        {field<T>("group", &T::group, name_of(Naming::group), "which group, or a list of them").required()},
        "group"};
    return structure;
}

const Structure& join_fields() {
    using T = Join;
    static const Structure structure{
        "join",
        "Waits until every thread or process of a group has ended.",
        {field<T>("group", &T::group, name_of(Naming::group), "which group, or a list of them").required()},
        "group"};
    return structure;
}

const Structure& run_fields() {
    using T = Run;
    static const Structure structure{
        "run",
        "The operations of another program, as if they were written here.",
        {field<T>("program", &T::program, name_of(Naming::program), "which program").required()},
        "program"};
    return structure;
}

const Structure& touch_fields() {
    using T = Touch;
    static const Structure structure{
        "touch",
        "Takes references to an object and drops them again: what each use of an object costs beside its work.",
        {field<T>("object", &T::object, name_of(Naming::shared_object), "a name for the object").required(),
         field<T>("times", &T::times, count(0, kMostTurns), "how many references"),
         field<T>("counting", &T::counting, choice<Touch::Counting>(), "whose object it is, and who counts"),
         label_field<T>()},
        "object"};
    return structure;
}

const Structure& critical_section_fields() {
    using T = CriticalSection;
    static const Structure structure{
        "critical_section",
        "Uses a list, a dict, ... that other threads use too: free-threaded builds hold the object's lock meanwhile.",
        {field<T>("object", &T::object, name_of(Naming::shared_object), "a name for the object").required(),
         field<T>("do", &T::body, program(), "what is done meanwhile").required()},
        ""};
    return structure;
}

const Structure& stop_the_world_fields() {
    using T = StopTheWorld;
    static const Structure structure{
        "stop_the_world",
        "C code during which no other thread of the interpreter may run: with a GIL they cannot anyway, free-threaded "
        "builds stop them.",
        {field<T>("work", &T::work, span(), "core time, alone on a core of speed 1").required(), label_field<T>()},
        "work"};
    return structure;
}

const Structure& allocate_fields() {
    using T = Allocate;
    static const Structure structure{
        "allocate",
        "Makes objects that are kept in a set, or, without `into`, each dropped before the next is made.",
        {field<T>("objects", &T::objects, count(0, kMostObjects), "how many"),
         field<T>("size", &T::size, size(1),
                  "an object's own block as sys.getsizeof() tells it in a build with the GIL, less the collector's "
                  "header")
             .required(),
         field<T>("buffers", &T::buffers, size_list(), "further memory of each object: a list's array").absent("none"),
         field<T>("values", &T::values, size_list(), "objects that each holds alone, not tracked: numbers, strings")
             .absent("none"),
         field<T>("into", &T::into, object_set_name(), "the set that keeps them").absent("they are short-lived"),
         field<T>("tracked", &T::tracked, boolean(), "the cyclic collector tracks them, as containers are"),
         field<T>("references", &T::references, count(0, kMostObjects), "references from each to other objects")
             .absent("one to each of its values"),
         field<T>("cyclic", &T::cyclic, boolean(), "in reference cycles: once dropped, only the collector frees them"),
         field<T>("immortal", &T::immortal, boolean(), "immortal objects, where the interpreter knows them"),
         field<T>("scattered", &T::scattered, boolean(),
                  "of a heap that has aged: neighbours in the collector's lists lie far apart"),
         field<T>("by", &T::native,
                  either("bytecode", "by Python code", "native", "by one C call, without a check point"), "who makes them"),
         field<T>("make", &T::make, duration(), "bytecode time per object, beside its blocks").absent("the interpreter's"),
         label_field<T>()},
        ""};
    return structure;
}

const Structure& free_fields() {
    using T = Free;
    static const Structure structure{
        "free",
        "The program's references to the objects of a set go: they are freed, or garbage if they are in cycles.",
        {field<T>("set", &T::set, object_set_name(), "which set").required(),
         field<T>("objects", &T::objects, count(0, kMostObjects), "how many, the oldest first").absent("all"),
         label_field<T>()},
        "set"};
    return structure;
}

const Structure& walk_fields() {
    using T = WalkSet;
    static const Structure structure{
        "walk",
        "A loop over the objects of a set: each object's reference count is written.",
        {field<T>("set", &T::set, object_set_name(), "which set").required(),
         field<T>("values", &T::values, boolean(), "looks at the values that they hold, too"),
         field<T>("work", &T::work, duration(), "bytecode time per object").absent("the interpreter's"),
         label_field<T>()},
        "set"};
    return structure;
}

const Structure& collector_fields() {
    using T = Gc;
    static const Structure structure{"gc",
                                     "What the module gc does.",
                                     {field<T>("do", &T::action, choice<Gc::Action>(), "which of its functions").required()},
                                     "do"};
    return structure;
}

template <class T>
OpRow op(const Structure& (*fields)(), bool each = false) {
    const Structure& structure = fields();
    return {structure.name,
            structure.doc,
            &structure,
            each,
            [&structure](Reader& reader, const Node& node, Op& out) {
                read_structure(reader, node, structure, &out.what.emplace<T>());
            },
            [&structure](const Variant& variant, const Op& from) -> Json {
                const T* what = std::get_if<T>(&from.what);
                return what == nullptr ? Json(nullptr) : write_structure(variant, structure, what);
            }};
}

}  // namespace

const std::vector<OpRow>& op_rows() {
    static const std::vector<OpRow> rows{
        op<Compute>(compute_fields),
        op<Native>(native_fields),
        op<Sleep>(sleep_fields),
        op<Io>(io_fields),
        op<Lock>(lock_fields),
        op<Unlock>(unlock_fields),
        op<With>(with_fields),
        op<Repeat>(repeat_fields),
        op<Request>(request_fields),
        op<RequestBegin>(request_begin_fields),
        op<RequestEnd>(request_end_fields),
        op<Start>(start_fields, true),
        op<Join>(join_fields, true),
        op<Run>(run_fields),
        op<Touch>(touch_fields),
        op<CriticalSection>(critical_section_fields),
        op<StopTheWorld>(stop_the_world_fields),
        op<Wait>(wait_fields),
        op<Notify>(notify_fields),
        op<NotifyAll>(notify_all_fields),
        op<Set>(set_fields),
        op<Clear>(clear_fields),
        op<Put>(put_fields),
        op<Get>(get_fields),
        op<TaskDone>(task_done_fields),
        op<JoinQueue>(join_queue_fields),
        op<Local>(local_fields),
        op<Submit>(submit_fields),
        op<Results>(results_fields),
        op<Map>(map_fields),
        op<Shutdown>(shutdown_fields),
        op<Serve>(serve_fields),
        op<Asyncio>(asyncio_fields),
        op<CreateTask>(create_task_fields),
        op<ToThread>(to_thread_fields),
        op<Allocate>(allocate_fields),
        op<Free>(free_fields),
        op<WalkSet>(walk_fields),
        op<Gc>(collector_fields),
    };
    return rows;
}

std::vector<std::string> op_words() {
    std::vector<std::string> words;
    for (const OpRow& row : op_rows()) words.push_back(row.word);
    return words;
}

}  // namespace gilsim::scenario
