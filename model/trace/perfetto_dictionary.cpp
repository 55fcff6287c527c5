#include "model/trace/perfetto_dictionary.hpp"

#include <utility>

namespace gilsim::trace::perfetto {

namespace {

using Writer = protozero::pbf_writer;

constexpr std::uint64_t kNoParent = 0;
const std::string kPlainCount;  // NOLINT: an empty string cannot throw

void add_interned(Writer& table, std::uint32_t field, std::uint64_t iid, std::string_view text) {
    Writer entry(table, field);
    entry.add_uint64(kIid, iid);
    entry.add_string(kText, text.data(), text.size());
}

/// A packet's fields that concern its sequence.
void add_sequence(Writer& packet, std::uint32_t flags) {
    packet.add_uint32(kSequence, 1);
    packet.add_uint32(kSequenceFlags, flags);
}

template <class Entries>
const auto& at(const Entries& entries, int id) {
    return entries[static_cast<std::size_t>(id)];
}

std::uint64_t process_or_machine(int process) {
    return process < 0 ? kNoParent : track(Track::process, process);
}

}  // namespace

void Dictionary::begin(std::string_view version) {
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kStateCleared | kNeedsState);
        Writer names(packet, kInternedData);
        for (const auto& state : kStates) {
            add_interned(names, kEventNames, name_id(Name::fixed, static_cast<int>(state.state)), state.name);
        }
        for (std::size_t i = 0; i < kEventKinds.size(); ++i) {
            add_interned(names, kEventNames, name_id(Name::fixed, kFirstEventName + static_cast<int>(i)),
                         kEventKinds[i]);
        }
        add_interned(names, kEventNames, name_id(Name::fixed, kRunName), "run");
        add_interned(names, kEventNames, name_id(Name::fixed, kRunEndName), "run_end");
        add_interned(names, kEventNames, name_id(Name::fixed, kAliveName), "alive");
        constexpr std::array notes{
            std::pair{Note::interpreter, "interpreter"}, std::pair{Note::last_holder, "last_holder"},
            std::pair{Note::reason, "reason"},           std::pair{Note::lock, "lock"},
            std::pair{Note::thread, "thread"},           std::pair{Note::request, "request"},
            std::pair{Note::value, "value"},
            std::pair{Note::generation, "generation"},   std::pair{Note::objects, "objects"},
            std::pair{Note::pages, "pages"},             std::pair{Note::bytes, "bytes"}};
        for (const auto& [note, text] : notes) {
            add_interned(names, kAnnotationNames, static_cast<std::uint64_t>(note), text);
        }
        for (std::size_t i = 0; i < kReleaseReasons.size(); ++i) {
            add_interned(names, kAnnotationStrings, i + 1, kReleaseReasons[i]);
        }
    }
    out_.write(packet_);
    describe_track(kRunTrack, kNoParent, "gilsim");
    describe_track(kRunnableTrack, kNoParent, "runnable threads", {}, &kPlainCount);
    metadata(version);
}

void Dictionary::metadata(std::string_view version) {
    const std::array<std::pair<std::string_view, std::string>, 6> facts{{
        {"gilsim_version", std::string(version)},
        {"gilsim_encoding", std::to_string(kEncoding)},
        {"scenario", directory_.scenario},
        {"variant", directory_.variant},
        {"seed", std::to_string(directory_.seed)},
        {"cores", std::to_string(directory_.cores)},
    }};
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer attributes(packet, kTraceAttributes);
        for (const auto& [key, value] : facts) {
            Writer attribute(attributes, kAttribute);
            attribute.add_string(kAttributeKey, key.data(), key.size());
            attribute.add_string(kAttributeString, value);
        }
    }
    out_.write(packet_);
    // The same as annotations of the first instant: for viewers older than trace attributes (2026).
    packet_.clear();
    {
        Writer packet(packet_);
        packet.add_uint64(kTimestamp, 0);
        add_sequence(packet, kNeedsState);
        Writer event(packet, kTrackEvent);
        event.add_enum(kType, static_cast<std::int32_t>(EventType::instant));
        event.add_uint64(kTrackUuid, kRunTrack);
        event.add_uint64(kNameId, name_id(Name::fixed, kRunName));
        for (const auto& [key, value] : facts) {
            Writer annotation(event, kDebugAnnotations);
            annotation.add_string(kAnnotationName, key.data(), key.size());
            annotation.add_string(kAnnotationString, value);
        }
    }
    out_.write(packet_);
}

void Dictionary::complete(bool summary) {
    const auto all = [](const auto& entries, auto&& use) {
        for (std::size_t i = 0; i < entries.size(); ++i) use(static_cast<int>(i));
    };
    all(directory_.processes, [&](int id) { process(id); });
    all(directory_.threads, [&](int id) { thread(id); });
    all(directory_.interpreters, [&](int id) { interpreter(summary ? Track::gil_held : Track::gil, id); });
    all(directory_.counters, [&](int id) { counter(id); });
    all(directory_.requests, [&](int id) { request_name(id); });
    if (summary) return;
    all(directory_.locks, [&](int id) { lock(id); });
    all(directory_.labels, [&](int id) { label(id); });
}

void Dictionary::end(Nanoseconds time, Outcome outcome) {
    const auto text = name(outcome);
    packet_.clear();
    {
        Writer packet(packet_);
        packet.add_uint64(kTimestamp, static_cast<std::uint64_t>(time));
        add_sequence(packet, kNeedsState);
        Writer event(packet, kTrackEvent);
        event.add_enum(kType, static_cast<std::int32_t>(EventType::instant));
        event.add_uint64(kTrackUuid, kRunTrack);
        event.add_uint64(kNameId, name_id(Name::fixed, kRunEndName));
        Writer annotation(event, kDebugAnnotations);
        annotation.add_string(kAnnotationName, "outcome");
        annotation.add_string(kAnnotationString, text.data(), text.size());
    }
    out_.write(packet_);
}

std::uint64_t Dictionary::request_lane(int lane, int kind) {
    const auto uuid = track(Track::request_lane, lane);
    if (first_use(tracks_[static_cast<std::size_t>(Track::request_lane)], lane)) {
        describe_track(uuid, kNoParent, at(directory_.requests, kind));
    }
    return uuid;
}

void Dictionary::describe(Track kind, int id) {
    const auto uuid = track(kind, id);
    static const std::string nanoseconds = "ns";
    switch (kind) {
        case Track::process:
            return describe_process(id);
        case Track::thread:
            return describe_thread(id);
        case Track::operations:
            return describe_track(uuid, thread(id), "operations");
        case Track::gil:
        case Track::gil_waiters:
        case Track::gil_held:
        case Track::handoffs: {
            const auto& entry = at(directory_.interpreters, id);
            const auto parent = process(entry.process);
            if (kind == Track::gil) return describe_track(uuid, parent, "GIL " + entry.name, entry.policy);
            if (kind == Track::gil_waiters)
                return describe_track(uuid, parent, "GIL waiters " + entry.name, {}, &kPlainCount);
            if (kind == Track::handoffs)
                return describe_track(uuid, parent, "GIL hand-offs " + entry.name, {}, &kPlainCount);
            return describe_track(uuid, parent, "GIL held " + entry.name, entry.policy, &nanoseconds);
        }
        case Track::lock: {
            const auto& entry = at(directory_.locks, id);
            if (entry.process >= 0) process(entry.process);
            return describe_track(uuid, process_or_machine(entry.process), entry.kind + " " + entry.name);
        }
        case Track::counter: {
            const auto& entry = at(directory_.counters, id);
            if (entry.process >= 0) process(entry.process);
            return describe_track(uuid, process_or_machine(entry.process), entry.name, {}, &entry.unit);
        }
        case Track::request_lane:
            return;  // has its own function, since a lane knows no kind
    }
}

void Dictionary::describe_process(int id) {
    const auto& entry = at(directory_.processes, id);
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer descriptor(packet, kTrackDescriptor);
        descriptor.add_uint64(kUuid, track(Track::process, id));
        Writer process(descriptor, kTrackProcess);
        process.add_int32(kProcessPid, entry.pid);
        process.add_string(kProcessName, entry.name);
    }
    out_.write(packet_);
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer tree(packet, kProcessTree);
        Writer process(tree, kTreeProcesses);
        process.add_int32(kTreePid, entry.pid);
        process.add_string(kTreeCommandLine, entry.name);
    }
    out_.write(packet_);
}

void Dictionary::describe_thread(int id) {
    const auto& entry = at(directory_.threads, id);
    process(entry.process);
    const auto pid = at(directory_.processes, entry.process).pid;
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer descriptor(packet, kTrackDescriptor);
        descriptor.add_uint64(kUuid, track(Track::thread, id));
        descriptor.add_uint64(kParentUuid, track(Track::process, entry.process));
        Writer thread(descriptor, kTrackThread);
        thread.add_int32(kThreadPid, pid);
        thread.add_int32(kThreadTid, entry.tid);
        thread.add_string(kThreadName, entry.name);
    }
    out_.write(packet_);
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer tree(packet, kProcessTree);
        Writer thread(tree, kTreeThreads);
        thread.add_int32(kTreeTid, entry.tid);
        thread.add_string(kTreeThreadName, entry.name);
        thread.add_int32(kTreeTgid, pid);
    }
    out_.write(packet_);
}

void Dictionary::describe_track(std::uint64_t uuid, std::uint64_t parent, std::string_view name,
                                std::string_view description, const std::string* unit) {
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer descriptor(packet, kTrackDescriptor);
        descriptor.add_uint64(kUuid, uuid);
        if (parent != kNoParent) descriptor.add_uint64(kParentUuid, parent);
        descriptor.add_string(kTrackName, name.data(), name.size());
        if (!description.empty()) descriptor.add_string(kDescription, description.data(), description.size());
        if (unit != nullptr) {
            Writer counter(descriptor, kTrackCounter);
            counter.add_string(kUnitName, *unit);
        }
    }
    out_.write(packet_);
}

void Dictionary::intern(Name kind, int id, std::uint64_t iid) {
    const auto& text = kind == Name::thread  ? at(directory_.threads, id).name
                       : kind == Name::label ? at(directory_.labels, id)
                                             : at(directory_.requests, id);
    packet_.clear();
    {
        Writer packet(packet_);
        add_sequence(packet, kNeedsState);
        Writer names(packet, kInternedData);
        add_interned(names, kEventNames, iid, text);
    }
    out_.write(packet_);
}

}  // namespace gilsim::trace::perfetto
