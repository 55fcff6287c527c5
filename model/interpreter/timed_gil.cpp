#include "model/interpreter/timed_gil.hpp"

namespace gilsim::interpreter {

using engine::Co;
using State = machine::Thread::State;
using trace::EventKind;

TimedGil::TimedGil(const GilContext& context, Nanoseconds patience)
    : Gil(context),
      patience_(patience),
      request_in_thread_(context.spec.drop_request == scenario::DropRequest::thread),
      cond_(sync::make_condition_variable(context.machine.spec().condvar)),
      switch_cond_(sync::make_condition_variable(context.machine.spec().condvar)) {}

Co<> TimedGil::take(PyThread& thread) {
    machine::Thread& os = thread.os;
    co_await os.run(os.cold(context_.spec.gil_overhead, kGilCode));
    co_await mutex_.lock(os, State::waiting_gil);
    if (locked_) emit(EventKind::gil_wait, thread);
    Nanoseconds to_wait = locked_ ? way_to_wait(os).after_request : 0;
    while (locked_) {
        const std::uint64_t saved_switch_number = switch_number_;
        // The interval is the waiter's patience: fresh and full each time round.
        co_await os.run(to_wait);
        const Nanoseconds deadline = patience_ == kNever ? kNever : context_.machine.now() + patience_;
        const bool timed_out = co_await cond_->wait(os, mutex_, State::waiting_gil, deadline);
        if (!locked_) break;
        // If there was no switch during the whole wait, ask the holder to drop the GIL.
        const WayToWait way = way_to_wait(os);
        co_await os.run(way.to_request);
        if (timed_out && switch_number_ == saved_switch_number) request_drop(thread);
        to_wait = way.after_request;
    }

    co_await switch_mutex_.lock(os, State::waiting_gil);
    locked_ = true;
    emit(EventKind::gil_acquire, thread, last_holder_ != nullptr ? last_holder_->id() : -1);
    if (last_holder_ != &thread) {
        last_holder_ = &thread;
        ++switch_number_;
    }
    co_await switch_cond_->signal(os, State::waiting_gil);  // drop() may be waiting for us to take it
    co_await switch_mutex_.unlock(os);

    request_of(thread) = false;
    co_await mutex_.unlock(os);
}

Co<> TimedGil::drop(PyThread& thread, trace::ReleaseReason reason) {
    machine::Thread& os = thread.os;
    co_await os.run(os.cold(context_.spec.gil_overhead, kGilCode));
    last_holder_ = &thread;
    co_await mutex_.lock(os, State::waiting_gil);
    locked_ = false;
    emit(EventKind::gil_release, thread, static_cast<std::int64_t>(reason));
    co_await cond_->signal(os, State::waiting_gil);
    co_await mutex_.unlock(os);

    // FORCE_SWITCHING: with a request pending, at any release, wait until another thread has taken the GIL. A thread
    // that ends does not wait.
    if (request_of(thread) && reason != trace::ReleaseReason::exit) {
        co_await switch_mutex_.lock(os, State::forced_switch);
        if (last_holder_ == &thread) {  // not yet switched
            request_of(thread) = false;
            emit(EventKind::forced_switch, thread);
            co_await switch_cond_->wait(os, switch_mutex_, State::forced_switch, kNever);
        }
        co_await switch_mutex_.unlock(os);
    }
}

TimedGil::WayToWait TimedGil::way_to_wait(machine::Thread& os) {
    if (patience_ == kNever) return {};
    const Nanoseconds warm = context_.machine.draw(context_.machine.costs().deadline);
    const Nanoseconds colder = os.cold(warm, kGilCode) - warm;
    return {.to_request = colder / 2, .after_request = warm + colder - colder / 2};
}

void TimedGil::request_drop(const PyThread& asker) {
    request_of(*last_holder_) = true;
    drop_request_line_.fetch(asker.os);
    emit(EventKind::drop_request, asker);
    last_holder_->os.interrupt();
}

}  // namespace gilsim::interpreter
