/// Operations on objects that threads share: locks, conditions, events, queues.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/op_row.hpp"

namespace gilsim::scenario {
namespace {

using K = ObjectSpec::Kind;

KindPtr<int> acquirable() {
    return object_of({K::lock, K::rlock, K::condition, K::semaphore}, "a lock, rlock, condition or semaphore");
}
KindPtr<int> queue_name() {
    return object_of({ObjectSpec::Kind::queue, ObjectSpec::Kind::process_joinable_queue}, "a queue or process_joinable_queue");
}
KindPtr<int> any_queue() {
    return object_of({K::queue, K::simple_queue, K::process_queue, K::process_simple_queue, K::process_joinable_queue}, "a queue");
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
        "put", "Puts an item into a queue; waits while it is full.",
        with_patience<T>(
            {field<T>("queue", &T::queue, any_queue(), "which queue").required(),
             field<T>("request", &T::request, request_name(),
                      "a request of this kind begins here and travels with the item: who gets it serves it")
                 .absent("none"),
             field<T>("payload", &T::payload, payload(), "queues between processes: what the item is")
                 .absent("nothing")}),
        "queue", checked<T>(+[](Reader& reader, const Node& node, const T& put) {
            check_patience(reader, node, put);
            const auto kind = kind_of_object(reader, put.queue);
            const bool shared = kind == K::queue || kind == K::simple_queue;
            if (shared && node.find("payload") != nullptr)
                reader.error(node,
                             "'payload' is for queues between processes: threads share their memory, nothing is sent");
        })};
    return structure;
}

const Structure& get_fields() {
    using T = Get;
    static const Structure structure{
        "get", "Gets an item from a queue; waits while it is empty. `request_end` ends a request that came with it.",
        with_patience<T>({field<T>("queue", &T::queue, any_queue(), "which queue").required(),
                          field<T>("keep", &T::keep, boolean(),
                                   "queues between processes: the object stays in memory until the thread gets or "
                                   "receives again, as with `x = queue.get()`; false: it is dropped at once, as with "
                                   "`use(queue.get())`")
                              .absent("false")}),
        "queue", checked(check_patience<T>)};
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

const Structure& local_fields() {
    using T = Local;
    static const Structure structure{
        "local",
        "Reads the thread's own value of a threading.local: no lock, no wait.",
        {field<T>("object", &T::object, object_of({ObjectSpec::Kind::local}, "a local"), "which").required()},
        "object"};
    return structure;
}

}  // namespace

std::vector<OpRow> synchronisation_ops() {
    return {
        op<Lock>(lock_fields),
        op<Unlock>(unlock_fields),
        op<With>(with_fields),
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
    };
}

}  // namespace gilsim::scenario
