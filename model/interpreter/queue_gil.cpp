#include "model/interpreter/queue_gil.hpp"

#include <algorithm>
#include <memory>

namespace gilsim::interpreter {

using engine::Co;
using machine::Futex;
using State = machine::Thread::State;
using trace::EventKind;

struct QueueGil::Waiter {
    PyThread& thread;
    std::shared_ptr<Futex>
        word;  ///< 1: the lock is its own. Shared: it may be gone before the call that wakes it returns
};

void QueueGil::own(PyThread& thread) {
    emit(EventKind::gil_acquire, thread, last_holder_ != nullptr ? last_holder_->id() : -1);
    if (last_holder_ != &thread) ++switches_;
    holder_ = last_holder_ = &thread;
    drop_request_ = false;
}

Co<> QueueGil::take(PyThread& thread) {
    machine::Thread& os = thread.os;
    co_await os.run(context_.spec.gil_overhead + line_.fetch(os));
    if (holder_ == nullptr) {
        own(thread);
        co_return;
    }
    emit(EventKind::gil_wait, thread);
    Waiter me{thread, std::make_shared<Futex>()};
    queue_.insert(std::find_if(queue_.begin(), queue_.end(),
                               [&](const Waiter* other) { return overtakes(thread, other->thread); }),
                  &me);
    while (me.word->value == 0) {
        const std::uint64_t saved_switches = switches_;
        const Nanoseconds willing = patience(thread, *holder_);
        bool asks = willing == 0 && !drop_request_;
        if (!asks) {
            const Nanoseconds deadline =
                context_.machine.now() + (willing > 0 ? willing : context_.spec.switch_interval);
            asks = co_await me.word->wait(os, 0, State::waiting_gil, deadline) == Futex::Wait::timed_out;
        }
        if (asks && me.word->value == 0 && switches_ == saved_switches) request_drop(thread);
    }
}

Co<> QueueGil::drop(PyThread& thread, trace::ReleaseReason reason) {
    machine::Thread& os = thread.os;
    co_await os.run(context_.spec.gil_overhead + line_.fetch(os));
    thread.last_release = reason;
    holder_ = nullptr;
    drop_request_ = false;
    emit(EventKind::gil_release, thread, static_cast<std::int64_t>(reason));
    if (queue_.empty()) co_return;
    const Waiter& next = *queue_.front();
    queue_.pop_front();
    const auto word = next.word;
    own(next.thread);
    word->value = 1;
    co_await word->wake(os);
}

void QueueGil::request_drop(const PyThread& asker) {
    drop_request_ = true;
    request_line_.fetch(asker.os);
    emit(EventKind::drop_request, asker);
    holder_->os.interrupt();
}

Nanoseconds QueueGil::patience(const PyThread& /*waiter*/, const PyThread& /*holder*/) const {
    return std::max(context_.spec.switch_interval, kMicrosecond);
}

namespace {
bool comes_from_io(const PyThread& thread) {
    return thread.last_release == trace::ReleaseReason::blocking;
}
}  // namespace

Nanoseconds PriorityGil::patience(const PyThread& waiter, const PyThread& holder) const {
    return comes_from_io(waiter) && !comes_from_io(holder) ? context_.spec.io_patience
                                                           : QueueGil::patience(waiter, holder);
}

bool PriorityGil::overtakes(const PyThread& newcomer, const PyThread& waiter) const {
    return comes_from_io(newcomer) && !comes_from_io(waiter);
}

}  // namespace gilsim::interpreter
