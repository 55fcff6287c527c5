#include "analysis/insight/gil_use.hpp"

#include <algorithm>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {

using trace::entry;
using trace::EventKind;
using trace::ReleaseReason;

GilUser& GilUse::user(int interpreter, int thread) {
    return entry(entry(users_, interpreter), threads_.party(thread));
}

void GilUse::release(int thread, Nanoseconds now, ReleaseReason reason) {
    Thread& t = entry(entries_, thread);
    if (t.held < 0) return;
    GilUser& u = user(t.held, thread);
    u.holds.add(now - t.held_since);
    u.hold_total += now - t.held_since;
    ++u.releases[static_cast<std::size_t>(reason)];
    t.held = -1;
}

void GilUse::event(const trace::Event& e) {
    switch (e.kind) {
        case EventKind::gil_wait: {
            Thread& t = entry(entries_, e.thread);
            t.wait_since = e.time;
            t.asked = false;
            return;
        }
        case EventKind::drop_request: {
            Thread& t = entry(entries_, e.thread);
            if (t.wait_since < 0) return;
            Nanoseconds& patience = entry(patience_, e.object);
            const Nanoseconds waited = e.time - t.wait_since;
            if (!t.asked) patience = patience == 0 ? waited : std::min(patience, waited);
            t.asked = true;
            return;
        }
        case EventKind::gil_acquire: {
            Thread& t = entry(entries_, e.thread);
            t.held = e.object;
            t.held_since = e.time;
            if (t.wait_since < 0) return;
            GilUser& u = user(e.object, e.thread);
            const Nanoseconds waited = e.time - t.wait_since;
            u.waits.add(waited);
            u.wait_total += waited;
            if (t.asked) {
                ++u.asked;
                u.asked_total += waited;
            }
            t.wait_since = -1;
            return;
        }
        case EventKind::gil_release:
            return release(e.thread, e.time, static_cast<ReleaseReason>(e.value));
        case EventKind::thread_end:
            return release(e.thread, e.time, ReleaseReason::exit);
        default:
            return;
    }
}

Nanoseconds GilUse::patience(int interpreter) const {
    const auto i = static_cast<std::size_t>(interpreter);
    return i < patience_.size() ? patience_[i] : 0;
}

}  // namespace gilsim::analysis
