#include "model/machine/alarm.hpp"

#include <algorithm>
#include <utility>

#include "model/machine/machine.hpp"

namespace gilsim::machine {

Alarm::Alarm(Thread& thread, std::function<void()> expire, bool essential)
    : thread_(thread),
      expire_(std::move(expire)),
      interrupt_(
          thread.machine().engine().queue(), engine::Priority::interrupt, [this] { queue_->interrupt(); }, essential) {}

Nanoseconds Alarm::arm(Core& core, Nanoseconds time, Nanoseconds slack) {
    if (!set(core, time, slack)) return 0;
    core.leave_guest();
    return thread_.machine().costs().timer_set;
}

bool Alarm::set(Core& core, Nanoseconds time, Nanoseconds slack) {
    cancel();
    queue_ = &core.alarms();
    from_ = std::max(thread_.machine().now(), time);
    latest_ = from_ + slack;
    sequence_ = ++queue_->sequence_;
    queue_->alarms_.insert(*this);
    thread_.alarms_.push_back(*this);
    interrupt_.arm(latest_);
    return next();
}

void Alarm::cancel() {
    if (queue_ == nullptr) return;
    owed_ = next() ? queue_ : nullptr;
    remove();
}

Nanoseconds Alarm::settle(Core& core) {
    cancel();
    if (std::exchange(owed_, nullptr) != &core.alarms()) return 0;
    core.leave_guest();
    return thread_.machine().costs().timer_set;
}

// Whether it is what the core's timer is programmed for.
bool Alarm::next() const {
    const bool first = queue_->alarms_.begin() == queue_->alarms_.iterator_to(*this);
    const Machine& machine = thread_.machine();
    return first && latest_ < machine.tick_after(machine.now());
}

void Alarm::remove() {
    if (queue_ == nullptr) return;
    queue_->alarms_.erase(queue_->alarms_.iterator_to(*this));
    of_thread_.unlink();
    queue_ = nullptr;
    interrupt_.cancel();
}

void AlarmQueue::interrupt() {
    const Core::Interrupt interrupt(core_);
    const Nanoseconds now = alarms_.begin()->thread_.machine().now();
    while (!alarms_.empty() && alarms_.begin()->from_ <= now) {
        Alarm& first = *alarms_.begin();
        first.remove();
        first.expire_();
    }
}

}  // namespace gilsim::machine
