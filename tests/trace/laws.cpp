#include "tests/trace/laws.hpp"

#include <algorithm>
#include <set>

#include "model/trace/events.hpp"

namespace gilsim::test {

namespace {

using Kind = Item::Kind;

std::string at(std::int64_t time) {
    return " at " + std::to_string(time) + " ns";
}

const trace::StateRow* state_named(const std::string& name) {
    const auto found = std::find_if(trace::kStates.begin(), trace::kStates.end(),
                                    [&](const trace::StateRow& row) { return row.name == name; });
    return found == trace::kStates.end() ? nullptr : &*found;
}

bool is_state(const std::string& name, trace::ThreadState state) {
    return trace::row(state).name == name;
}

const std::string& name_of(const Trace& trace, std::uint64_t uuid) {
    static const std::string unknown = "?";
    const auto found = trace.tracks.find(uuid);
    return found == trace.tracks.end() ? unknown : found->second.name;
}

/// The slices of each track; faults of nesting belong to check_form.
std::map<std::uint64_t, std::vector<Slice>> slices_of(const Trace& trace) {
    Violations ignored;
    return trace.slices(ignored);
}

/// Values over time of a counter: area up to `end`, beginning with 0.
struct Area {
    std::int64_t value = 0, since = 0, area = 0;
    bool negative = false;
    void set(std::int64_t time, std::int64_t v) {
        area += value * (time - since);
        value = v;
        since = time;
        negative = negative || v < 0;
    }
};

std::map<std::uint64_t, Area> areas_of(const Trace& trace) {
    std::map<std::uint64_t, Area> areas;
    for (const auto& item : trace.items) {
        if (item.kind == Kind::counter) areas[item.track].set(item.time, item.value);
        for (const auto& [uuid, value] : item.also) areas[uuid].set(item.time, value);
    }
    for (auto& [uuid, area] : areas) area.set(trace.end, area.value);
    return areas;
}

}  // namespace

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
                if (state_named(slice.begin->name) == nullptr) say("is in an unknown state " + slice.begin->name);
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

Violations check_gil(const Trace& trace) {
    Violations found;
    struct Gil {
        std::string holder;  ///< by name, as the slices are
        int holder_tid = 0;  ///< 0: free
        int last_tid = 0;    ///< who took it last
    };
    std::map<std::uint64_t, Gil> gils;
    std::map<int, std::set<std::uint64_t>> held_by;  // tid -> GILs
    std::map<int, const Track*> python;              // threads in bytecode or native
    std::set<int> processes_with_gil;
    const Item* last_change = nullptr;
    std::int64_t now = 0;
    for (const auto* track : trace.of_kind(kGilTrack)) {
        if (track->parent != 0 && track->description != "none" && track->description != "free_threaded")
            processes_with_gil.insert(trace.tracks.at(track->parent).pid);
    }
    for (const auto& item : trace.items) {
        const auto say = [&](const std::string& what) {
            found.push_back("gil: " + name_of(trace, item.track) + ": " + what + at(item.time));
        };
        if (item.after_end) break;
        if (item.time > now) {
            for (const auto& [tid, track] : python) {
                if (processes_with_gil.count(track->pid) != 0 && held_by[tid].empty()) {
                    found.push_back("gil: " + track->name + " runs Python without the GIL" + at(now));
                }
            }
            now = item.time;
        }
        const auto kind = kind_of(item.track);
        if (kind == kGilTrack) {
            last_change = &item;
            auto& gil = gils[item.track];
            if (item.kind == Kind::slice_begin) {
                if (gil.holder_tid != 0) say("taken by " + item.name + " while " + gil.holder + " holds it");
                if (std::max<std::int64_t>(item.note("last_holder"), 0) != gil.last_tid)
                    say("last holder is told wrong");
                gil.holder = item.name;
            }
        } else if (kind == kThreadTrack && item.kind == Kind::instant) {
            const auto tid = trace.tracks.at(item.track).tid;
            if (item.name == "gil_acquire" && last_change != nullptr) {
                auto& gil = gils[last_change->track];
                if (gil.holder_tid != 0) held_by[gil.holder_tid].erase(last_change->track);
                gil.holder_tid = gil.last_tid = tid;
                held_by[tid].insert(last_change->track);
                if (gil.holder != trace.tracks.at(item.track).name) say("the GIL's slice names " + gil.holder);
            } else if (item.name == "gil_release" && last_change != nullptr) {
                auto& gil = gils[last_change->track];
                if (gil.holder_tid != tid) say("releases a GIL that it does not hold");
                held_by[tid].erase(last_change->track);
                gil.holder_tid = 0;
            }
        } else if (kind == kThreadTrack) {
            const auto& track = trace.tracks.at(item.track);
            const bool runs = item.kind == Kind::slice_begin && (is_state(item.name, trace::ThreadState::bytecode) ||
                                                                 is_state(item.name, trace::ThreadState::native));
            if (runs) {
                python[track.tid] = &track;
            } else {
                python.erase(track.tid);
            }
        }
    }
    return found;
}

Violations check_handoffs(const Trace& trace) {
    Violations found;
    struct Release {
        std::uint64_t track = 0, flow = 0;
        std::int64_t time = 0;
    };
    std::map<std::uint64_t, Release> last;  // of each GIL, until it is taken
    std::set<std::uint64_t> flows;
    const Item* gil = nullptr;
    for (const auto& item : trace.items) {
        const auto say = [&](const std::string& what) {
            found.push_back("handoff: " + name_of(trace, item.track) + " " + what + at(item.time));
        };
        if (item.name == "message_send" || item.name == "message_receive") continue;  // check_messages
        for (const auto flow : item.flow_begins) {
            if (!flows.insert(flow).second) say("begins a flow twice");
            if (item.name != "gil_release") say("begins a flow without releasing");
        }
        if (!item.flow_ends.empty() && item.name != "gil_acquire") say("ends a flow without taking the GIL");
        if (kind_of(item.track) == kGilTrack) gil = &item;
        if (item.kind != Kind::instant || gil == nullptr) continue;
        if (item.name == "gil_release") {
            if (item.flow_begins.size() != 1) say("releases without a flow");
            last[gil->track] = {item.track, item.flow_begins.empty() ? 0 : item.flow_begins.front(), item.time};
        } else if (item.name == "gil_acquire") {
            const auto release = last.find(gil->track);
            const bool handed_over = release != last.end() && release->second.track != item.track;
            if (handed_over != !item.flow_ends.empty())
                say(handed_over ? "takes over without a flow" : "takes over from nobody");
            if (handed_over && !item.flow_ends.empty()) {
                if (item.flow_ends.front() != release->second.flow) say("takes over another release");
                if (release->second.time > item.time) say("takes over before the release");
            }
            if (release != last.end()) last.erase(release);
        }
    }
    return found;
}

Violations check_messages(const Trace& trace) {
    Violations found;
    std::map<std::uint64_t, std::pair<std::int64_t, std::int64_t>> sent;  // flow -> through which channel, when
    for (const auto& item : trace.items) {
        const bool sends = item.name == "message_send";
        if (!sends && item.name != "message_receive") continue;
        const auto say = [&](const std::string& what) {
            found.push_back("messages: " + name_of(trace, item.track) + " " + what + at(item.time));
        };
        const auto& flows = sends ? item.flow_begins : item.flow_ends;
        if (flows.size() != 1) {
            say("sends or receives without a flow");
        } else if (sends) {
            if (!sent.emplace(flows.front(), std::pair{item.note("lock"), item.time}).second)
                say("sends a message twice");
        } else {
            const auto message = sent.find(flows.front());
            if (message == sent.end())
                say("receives what nobody has sent");
            else if (message->second.first != item.note("lock") || message->second.second > item.time)
                say("receives what was sent elsewhere or later");
            else
                sent.erase(message);
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

Violations check_stopped_worlds(const Trace& trace) {
    Violations found;
    std::map<int, int> interpreters;  // how many, by process
    for (const auto* track : trace.of_kind(kGilTrack))
        if (track->parent != 0) ++interpreters[trace.tracks.at(track->parent).pid];
    std::map<int, int> stopped_by;       // process -> thread
    std::map<int, const Track*> python;  // threads that run Python
    std::int64_t now = 0;
    for (const auto& item : trace.items) {
        if (item.after_end) break;
        if (item.time > now) {
            for (const auto& [tid, track] : python) {
                const auto stopper = stopped_by.find(track->pid);
                if (stopper != stopped_by.end() && stopper->second != tid)
                    found.push_back("world: " + track->name + " runs Python while the world is stopped" + at(now));
            }
            now = item.time;
        }
        if (kind_of(item.track) != kThreadTrack) continue;
        const Track& track = trace.tracks.at(item.track);
        if (item.kind != Kind::instant) {
            const bool runs = item.kind == Kind::slice_begin && (is_state(item.name, trace::ThreadState::bytecode) ||
                                                                 is_state(item.name, trace::ThreadState::native) ||
                                                                 is_state(item.name, trace::ThreadState::contended));
            if (runs)
                python[track.tid] = &track;
            else
                python.erase(track.tid);
        } else if (item.name == "world_stop" && interpreters[track.pid] <= 1) {
            if (!stopped_by.emplace(track.pid, track.tid).second)
                found.push_back("world: stopped twice" + at(item.time));
        } else if (item.name == "world_start" && interpreters[track.pid] <= 1) {
            if (stopped_by.erase(track.pid) == 0) found.push_back("world: started twice" + at(item.time));
        }
    }
    return found;
}

Violations check_requests(const Trace& trace) {
    Violations found;
    std::set<std::int64_t> serials;
    for (const auto& item : trace.items) {
        if (item.kind == Kind::instant && item.name == "request_end") {
            found.push_back("requests: end without a beginning" + at(item.time));
        }
    }
    for (const auto& [uuid, slices] : slices_of(trace)) {
        if (kind_of(uuid) != kRequestTrack) continue;
        for (const auto& slice : slices) {
            if (slice.depth > 0) found.push_back("requests: two in one lane" + at(slice.begin->time));
            if (!serials.insert(slice.begin->note("request")).second) {
                found.push_back("requests: serial number used twice" + at(slice.begin->time));
            }
        }
    }
    return found;
}

Violations check_memory(const Trace& trace) {
    Violations found;
    std::map<std::uint64_t, std::int64_t> collecting;  // thread -> interpreter
    std::map<int, std::map<std::string, std::int64_t>> bytes;  // pid -> counter
    for (const auto& item : trace.items) {
        const auto say = [&](const std::string& what) {
            found.push_back("memory: " + name_of(trace, item.track) + " " + what + at(item.time));
        };
        if (item.after_end) break;
        if (kind_of(item.track) == kCounterTrack) {
            const auto& track = trace.tracks.at(item.track);
            if (track.parent == 0) continue;
            auto& of = bytes[trace.tracks.at(track.parent).pid];
            of[track.name] = item.value;
            if (track.name == trace::kUssCounter && of[std::string(trace::kRssCounter)] < item.value)
                say("has more of its own than is resident");
        }
        if (kind_of(item.track) != kThreadTrack) continue;
        const bool at_work = item.kind == Kind::slice_begin &&
                             (is_state(item.name, trace::ThreadState::bytecode) ||
                              is_state(item.name, trace::ThreadState::native));
        if (at_work && collecting.count(item.track) != 0) say("runs the program while it collects");
        if (item.kind != Kind::instant) continue;
        if (item.name == "gc_begin") {
            for (const auto& [track, interpreter] : collecting)
                if (interpreter == item.note("interpreter")) say("collects while another does");
            collecting[item.track] = item.note("interpreter");
        } else if (item.name == "gc_end") {
            if (collecting.erase(item.track) == 0) say("ends a collection that has not begun");
            if (item.note("objects") < 0) say("frees fewer than no objects");
        } else if (item.name == "page_faults" || item.name == "copy_on_write") {
            if (item.note("pages") <= 0) say("has no page faults, and says so");
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
