/// Operations on the objects of a process.

#include <fmt/format.h>

#include "model/multiprocessing/pickle.hpp"
#include "model/threading/barrier.hpp"
#include "model/threading/event.hpp"
#include "model/threading/lock.hpp"
#include "model/threading/queue.hpp"
#include "model/threading/semaphore.hpp"
#include "model/workload/executor.hpp"
#include "model/workload/program_error.hpp"

namespace gilsim::workload {

using trace::EventKind;

template <class Call>
void Executor::patiently(const scenario::Patience& patience, Call call) {
    bool in_time = false;
    perform(keep(call(timeout_of(patience)), in_time));
    if (!in_time) run(patience.otherwise);
}

void Executor::execute(const scenario::Lock& op) {
    patiently(op.patience,
              [&](Nanoseconds timeout) { return object<threading::Acquirable>(op.lock).acquire(thread_, timeout); });
}

void Executor::execute(const scenario::Unlock& op) {
    auto& held = object<threading::Acquirable>(op.lock);
    if (auto* semaphore = dynamic_cast<threading::Semaphore*>(&held))
        perform(semaphore->release(thread_, op.count));
    else
        perform(held.release(thread_));
}

void Executor::execute(const scenario::With& op) {
    execute(scenario::Lock{op.lock, {}});
    run(op.body);
    execute(scenario::Unlock{op.lock});
}

void Executor::execute(const scenario::Wait& op) {
    patiently(op.patience, [&](Nanoseconds timeout) {
        auto& awaited = object<threading::Object>(op.object);
        if (auto* condition = dynamic_cast<threading::Condition*>(&awaited)) return condition->wait(thread_, timeout);
        if (auto* event = dynamic_cast<threading::Event*>(&awaited)) return event->wait(thread_, timeout);
        return dynamic_cast<threading::Barrier&>(awaited).wait(thread_, timeout);
    });
}

void Executor::execute(const scenario::Notify& op) {
    perform(object<threading::Condition>(op.condition).notify(thread_, op.count));
}

void Executor::execute(const scenario::NotifyAll& op) {
    perform(object<threading::Condition>(op.condition).notify_all(thread_));
}

void Executor::execute(const scenario::Set& op) { perform(object<threading::Event>(op.event).set(thread_)); }

void Executor::execute(const scenario::Clear& op) { perform(object<threading::Event>(op.event).clear(thread_)); }

threading::Item Executor::item_with(int request) {
    threading::Item item;
    if (request < 0) return item;
    item.kind = request;
    item.request = world_.next_request++;
    // Nobody serves it yet: no thread.
    world_.recorder.emit(
        {.time = world_.engine.now(), .kind = EventKind::request_begin, .object = item.kind, .value = item.request});
    return item;
}

void Executor::execute(const scenario::Put& op) {
    threading::Item item = item_with(op.request);
    item.payload = &op.payload;
    perform(keep(multiprocessing::make(thread_, op.payload), item.memory));
    patiently(op.patience,
              [&](Nanoseconds timeout) { return object<threading::ItemQueue>(op.queue).put(thread_, item, timeout); });
}

void Executor::execute(const scenario::Get& op) {
    std::unique_ptr<threading::Item> item;
    perform(keep(object<threading::ItemQueue>(op.queue).get(thread_, timeout_of(op.patience)), item));
    if (item != nullptr) thread_.received = op.keep ? std::move(item->memory) : nullptr;
    take(item.get(), op.patience);
}

void Executor::take(const threading::Item* item, const scenario::Patience& patience) {
    if (item == nullptr) return run(patience.otherwise);
    if (item->kind >= 0) serve(item->kind, item->request);
}

void Executor::serve(int kind, std::int64_t request) {
    std::int64_t& open = open_request(kind);
    if (open >= 0)
        throw ProgramError(fmt::format("gets request '{}' while it still serves one", request_name(kind)),
                           "end the first by 'request_end'");
    open = request;
    emit(EventKind::request_serve, kind, request);
}

void Executor::execute(const scenario::TaskDone& op) {
    perform(object<threading::Joinable>(op.queue).task_done(thread_));
}

void Executor::execute(const scenario::JoinQueue& op) { perform(object<threading::Joinable>(op.queue).join(thread_)); }

// A look into the thread's own dictionary (Modules/_threadmodule.c, local_getattro): no lock, nobody waits.
void Executor::execute(const scenario::Local&) { perform(threading::library(thread_, 0, 1)); }

}  // namespace gilsim::workload
