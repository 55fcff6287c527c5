#include "analysis/insight/activity.hpp"

#include <algorithm>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {

using trace::entry;
using trace::EventKind;

ActivityBin& ActivityBin::operator+=(const ActivityBin& other) {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] += other.states[i];
    cores_busy += other.cores_busy;
    gil_held += other.gil_held;
    handoffs += other.handoffs;
    return *this;
}

ActivityBin& Activity::bin(Nanoseconds time) {
    while (time / width_ >= static_cast<Nanoseconds>(kBins)) {
        for (std::size_t i = 0; i < bins_.size(); ++i) {
            if (i % 2 == 0) {
                bins_[i / 2] = bins_[i];
            } else {
                bins_[i / 2] += bins_[i];
            }
        }
        bins_.resize((bins_.size() + 1) / 2);
        width_ *= 2;
    }
    return entry(bins_, static_cast<int>(time / width_));
}

void Activity::advance(Nanoseconds now) {
    if (now > now_) entry(busy_time_, static_cast<int>(busy_)) += now - now_;
    while (now_ < now) {
        bin(now - 1);  // the width first: it may change
        ActivityBin& b = bin(now_);
        const Nanoseconds until = std::min(now, (now_ / width_ + 1) * width_);
        const Nanoseconds span = until - now_;
        for (std::size_t s = 0; s < in_state_.size(); ++s) b.states[s] += in_state_[s] * span;
        b.cores_busy += busy_ * span;
        b.gil_held += held_ * span;
        now_ = until;
    }
}

void Activity::enter(Thread& thread, int state) {
    if (thread.state >= 0) --in_state_[static_cast<std::size_t>(thread.state)];
    thread.state = state;
    if (state >= 0) ++in_state_[static_cast<std::size_t>(state)];
}

void Activity::event(const trace::Event& e) {
    if (e.time != now_) advance(e.time);
    switch (e.kind) {
        case EventKind::state:
            return enter(entry(threads_, e.thread), static_cast<int>(e.value));
        case EventKind::thread_end: {
            Thread& thread = entry(threads_, e.thread);
            enter(thread, -1);
            if (thread.gil >= 0) --held_;
            thread.gil = -1;
            return;
        }
        case EventKind::sched_switch: {
            char& occupied = entry(occupied_, e.core);
            busy_ += (e.thread >= 0 ? 1 : 0) - occupied;
            occupied = e.thread >= 0 ? 1 : 0;
            return;
        }
        case EventKind::gil_acquire:
            ++held_;
            entry(threads_, e.thread).gil = e.object;
            if (e.value >= 0 && e.value != e.thread) ++bin(e.time).handoffs;
            return;
        case EventKind::gil_release: {
            Thread& thread = entry(threads_, e.thread);
            if (thread.gil >= 0) --held_;
            thread.gil = -1;
            return;
        }
        default:
            return;
    }
}

void Activity::finish(Nanoseconds end) {
    advance(end);
}

}  // namespace gilsim::analysis
