#include "model/interpreter/free_threaded.hpp"

#include <cstdint>

namespace gilsim::interpreter {

using engine::Co;
using State = machine::Thread::State;
using trace::EventKind;
using trace::ReleaseReason;

FreeThreaded::FreeThreaded(const GilContext& context) : Gil(context), one_requester_(context.spec) {}

// _PyThreadState_Attach
Co<> FreeThreaded::take(PyThread& thread) {
    machine::Thread& os = thread.os;
    co_await os.run(context_.spec.gil_overhead);
    co_await resume_section(thread);
    while (drop_requested(thread)) co_await started_.wait(os, started_.value, State::world_stopped);
    thread.attached_at = static_cast<int>(attached_.size());
    attached_.push_back(&thread);
}

// _PyThreadState_Detach; _PyThreadState_Suspend
Co<> FreeThreaded::drop(PyThread& thread, ReleaseReason reason) {
    machine::Thread& os = thread.os;
    co_await suspend_sections(thread);
    co_await os.run(context_.spec.gil_overhead);
    detach(thread);
    if (reason != ReleaseReason::requested || requester_ == nullptr || attached_.size() > 1) co_return;
    all_stopped_.value = 1;  // only the requester is left
    co_await all_stopped_.wake(os);
}

void FreeThreaded::detach(PyThread& thread) {
    PyThread* last = attached_.back();
    attached_[static_cast<std::size_t>(thread.attached_at)] = last;
    last->attached_at = thread.attached_at;
    attached_.pop_back();
    thread.attached_at = -1;
}

Co<> FreeThreaded::stop_the_world(PyThread& requester) {
    machine::Thread& os = requester.os;
    if (!one_requester_.try_lock()) {
        co_await drop(requester, ReleaseReason::blocking);
        co_await one_requester_.lock(os, State::world_stopped);
        co_await take(requester);
    }
    requester_ = &requester;
    all_stopped_.value = 0;
    for (PyThread* thread : attached_)
        if (thread != &requester) thread->os.interrupt();
    while (attached_.size() > 1)
        co_await all_stopped_.wait(os, 0, State::world_stopped, context_.machine.now() + kLookAgain);
    emit(EventKind::world_stop, requester);
}

Co<> FreeThreaded::start_the_world(PyThread& requester) {
    emit(EventKind::world_start, requester);
    requester_ = nullptr;
    ++started_.value;
    co_await started_.wake(requester.os, INT32_MAX);
    co_await one_requester_.unlock(requester.os);
}

// _PyCriticalSection_SuspendAll
Co<> FreeThreaded::suspend_sections(PyThread& thread) {
    for (auto section = thread.sections.rbegin(); section != thread.sections.rend(); ++section) {
        if (!section->locked) continue;
        section->locked = false;
        co_await section->mutex->unlock(thread.os);
    }
}

// _PyCriticalSection_Resume
Co<> FreeThreaded::resume_section(PyThread& thread) {
    if (thread.sections.empty() || thread.sections.back().mutex == nullptr) co_return;
    co_await thread.sections.back().mutex->lock(thread.os, State::waiting_lock);
    thread.sections.back().locked = true;
}

}  // namespace gilsim::interpreter
