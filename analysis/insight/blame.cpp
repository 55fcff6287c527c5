#include "analysis/insight/blame.hpp"

#include <algorithm>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {
namespace {

using trace::entry;
using trace::Event;
using trace::EventKind;
using trace::ThreadState;

constexpr auto kRunnable = static_cast<int>(ThreadState::runnable);

}  // namespace

int BlameMatrix::row_of(Wanted wanted, int object) {
    if (wanted != Wanted::lock) return static_cast<int>(wanted);
    const std::string& name = threads_.directory().locks[static_cast<std::size_t>(object)].name;
    const auto found = std::find(lock_names_.begin(), lock_names_.end(), name);
    const auto index = found - lock_names_.begin();
    if (found == lock_names_.end()) {
        lock_names_.push_back(name);
        grid_.emplace_back();
    }
    return static_cast<int>(2 + index);
}

BlameMatrix::Thing& BlameMatrix::thing(Wanted wanted, int object) {
    if (object < 0) {
        nothing_.row = static_cast<int>(wanted);
        return nothing_;
    }
    Thing& found = entry(things_[static_cast<std::size_t>(wanted)], object);
    if (found.row < 0) found.row = row_of(wanted, object);
    return found;
}

void BlameMatrix::settle(Thing& t, Nanoseconds now) {
    if (now == t.since) return;
    entry(t.filled, threads_.doing(t.holder)) += now - t.since;
    t.since = now;
}

void BlameMatrix::settle_all(int thread, Nanoseconds now) {
    const Thread& t = entry(entries_, thread);
    if (t.gil >= 0) settle(thing(Wanted::gil, t.gil), now);
    if (t.core >= 0) settle(thing(Wanted::core, t.core), now);
    for (const int lock : t.locks) settle(thing(Wanted::lock, lock), now);
}

void BlameMatrix::give(Wanted wanted, int object, int thread, Nanoseconds now) {
    Thing& t = thing(wanted, object);
    settle(t, now);
    t.holder = thread;
}

void BlameMatrix::begin(Wanted wanted, int object, int thread, Nanoseconds now) {
    Thing& t = thing(wanted, object);
    settle(t, now);
    Open& wait = entry(entries_, thread).waits[static_cast<std::size_t>(wanted)];
    wait.object = object;
    wait.active = true;
    wait.since = now;
    wait.filled = t.filled;
}

void BlameMatrix::end(Wanted wanted, int thread, Nanoseconds now, bool ended) {
    Open& wait = entry(entries_, thread).waits[static_cast<std::size_t>(wanted)];
    if (!wait.active) return;
    wait.active = false;
    Thing& t = thing(wanted, wait.object);
    settle(t, now);
    if (now == wait.since) return;
    constexpr std::array states{ThreadState::waiting_gil, ThreadState::runnable, ThreadState::waiting_lock};
    const int waiter = threads_.doing_as(thread, states[static_cast<std::size_t>(wanted)]);
    auto& row = entry(grid_[static_cast<std::size_t>(t.row)], waiter);
    if (row.size() < t.filled.size()) row.resize(t.filled.size());
    wait.filled.resize(t.filled.size());
    for (std::size_t i = 0; i < t.filled.size(); ++i) row[i] += t.filled[i] - wait.filled[i];

    auto& worst = worst_[static_cast<std::size_t>(wanted)];
    if (worst.size() == kWorst && now - wait.since <= worst.back().end - worst.back().begin) return;
    Wait w{.wanted = wanted,
           .object = wait.object,
           .thread = thread,
           .label = threads_.label(thread),
           .begin = wait.since,
           .end = now,
           .ended = ended,
           .shares = {}};
    for (std::size_t i = 0; i < t.filled.size(); ++i) {
        if (const Nanoseconds share = t.filled[i] - wait.filled[i]; share > 0)
            w.shares.push_back({static_cast<int>(i), share});
    }
    std::stable_sort(w.shares.begin(), w.shares.end(), [](const Share& a, const Share& b) { return a.time > b.time; });
    keep(std::move(w));
}

void BlameMatrix::keep(Wait wait) {
    auto& worst = worst_[static_cast<std::size_t>(wait.wanted)];
    const auto place = std::find_if(worst.begin(), worst.end(),
                                    [&](const Wait& other) { return other.end - other.begin < wait.end - wait.begin; });
    worst.insert(place, std::move(wait));
    if (worst.size() > kWorst) worst.pop_back();
}

void BlameMatrix::before(const Event& e) {
    switch (e.kind) {
        case EventKind::state:
            settle_all(e.thread, e.time);
            if (threads_.state(e.thread) == kRunnable) end(Wanted::core, e.thread, e.time);
            break;
        case EventKind::op_begin:
        case EventKind::op_end:
            settle_all(e.thread, e.time);
            break;
        case EventKind::thread_end: {
            settle_all(e.thread, e.time);
            for (const auto wanted : {Wanted::gil, Wanted::core, Wanted::lock}) end(wanted, e.thread, e.time, false);
            Thread& t = entry(entries_, e.thread);
            if (t.gil >= 0) give(Wanted::gil, t.gil, -1, e.time);  // a process that exits takes its GIL with it
            t.gil = -1;
            break;
        }
        default:
            break;
    }
}

void BlameMatrix::after(const Event& e) {
    switch (e.kind) {
        case EventKind::state:
            if (e.value == kRunnable) {
                const Thread& t = entry(entries_, e.thread);
                begin(Wanted::core, t.core >= 0 ? t.core : t.queue, e.thread, e.time);
            }
            break;
        case EventKind::sched_waking: {
            Thread& t = entry(entries_, e.thread);
            t.queue = e.core;
            if (!t.waits[static_cast<std::size_t>(Wanted::core)].active) break;
            end(Wanted::core, e.thread, e.time);  // it is known only now in which queue it waits
            begin(Wanted::core, e.core, e.thread, e.time);
            break;
        }
        case EventKind::sched_switch:
            give(Wanted::core, e.core, e.thread, e.time);
            if (e.object >= 0) {
                Thread& previous = entry(entries_, e.object);
                previous.queue = previous.core;
                previous.core = -1;
            }
            if (e.thread >= 0) entry(entries_, e.thread).core = e.core;
            break;
        case EventKind::gil_wait:
            begin(Wanted::gil, e.object, e.thread, e.time);
            break;
        case EventKind::gil_acquire:
            end(Wanted::gil, e.thread, e.time);
            give(Wanted::gil, e.object, e.thread, e.time);
            entry(entries_, e.thread).gil = e.object;
            break;
        case EventKind::gil_release:
            give(Wanted::gil, e.object, -1, e.time);
            entry(entries_, e.thread).gil = -1;
            break;
        case EventKind::lock_wait:
            begin(Wanted::lock, e.object, e.thread, e.time);
            break;
        case EventKind::sync_done:  // its patience has run out, if it waited for that lock
            if (entry(entries_, e.thread).waits[static_cast<std::size_t>(Wanted::lock)].object == e.object)
                end(Wanted::lock, e.thread, e.time);
            break;
        case EventKind::lock_acquire:
            end(Wanted::lock, e.thread, e.time);
            give(Wanted::lock, e.object, e.thread, e.time);
            entry(entries_, e.thread).locks.push_back(e.object);
            break;
        case EventKind::lock_release: {
            // Whoever holds it loses it: Python lets any thread release a lock.
            const int holder = thing(Wanted::lock, e.object).holder;
            give(Wanted::lock, e.object, -1, e.time);
            if (holder >= 0) std::erase(entry(entries_, holder).locks, e.object);
            break;
        }
        default:
            break;
    }
}

void BlameMatrix::finish(Nanoseconds now) {
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const int thread = static_cast<int>(i);
        for (const auto wanted : {Wanted::gil, Wanted::core, Wanted::lock}) end(wanted, thread, now, false);
    }
}

std::vector<Blame> BlameMatrix::matrix() const {
    std::vector<Blame> all;
    for (std::size_t kind = 0; kind < grid_.size(); ++kind) {
        const auto wanted = static_cast<Wanted>(std::min<std::size_t>(kind, 2));
        for (std::size_t waiter = 0; waiter < grid_[kind].size(); ++waiter) {
            const auto& row = grid_[kind][waiter];
            for (std::size_t holder = 0; holder < row.size(); ++holder) {
                if (row[holder] == 0) continue;
                all.push_back({wanted, kind < 2 ? "" : lock_names_[kind - 2], static_cast<int>(waiter),
                               static_cast<int>(holder), row[holder]});
            }
        }
    }
    std::stable_sort(all.begin(), all.end(), [](const Blame& a, const Blame& b) { return a.time > b.time; });
    return all;
}

Nanoseconds BlameMatrix::total(Wanted wanted) const {
    Nanoseconds sum = 0;
    for (const Blame& blame : matrix()) sum += blame.wanted == wanted ? blame.time : 0;
    return sum;
}

}  // namespace gilsim::analysis
