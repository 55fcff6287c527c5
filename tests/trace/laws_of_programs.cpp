// The laws of what the threads run: Python programs, their GILs, collectors, requests and messages.

#include <set>

#include "tests/trace/law_tools.hpp"

namespace gilsim::test {

using namespace laws;

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
                if (gil.holder_tid != 0)
                    say("taken by " + std::string(item.name) + " while " + gil.holder + " holds it");
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

}  // namespace gilsim::test
