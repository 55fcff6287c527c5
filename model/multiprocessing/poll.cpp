#include "model/multiprocessing/poll.hpp"

#include <algorithm>
#include <utility>

#include "model/machine/alarm.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using machine::Thread;

class Readable::Sleeper {
public:
    Sleeper(Thread& thread, const std::vector<Readable*>& what)
        : thread_(thread), what_(what), timeout_(thread, [this] { expire(); }) {
        for (Readable* one : what_) one->sleepers_.push_back(this);
    }
    ~Sleeper() {
        for (Readable* one : what_) std::erase(one->sleepers_, this);
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    /// Core time of that, and of the end of the wait.
    Nanoseconds arm(Nanoseconds deadline) {
        return timeout_.arm(core(), deadline, thread_.machine().costs().timer_slack);
    }
    Nanoseconds settle() { return timeout_.settle(core()); }
    void wake(Thread* by) {
        if (std::exchange(asleep_, false)) thread_.machine().wake_sync(thread_, by);
    }
    /// Right before the thread blocks.
    void sleep() { asleep_ = true; }
    [[nodiscard]] bool expired() const { return expired_; }

private:
    [[nodiscard]] machine::Core& core() const { return thread_.machine().core(thread_.core()); }
    void expire() {
        expired_ = true;
        wake(nullptr);
    }
    Thread& thread_;
    const std::vector<Readable*>& what_;
    machine::Alarm timeout_;
    bool asleep_ = false;
    bool expired_ = false;
};

void Readable::notify(Thread* by) {
    for (Sleeper* sleeper : sleepers_) sleeper->wake(by);
}

Co<bool> poll(Thread& thread, std::vector<Readable*> what, Nanoseconds deadline) {
    auto& machine = thread.machine();
    const auto& costs = machine.costs();
    const bool timed = deadline != kNever && deadline > machine.now();
    co_await thread.kernel(costs.syscall + static_cast<Nanoseconds>(what.size()) * machine.spec().ipc.poll);
    const auto ready = [&what] {
        return std::any_of(what.begin(), what.end(), [](const Readable* one) { return one->readable(); });
    };
    if (!ready() && machine.now() < deadline) {
        Readable::Sleeper me(thread, what);
        if (timed) co_await thread.kernel(me.arm(deadline));
        while (!ready() && !me.expired()) {
            me.sleep();
            co_await thread.block(Thread::State::waiting_signal, costs.syscall);
        }
        if (timed) co_await thread.kernel(me.settle());
    }
    co_await thread.user_mode();
    co_return ready();
}

}  // namespace gilsim::multiprocessing
