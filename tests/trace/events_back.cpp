#include "tests/trace/events_back.hpp"

#include <algorithm>
#include <stdexcept>

namespace gilsim::test {

namespace {

using trace::Event;
using trace::EventKind;

EventKind kind_named(std::string_view name) {
    const auto found = std::find(trace::kEventKinds.begin(), trace::kEventKinds.end(), name);
    if (found == trace::kEventKinds.end()) throw std::runtime_error("unknown event " + std::string(name));
    return static_cast<EventKind>(found - trace::kEventKinds.begin());
}

/// docs/trace.md: the lowest two bits say what a name is of (1 thread, 2 label, 3 request), the others its id + 1.
int name_index(const Item& item) {
    return static_cast<int>(item.name_id >> 2) - 1;
}

template <class T>
T& grown(std::vector<T>& entries, int index) {
    const auto i = static_cast<std::size_t>(index);
    if (i >= entries.size()) entries.resize(i + 1);
    return entries[i];
}

std::string without(const std::string& prefix, const std::string& name) {
    if (name.rfind(prefix, 0) != 0) throw std::runtime_error("unexpected name of a track: " + name);
    return name.substr(prefix.size());
}

/// Ids of threads and processes by their numbers in the trace.
struct Numbers {
    std::map<int, int> thread_of_tid, process_of_pid;

    explicit Numbers(const Trace& trace) {
        for (const auto* track : trace.of_kind(kThreadTrack)) thread_of_tid[track->tid] = index_of(track->uuid);
        for (const auto* track : trace.of_kind(kProcessTrack)) process_of_pid[track->pid] = index_of(track->uuid);
    }
    int thread(std::int64_t tid) const { return tid <= 0 ? -1 : thread_of_tid.at(static_cast<int>(tid)); }
};

class Rebuilder {
public:
    explicit Rebuilder(const Trace& trace) : trace_(trace), numbers_(trace) {}

    std::vector<Event> events() {
        for (const auto& item : trace_.items) {
            if (item.after_end) break;
            add(item);
        }
        return events_;
    }

private:
    void put(const Item& item, EventKind kind, int thread, int object, std::int64_t value = 0, int core = -1) {
        events_.push_back({item.time, kind, static_cast<std::int16_t>(core), thread, object, value});
    }

    void add(const Item& item) {
        const auto index = index_of(item.track);
        const bool begins = item.kind == Item::Kind::slice_begin;
        if (item.kind == Item::Kind::sched_switch) {
            const auto prev = numbers_.thread(item.prev_tid);
            return put(item, EventKind::sched_switch, numbers_.thread(item.next_tid), prev,
                       prev >= 0 && item.prev_state == 0 ? 1 : 0, item.core);
        }
        if (item.kind == Item::Kind::sched_waking) {
            return put(item, EventKind::sched_waking, numbers_.thread(item.next_tid), numbers_.thread(item.pid), 0,
                       item.target_core);
        }
        switch (kind_of(item.track)) {
            case kProcessTrack:
                return put(item, kind_named(item.name), -1, index,
                           item.name == "process_killed" ? item.note("bytes") : 0);
            case kThreadTrack:
                if (begins) return put(item, EventKind::state, index, -1, name_index(item));
                if (item.kind == Item::Kind::instant) return thread_instant(item, index);
                return;
            case kOperationsTrack:
                if (begins) labels_[item.track].push_back(name_index(item));
                put(item, begins ? EventKind::op_begin : EventKind::op_end, index, labels_[item.track].back());
                if (!begins) labels_[item.track].pop_back();
                return;
            case kGilTrack:
                gil_ = &item;  // the rest stands in the instant that follows
                return;
            case kLockTrack:
                if (begins) return put(item, EventKind::lock_acquire, name_index(item), index);
                return put(item, EventKind::lock_release, numbers_.thread(item.note("thread")), index);
            case kCounterTrack:
                return put(item, EventKind::counter, -1, index, item.value);
            case kRequestTrack:
                if (begins) open_[item.track] = {name_index(item), item.note("request")};
                return put(item, begins ? EventKind::request_begin : EventKind::request_end,
                           numbers_.thread(item.note("thread")), open_[item.track].first, open_[item.track].second);
            default:
                return;  // the machine's own tracks
        }
    }

    void thread_instant(const Item& item, int thread) {
        const auto kind = kind_named(item.name);
        switch (kind) {
            case EventKind::thread_start:
                return put(item, kind, thread, numbers_.process_of_pid.at(trace_.tracks.at(item.track).pid));
            case EventKind::gil_acquire:
                return put(item, kind, thread, index_of(gil_->track), numbers_.thread(gil_->note("last_holder")));
            case EventKind::gil_release: {
                const auto& reasons = trace::kReleaseReasons;
                const auto reason = std::find(reasons.begin(), reasons.end(), gil_->text("reason"));
                return put(item, kind, thread, index_of(gil_->track), reason - reasons.begin());
            }
            case EventKind::lock_wait:
            case EventKind::sync_wait:
                return put(item, kind, thread, static_cast<int>(item.note("lock")));
            case EventKind::sync_done:
            case EventKind::sync_signal:
            case EventKind::message_send:
            case EventKind::message_receive:
                return put(item, kind, thread, static_cast<int>(item.note("lock")), item.note("value"));
            case EventKind::request_serve:
                return put(item, kind, thread, static_cast<int>(item.note("value")), item.note("request"));
            case EventKind::gc_begin:
                return put(item, kind, thread, static_cast<int>(item.note("interpreter")), item.note("generation"));
            case EventKind::gc_end:
                return put(item, kind, thread, static_cast<int>(item.note("interpreter")), item.note("objects"));
            case EventKind::page_faults:
            case EventKind::copy_on_write:
                return put(item, kind, thread, numbers_.process_of_pid.at(trace_.tracks.at(item.track).pid),
                           item.note("pages"));
            default:
                return put(item, kind, thread, static_cast<int>(item.note("interpreter")));
        }
    }

    const Trace& trace_;
    Numbers numbers_;
    std::vector<Event> events_;
    const Item* gil_ = nullptr;
    std::map<std::uint64_t, std::vector<int>> labels_;
    std::map<std::uint64_t, std::pair<int, std::int64_t>> open_;  ///< per lane: kind, serial number
};

}  // namespace

std::vector<Event> events_of(const Trace& trace) {
    return Rebuilder(trace).events();
}

trace::Directory directory_of(const Trace& trace) {
    trace::Directory directory;
    const Numbers numbers(trace);
    directory.scenario = trace.attributes.at("scenario");
    directory.variant = trace.attributes.at("variant");
    directory.seed = std::stoull(trace.attributes.at("seed"));
    directory.cores = std::stoi(trace.attributes.at("cores"));
    const auto process = [](const Track& track) { return track.parent == 0 ? -1 : index_of(track.parent); };
    for (const auto& [uuid, track] : trace.tracks) {
        const auto index = index_of(uuid);
        switch (kind_of(uuid)) {
            case kProcessTrack:
                grown(directory.processes, index) = {track.name, track.pid};
                break;
            case kThreadTrack:
                grown(directory.threads, index) = {track.name, numbers.process_of_pid.at(track.pid), track.tid};
                break;
            case kGilTrack:
                grown(directory.interpreters, index) = {without("GIL ", track.name), process(track), track.description};
                break;
            case kLockTrack:
                grown(directory.locks, index) = {track.name.substr(track.name.find(' ') + 1), process(track),
                                                 track.name.substr(0, track.name.find(' '))};
                break;
            case kCounterTrack:
                grown(directory.counters, index) = {track.name, *track.unit, process(track)};
                break;
            default:
                break;
        }
    }
    for (const auto& [id, name] : trace.event_names) {
        const auto index = static_cast<int>(id >> 2) - 1;
        if ((id & 3) == 2) grown(directory.labels, index) = name;
        if ((id & 3) == 3) grown(directory.requests, index) = name;
    }
    return directory;
}

}  // namespace gilsim::test
