#include "analysis/trace/names.hpp"

#include <charconv>

#include "analysis/trace/pbf_reader.hpp"

namespace gilsim::analysis {
namespace {

using namespace trace::perfetto;  // NOLINT: this file is about nothing else
using protozero::pbf_reader;

// A descriptor as it stands in the file.
struct TrackText {
    std::uint64_t uuid = 0;
    std::uint64_t parent = 0;
    std::string name;
    std::string description;
    std::string unit;
    std::int64_t pid = 0;
    std::int64_t tid = 0;
};

void read_process(pbf_reader process, TrackText& d) {
    while (process.next()) {
        switch (process.tag()) {
            case kProcessPid:
                d.pid = process.get_int32();
                break;
            case kProcessName:
                d.name = process.get_string();
                break;
            default:
                process.skip();
        }
    }
}

void read_thread(pbf_reader thread, TrackText& d) {
    while (thread.next()) {
        switch (thread.tag()) {
            case kThreadPid:
                d.pid = thread.get_int32();
                break;
            case kThreadTid:
                d.tid = thread.get_int32();
                break;
            case kThreadName:
                d.name = thread.get_string();
                break;
            default:
                thread.skip();
        }
    }
}

TrackText read_descriptor(std::string_view bytes) {
    TrackText d;
    for (auto reader = pbf_reader{bytes}; reader.next();) {
        switch (reader.tag()) {
            case kUuid:
                d.uuid = reader.get_uint64();
                break;
            case kTrackName:
                d.name = reader.get_string();
                break;
            case kTrackProcess:
                read_process(reader.get_message(), d);
                break;
            case kTrackThread:
                read_thread(reader.get_message(), d);
                break;
            case kParentUuid:
                d.parent = reader.get_uint64();
                break;
            case kTrackCounter:
                for (auto counter = reader.get_message(); counter.next();) {
                    if (counter.tag() == kUnitName) {
                        d.unit = counter.get_string();
                    } else {
                        counter.skip();
                    }
                }
                break;
            case kDescription:
                d.description = reader.get_string();
                break;
            default:
                reader.skip();
        }
    }
    return d;
}

std::string without(std::string_view prefix, const std::string& name) {
    return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
}

template <class T>
T number(const PacketStream& stream, std::string_view text) {
    T value = 0;
    const auto [rest, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || rest != text.data() + text.size()) stream.damaged("a number was expected");
    return value;
}

}  // namespace

void TraceNames::require_ours() const {
    if (ours_) return;
    stream_.fail("this is a Perfetto trace, but not one that gilsim wrote",
                 "give the .pftrace file of a run with '--trace full'");
}

int TraceNames::describe(std::uint64_t uuid) {
    require_ours();
    const auto index = static_cast<std::int64_t>(uuid >> 4) - 1;
    if (index < 0 || index >= kMostEntries) stream_.damaged("a track with an impossible id");
    trace::entry(seen_[uuid & 15U], static_cast<int>(index)) = 1;
    return static_cast<int>(index);
}

void TraceNames::track(std::string_view bytes) {
    TrackText d = read_descriptor(bytes);
    if (d.uuid == kRunTrack || d.uuid == kRunnableTrack) return;
    const auto kind = static_cast<Track>(d.uuid & 15U);
    if (kind == Track::gil_held || kind == Track::handoffs)
        stream_.fail("this is a summary trace: it has no events", "run again with '--trace full'");
    const auto process = [&] { return d.parent == 0 ? -1 : index(d.parent); };
    const int id = describe(d.uuid);
    switch (kind) {
        case Track::process:
            process_of_pid_[d.pid] = id;
            trace::entry(directory.processes, id) = {std::move(d.name), static_cast<int>(d.pid)};
            break;
        case Track::thread: {
            const auto found = process_of_pid_.find(d.pid);
            if (found == process_of_pid_.end()) stream_.damaged("a thread of a process that is not described");
            thread_of_tid_[d.tid] = id;
            trace::entry(directory.threads, id) = {std::move(d.name), found->second, static_cast<int>(d.tid)};
            break;
        }
        case Track::gil:
            trace::entry(directory.interpreters, id) = {without("GIL ", d.name), process(), std::move(d.description)};
            break;
        case Track::lock:
            trace::entry(directory.locks, id) = {d.name.substr(d.name.find(' ') + 1), process(),
                                                 d.name.substr(0, d.name.find(' '))};
            break;
        case Track::counter:
            trace::entry(directory.counters, id) = {std::move(d.name), std::move(d.unit), process()};
            break;
        default:
            break;  // no entry of its own
    }
}

void TraceNames::fixed_name(std::int64_t number, std::string_view text) {
    std::string_view expected = text;
    if (number < static_cast<std::int64_t>(trace::kStates.size())) {
        expected = trace::kStates[static_cast<std::size_t>(number)].name;
    } else if (number >= kFirstEventName &&
               number < kFirstEventName + static_cast<std::int64_t>(trace::kEventKinds.size())) {
        expected = trace::kEventKinds[static_cast<std::size_t>(number - kFirstEventName)];
    }
    // Whose trace it is, the metadata tells, which comes later.
    if (expected != text && other_name_.empty()) other_name_ = text;
}

void TraceNames::interned(std::string_view bytes) {
    for (auto tables = pbf_reader{bytes}; tables.next();) {
        if (tables.tag() != kEventNames) {
            tables.skip();
            continue;
        }
        std::uint64_t iid = 0;
        std::string_view text;
        for (auto entry = tables.get_message(); entry.next();) {
            if (entry.tag() == kIid) {
                iid = entry.get_uint64();
            } else if (entry.tag() == kText) {
                text = entry.get_view();
            } else {
                entry.skip();
            }
        }
        const auto index = static_cast<std::int64_t>(iid >> 2) - 1;
        if (index < 0 || index >= kMostEntries) {
            require_ours();
            stream_.damaged("a name with an impossible id");
        }
        const auto kind = static_cast<Name>(iid & 3U);
        trace::entry(named_[iid & 3U], static_cast<int>(index)) = 1;
        if (kind == Name::fixed) fixed_name(index, text);
        if (kind == Name::label) trace::entry(directory.labels, static_cast<int>(index)) = text;
        if (kind == Name::request) trace::entry(directory.requests, static_cast<int>(index)) = text;
    }
}

void TraceNames::attributes(std::string_view bytes) {
    for (auto list = pbf_reader{bytes}; list.next();) {
        std::string_view key;
        std::string_view value;
        for (auto attribute = list.get_message(); attribute.next();) {
            if (attribute.tag() == kAttributeKey) {
                key = attribute.get_view();
            } else if (attribute.tag() == kAttributeString) {
                value = attribute.get_view();
            } else {
                attribute.skip();
            }
        }
        if (key == "gilsim_version") version = value;
        if (key == "scenario") directory.scenario = value;
        if (key == "variant") directory.variant = value;
        if (key == "seed") directory.seed = number<std::uint64_t>(stream_, value);
        if (key == "cores") directory.cores = number<int>(stream_, value);
        if (key == "gilsim_encoding") {
            ours_ = true;
            if (value != std::to_string(kEncoding))
                stream_.fail(
                    "the trace has encoding " + std::string(value) + ", this gilsim reads " + std::to_string(kEncoding),
                    "read it with the version that wrote it, or write it again");
        }
    }
    if (ours_ && !other_name_.empty())
        stream_.fail("the trace is of another version of gilsim: this one knows no '" + other_name_ + "'",
                     "read it with the version that wrote it, or write it again");
}

int TraceNames::thread_of(std::int64_t tid) const {
    if (tid <= 0) return -1;
    if (thread_of_tid_.empty()) require_ours();
    const auto found = thread_of_tid_.find(tid);
    if (found == thread_of_tid_.end()) stream_.damaged("a thread that is not described");
    return found->second;
}

int TraceNames::someone(std::int64_t tid) const {
    const int thread = thread_of(tid);
    if (thread < 0) stream_.damaged("an event of no thread");
    return thread;
}

int TraceNames::name_index(Name kind, std::uint64_t id) const {
    const auto index = static_cast<std::int64_t>(id >> 2) - 1;
    const auto& named = named_[static_cast<std::size_t>(kind)];
    if ((id & 3U) != static_cast<std::uint64_t>(kind) || index < 0 ||
        index >= static_cast<std::int64_t>(named.size()) || named[static_cast<std::size_t>(index)] == 0)
        stream_.damaged("an event whose name is not described");
    return static_cast<int>(index);
}

}  // namespace gilsim::analysis
