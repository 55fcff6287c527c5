#pragma once
/// The one total order of events: (time, priority, sequence number). Ours, never SimGrid's heap order, which is
/// deterministic but promised by nobody. A sequence number is given when a timer is armed: first armed, first fired.

#include <cstddef>
#include <cstdint>
#include <functional>
#include <utility>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::engine {

/// Who goes first among events of one instant. The order is part of the model's meaning: what a core was doing until
/// now is finished before anything new begins.
enum class Priority : std::uint8_t {
    burst_end = 0,  ///< a thread finishes what it was computing
    interrupt = 1,  ///< a timer expires, a device answers
    tick = 2,       ///< the scheduler's timer tick
    dispatch = 3,   ///< a core that was switching or waking begins to run its thread
    actor = 4,      ///< a program (actor) goes on with its next operation
};

class EventQueue;

/// Something that will happen once, at a time, unless cancelled. Owned by whoever it happens to; armed many times.
class Timer {
public:
    /// `queue` must outlive the timer. `fire` runs in SimGrid's kernel context: it must not block. A timer that is not
    /// `essential` does not keep a run alive: when no others are left, nothing more will come of it.
    Timer(EventQueue& queue, Priority priority, std::function<void()> fire, bool essential = true)
        : queue_(&queue), fire_(std::move(fire)), priority_(priority), essential_(essential) {}
    ~Timer() { cancel(); }
    Timer(const Timer&) = delete;
    Timer& operator=(const Timer&) = delete;

    /// Fires at `time` (not before now). An armed timer is moved, and takes a new place among equals.
    void arm(Nanoseconds time);
    void cancel();
    [[nodiscard]] bool armed() const { return slot_ != kNowhere; }
    /// When it will fire; `kNever` if not armed.
    [[nodiscard]] Nanoseconds time() const { return armed() ? time_ : kNever; }

private:
    friend class EventQueue;
    static constexpr std::size_t kNowhere = SIZE_MAX;
    static constexpr std::size_t kFront = SIZE_MAX - 1;
    EventQueue* queue_;
    std::function<void()> fire_;
    Nanoseconds time_ = 0;
    std::uint64_t sequence_ = 0;
    std::size_t slot_ = kNowhere;
    Priority priority_;
    bool essential_;
};

/// The timers that are armed, earliest first: a 4-ary heap whose entries know their place, so that moving and
/// cancelling a timer costs O(log n) and leaves nothing behind. Before it stands one entry of its own: a timer armed to
/// fire before all others, as the next short step of a thread on a core among a thousand that wait, never enters the
/// heap.
class EventQueue {
public:
    [[nodiscard]] bool empty() const { return front_.timer == nullptr && heap_.empty(); }
    /// Only timers that are not essential are left, or none.
    [[nodiscard]] bool spent() const { return essential_ == 0; }
    /// Time of the earliest timer; `kNever` if there is none.
    [[nodiscard]] Nanoseconds next() const {
        if (front_.timer != nullptr) return front_.time;
        return heap_.empty() ? kNever : heap_.front().time;
    }
    /// Fires the earliest timer. The queue must not be empty.
    void fire_next();

private:
    friend class Timer;
    /// The key lies beside the pointer: a comparison touches no timer.
    struct Entry {
        Nanoseconds time = 0;
        std::uint64_t order = 0;  ///< priority in the top byte, then the sequence number
        Timer* timer = nullptr;
        [[nodiscard]] bool before(const Entry& other) const {
            return time != other.time ? time < other.time : order < other.order;
        }
    };
    void put(Timer& timer);
    void remove(Timer& timer);
    void push(const Entry& entry);
    void erase(std::size_t slot);
    void sift_up(std::size_t slot, Entry entry);
    void sift_down(std::size_t slot, Entry entry);
    void place(std::size_t slot, const Entry& entry) {
        heap_[slot] = entry;
        entry.timer->slot_ = slot;
    }

    Entry front_;  ///< before every entry of the heap; without a timer: nobody stands there
    std::vector<Entry> heap_;
    std::uint64_t sequence_ = 0;
    std::size_t essential_ = 0;
};

}  // namespace gilsim::engine
