#include "model/engine/event_queue.hpp"

namespace gilsim::engine {

namespace {
constexpr std::size_t kArity = 4;
constexpr int kPriorityShift = 56;
}  // namespace

void Timer::arm(Nanoseconds time) {
    cancel();
    time_ = time;
    sequence_ = queue_->sequence_++;
    queue_->put(*this);
}

void Timer::cancel() {
    if (armed()) queue_->remove(*this);
}

void EventQueue::put(Timer& timer) {
    essential_ += timer.essential_ ? 1 : 0;
    const std::uint64_t order = (static_cast<std::uint64_t>(timer.priority_) << kPriorityShift) | timer.sequence_;
    const Entry entry{timer.time_, order, &timer};
    const bool first = front_.timer != nullptr ? entry.before(front_) : heap_.empty() || entry.before(heap_.front());
    if (!first) {
        push(entry);
        return;
    }
    if (front_.timer != nullptr) push(front_);
    front_ = entry;
    timer.slot_ = Timer::kFront;
}

void EventQueue::remove(Timer& timer) {
    essential_ -= timer.essential_ ? 1 : 0;
    if (timer.slot_ == Timer::kFront)
        front_.timer = nullptr;
    else
        erase(timer.slot_);
    timer.slot_ = Timer::kNowhere;
}

void EventQueue::fire_next() {
    Timer& timer = front_.timer != nullptr ? *front_.timer : *heap_.front().timer;
    remove(timer);
    timer.fire_();
}

void EventQueue::push(const Entry& entry) {
    heap_.emplace_back();
    sift_up(heap_.size() - 1, entry);
}

void EventQueue::erase(std::size_t slot) {
    const Entry last = heap_.back();
    heap_.pop_back();
    if (slot == heap_.size()) return;
    if (slot > 0 && last.before(heap_[(slot - 1) / kArity]))
        sift_up(slot, last);
    else
        sift_down(slot, last);
}

void EventQueue::sift_up(std::size_t slot, Entry entry) {
    while (slot > 0) {
        const std::size_t parent = (slot - 1) / kArity;
        if (!entry.before(heap_[parent])) break;
        place(slot, heap_[parent]);
        slot = parent;
    }
    place(slot, entry);
}

void EventQueue::sift_down(std::size_t slot, Entry entry) {
    for (;;) {
        const std::size_t first = slot * kArity + 1;
        if (first >= heap_.size()) break;
        const std::size_t end = std::min(first + kArity, heap_.size());
        std::size_t best = first;
        for (std::size_t child = first + 1; child < end; ++child)
            if (heap_[child].before(heap_[best])) best = child;
        if (!heap_[best].before(entry)) break;
        place(slot, heap_[best]);
        slot = best;
    }
    place(slot, entry);
}

}  // namespace gilsim::engine
