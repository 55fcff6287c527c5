// The laws of threads and cores, which hold whatever the threads run.

#include <set>

#include "tests/trace/law_tools.hpp"

namespace gilsim::test {

using namespace laws;

Violations check_form(const Trace& trace) {
    Violations found;
    for (const auto& fault : trace.faults) found.push_back("form: " + fault);
    static_cast<void>(trace.slices(found));
    std::map<std::uint64_t, std::int64_t> last;
    for (const auto& item : trace.items) {
        auto& time = last[item.sequence];
        if (item.time < time) found.push_back("form: time goes back from " + std::to_string(time) + at(item.time));
        time = std::max(time, item.time);
        if (item.time > trace.end) found.push_back("form: event behind the end of the run" + at(item.time));
        const bool scheduler = item.kind == Kind::sched_switch || item.kind == Kind::sched_waking;
        if (item.after_end && !scheduler && item.kind != Kind::slice_end) {
            found.push_back("form: event behind run_end" + at(item.time));
        }
    }
    return found;
}

Violations check_states_tile(const Trace& trace) {
    Violations found;
    struct Life {
        std::int64_t start = -1, end = -1;
    };
    std::map<std::uint64_t, Life> lives;
    for (const auto& item : trace.items) {
        if (item.kind != Kind::instant) continue;
        if (item.name == "thread_start") lives[item.track].start = item.time;
        if (item.name == "thread_end") lives[item.track].end = item.time;
    }
    const auto slices = slices_of(trace);
    for (const auto* track : trace.of_kind(kThreadTrack)) {
        const auto say = [&](const std::string& what) { found.push_back("states: " + track->name + " " + what); };
        const auto life = lives.find(track->uuid);
        const auto mine = slices.find(track->uuid);
        if (life == lives.end() || life->second.start < 0) {
            if (mine != slices.end() && !mine->second.empty()) say("has states but no start");
            continue;
        }
        auto reached = life->second.start;
        const bool ended = life->second.end >= 0;
        if (mine != slices.end()) {
            for (const auto& slice : mine->second) {
                if (state_named(slice.begin->name) == nullptr)
                    say("is in an unknown state " + std::string(slice.begin->name));
                if (slice.begin->time > reached) say("has no state" + at(reached));
                if (slice.begin->time < reached || slice.depth > 0) say("is in two states" + at(slice.begin->time));
                if (slice.unfinished() && ended) say("has a state after its end");
                reached = std::max(reached, slice.end->time);
            }
        }
        const auto end = ended ? life->second.end : trace.end;
        if (reached < end) say("has no state" + at(reached));
        if (reached > end) say("has a state after its end" + at(end));
    }
    return found;
}

Violations check_cores(const Trace& trace) {
    Violations found;
    struct Core {
        int tid = 0;
        std::int64_t since = 0, busy = 0, idle = 0;
        void spend(std::int64_t time) {
            (tid == 0 ? idle : busy) += time - since;
            since = time;
        }
    };
    std::map<int, Core> cores;
    const auto count = trace.attributes.find("cores");
    for (int i = 0; count != trace.attributes.end() && i < std::stoi(count->second); ++i) cores[i];
    const auto declared = cores.size();
    std::map<int, int> where;
    for (const auto& item : trace.items) {
        if (item.kind != Kind::sched_switch) continue;
        auto& core = cores[item.core];
        if (core.tid != item.prev_tid) {
            found.push_back("cores: core " + std::to_string(item.core) + " switches from " +
                            std::to_string(item.prev_tid) + " but runs " + std::to_string(core.tid) + at(item.time));
        }
        core.spend(item.time);
        where.erase(core.tid);
        core.tid = item.next_tid;
        if (item.next_tid != 0 && !where.emplace(item.next_tid, item.core).second) {
            found.push_back("cores: thread " + std::to_string(item.next_tid) + " is on two cores" + at(item.time));
        }
    }
    if (cores.size() != declared) found.push_back("cores: more than the machine has");
    std::int64_t busy = 0;
    for (auto& [id, core] : cores) {
        core.spend(trace.end);
        busy += core.busy;
        if (core.busy + core.idle != trace.end) {
            found.push_back("cores: busy and idle time of core " + std::to_string(id) + " is not the makespan");
        }
    }
    std::int64_t on_core = 0;
    for (const auto& [uuid, slices] : slices_of(trace)) {
        if (kind_of(uuid) != kThreadTrack) continue;
        for (const auto& slice : slices) {
            const auto* state = state_named(slice.begin->name);
            if (state != nullptr && state->on_core) on_core += slice.end->time - slice.begin->time;
        }
    }
    if (busy != on_core) {
        found.push_back("cores: busy for " + std::to_string(busy) + " ns, but threads ran " + std::to_string(on_core));
    }
    return found;
}

Violations check_running(const Trace& trace) {
    Violations found;
    std::set<int> on_core, in_state, wrong;
    std::map<int, int> core_of;  // core -> tid
    const auto look = [&](int tid) {
        if ((on_core.count(tid) != 0) == (in_state.count(tid) != 0)) {
            wrong.erase(tid);
        } else {
            wrong.insert(tid);
        }
    };
    const auto set = [&](std::set<int>& threads, int tid, bool is_in) {
        if (is_in) {
            threads.insert(tid);
        } else {
            threads.erase(tid);
        }
        look(tid);
    };
    std::int64_t now = 0;
    for (const auto& item : trace.items) {
        if (item.time > now) {
            for (const int tid : wrong) {
                found.push_back("running: thread " + std::to_string(tid) +
                                (on_core.count(tid) != 0 ? " is on a core in a state that needs none"
                                                         : " is in an on-core state without a core") +
                                at(now));
            }
            now = item.time;
        }
        if (item.kind == Kind::sched_switch) {
            auto& tid = core_of[item.core];
            if (tid != 0) set(on_core, tid, false);
            tid = item.next_tid;
            if (tid != 0) set(on_core, tid, true);
        } else if (kind_of(item.track) == kThreadTrack && item.kind != Kind::instant) {
            const auto* state = item.kind == Kind::slice_begin ? state_named(item.name) : nullptr;
            set(in_state, trace.tracks.at(item.track).tid, state != nullptr && state->on_core);
        }
    }
    return found;
}

Violations check_little(const Trace& trace) {
    Violations found;
    std::map<std::uint64_t, std::int64_t> waited;                             // per waiters counter
    std::map<std::uint64_t, std::pair<std::uint64_t, std::int64_t>> waiting;  // thread -> counter, since
    for (const auto& item : trace.items) {
        if (item.kind != Kind::instant || kind_of(item.track) != kThreadTrack) continue;
        if (item.name == "gil_wait") {
            const auto counter = (static_cast<std::uint64_t>(item.note("interpreter")) + 1) << 4 | kWaitersTrack;
            if (!waiting.emplace(item.track, std::pair{counter, item.time}).second) {
                found.push_back("little: " + name_of(trace, item.track) + " waits twice" + at(item.time));
            }
        } else if (item.name == "gil_acquire") {
            const auto wait = waiting.find(item.track);
            if (wait == waiting.end()) continue;
            waited[wait->second.first] += item.time - wait->second.second;
            waiting.erase(wait);
        }
    }
    for (const auto& [track, wait] : waiting) waited[wait.first] += trace.end - wait.second;
    for (const auto& [uuid, slices] : slices_of(trace)) {
        if (kind_of(uuid) != kThreadTrack) continue;
        for (const auto& slice : slices) {
            if (!is_state(slice.begin->name, trace::ThreadState::runnable)) continue;
            waited[kRunnable] += slice.end->time - slice.begin->time;
        }
    }
    auto areas = areas_of(trace);
    for (const auto& [uuid, sum] : waited) areas[uuid];
    for (const auto& [uuid, area] : areas) {
        if (uuid != kRunnable && kind_of(uuid) != kWaitersTrack) continue;
        if (area.negative) found.push_back("little: " + name_of(trace, uuid) + " is negative");
        if (area.area != waited[uuid]) {
            found.push_back("little: area of " + name_of(trace, uuid) + " is " + std::to_string(area.area) +
                            ", the waits add up to " + std::to_string(waited[uuid]));
        }
    }
    return found;
}

Violations check_laws(const Trace& trace) {
    Violations all;
    for (const auto& law : {check_form, check_states_tile, check_cores, check_running, check_gil, check_handoffs,
                            check_little, check_stopped_worlds, check_requests, check_memory, check_messages}) {
        const auto found = law(trace);
        all.insert(all.end(), found.begin(), found.end());
    }
    return all;
}

}  // namespace gilsim::test
