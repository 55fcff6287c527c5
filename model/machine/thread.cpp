#include "model/machine/thread.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include "model/machine/core.hpp"
#include "model/machine/machine.hpp"

namespace gilsim::machine {

Thread::Thread(Machine& machine, int id, int nice, std::vector<int> affinity)
    : machine_(machine), affinity_(std::move(affinity)), id_(id) {
    entity.weight = weight_of_nice(nice);
}

bool Thread::may_run_on(int core) const {
    return affinity_.empty() || std::find(affinity_.begin(), affinity_.end(), core) != affinity_.end();
}

Thread::Suspension Thread::prepare(Nanoseconds work, State as, Nanoseconds every, bool in_kernel) {
    as_ = as;
    in_kernel_ = in_kernel;
    remaining_ = total_ = work;
    cut_ = 0;
    every_ = every;
    return {*this};
}

Thread::Suspension Thread::yield() {
    core_->yield();
    return prepare(0, State::runtime, 0, false);
}

bool Thread::Suspension::await_suspend(std::coroutine_handle<> handle) {
    thread.continuation_ = handle;
    return thread.core_->begin_burst();
}

void Thread::Block::await_suspend(std::coroutine_handle<> handle) const {
    thread.prepare(after, State::runtime, 0, true);
    thread.continuation_ = handle;
    Core& core = *thread.core_;
    thread.machine_.set_state(thread, as);
    core.leave(false);
}

Nanoseconds Thread::code(Nanoseconds warm, CodeSite site) {
    return core_->code().run(site, warm);
}

Nanoseconds Thread::cold(Nanoseconds warm, CodeSite site) {
    return cold(warm, machine_.costs().cold_code.slowdown, site);
}

Nanoseconds Thread::cold_condvar(Nanoseconds warm, CodeSite site) {
    return cold(warm, machine_.costs().cold_code.condvar_slowdown, site);
}

Nanoseconds Thread::cold_kernel(Nanoseconds warm, CodeSite site) {
    return cold(warm, machine_.costs().cold_code.kernel_slowdown, site);
}

Nanoseconds Thread::cold(Nanoseconds warm, std::int64_t slowdown, const CodeSite& site) {
    return slowdown == 0 ? warm : warm + std::llround(static_cast<double>(warm * slowdown) * core_->coldness(site));
}

void Thread::interrupt() {
    if (every_ == 0 || remaining_ == 0) return;
    if (core_ != nullptr) {
        core_->interrupt_burst();
    } else {
        cut();
    }
}

void Thread::cut() {
    const Nanoseconds done = total_ - cut_ - remaining_;
    const Nanoseconds left = std::min(remaining_, (done / every_ + 1) * every_ - done);
    cut_ += remaining_ - left;
    remaining_ = left;
}

}  // namespace gilsim::machine
