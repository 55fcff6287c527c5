#include "analysis/insight/critical_path.hpp"

#include <algorithm>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {

using trace::entry;
using trace::EventKind;

void CriticalPath::settle(int thread, Nanoseconds now) {
    Path& path = entry(paths_, thread);
    if (now == path.until) return;
    entry(path.time, threads_.doing(thread)) += now - path.until;
    path.until = now;
}

void CriticalPath::before(const trace::Event& e) {
    switch (e.kind) {
        case EventKind::thread_start:
        case EventKind::thread_end:
        case EventKind::state:
        case EventKind::op_begin:
        case EventKind::op_end:
            return settle(e.thread, e.time);
        case EventKind::sched_waking:
            if (e.object >= 0) {
                settle(e.object, e.time);
                Path& woken = entry(paths_, e.thread);  // may move the waker's: look that up behind it
                woken = entry(paths_, e.object);
            }
            return;
        default:
            return;
    }
}

void CriticalPath::finish(Nanoseconds end) {
    if (!paths_.empty()) settle(0, end);
}

std::vector<Share> CriticalPath::path() const {
    std::vector<Share> parts;
    if (paths_.empty()) return parts;
    const auto& time = paths_.front().time;
    for (std::size_t i = 0; i < time.size(); ++i) {
        if (time[i] > 0) parts.push_back({static_cast<int>(i), time[i]});
    }
    std::stable_sort(parts.begin(), parts.end(), [](const Share& a, const Share& b) { return a.time > b.time; });
    return parts;
}

}  // namespace gilsim::analysis
