#include "analysis/trace/reader.hpp"

#include <string_view>
#include <vector>

#include "analysis/trace/names.hpp"
#include "analysis/trace/packet_stream.hpp"
#include "analysis/trace/pbf_reader.hpp"
#include "analysis/trace/track_item.hpp"
#include "model/trace/entries.hpp"
#include "model/trace/perfetto_format.hpp"

namespace gilsim::analysis {
namespace {

using namespace trace::perfetto;  // NOLINT: this file is about nothing else
using protozero::pbf_reader;
using trace::Event;
using trace::EventKind;
using trace::perfetto::Note;  // not scenario::Note

// No run is longer than 30 simulated days.
constexpr Nanoseconds kLongest = Nanoseconds{30} * 24 * 3600 * kSecond;

// Requests are numbered one after the other.
constexpr std::int64_t kLargestGap = 1 << 16;

// Slices of operations or a request that are open on a track.
struct RequestLane {
    int kind = -1;
    std::int64_t request = 0;
};

}  // namespace

struct TraceReader::Impl {
    explicit Impl(const std::filesystem::path& file) : stream(file) {}

    void read();
    void packet(std::string_view bytes);
    void event(const TrackItem& item);
    void process_event(const TrackItem& item);
    void thread_event(const TrackItem& item);
    void operation(const TrackItem& item);
    void request(const TrackItem& item);
    void scheduler(std::string_view bundle);
    void sched_switch(pbf_reader content, Nanoseconds time, int core);
    void sched_waking(pbf_reader content, Nanoseconds time, int waker);
    void put(const Event& e);
    void require_started(int thread) const {
        const auto i = static_cast<std::size_t>(thread);
        if (thread >= 0 && (i >= started.size() || started[i] == 0)) stream.damaged("a thread acts before its start");
    }

    PacketStream stream;
    TraceNames names{stream};
    std::span<trace::Sink* const> sinks;
    std::int64_t events = 0;
    Nanoseconds now = 0;
    TrackItem gil;  ///< the last event on a GIL's track: the instant that follows it tells the rest
    bool ended = false;
    Nanoseconds end = 0;
    trace::Outcome outcome = trace::Outcome::completed;
    std::vector<char> started;                 ///< per thread
    std::vector<std::vector<int>> operations;  ///< open labels per thread
    std::vector<RequestLane> lanes;
    std::int64_t next_request = 0;  ///< the least serial number of the next one
};

void TraceReader::Impl::put(const Event& e) {
    if (e.time < now) stream.damaged("time runs backwards");
    if (e.time > kLongest) stream.damaged("an impossible time");
    now = e.time;
    if (e.kind == EventKind::thread_start) trace::entry(started, e.thread) = 1;
    require_started(e.thread);
    if (e.kind == EventKind::sched_switch || e.kind == EventKind::sched_waking) require_started(e.object);
    ++events;
    for (trace::Sink* sink : sinks) sink->event(e);
}

void TraceReader::Impl::packet(std::string_view bytes) {
    TrackItem item;
    std::string_view event_bytes;
    for (pbf_reader packet{bytes}; packet.next();) {
        switch (packet.tag()) {
            case kTimestamp:
                item.time = static_cast<Nanoseconds>(packet.get_uint64());
                break;
            case kTrackEvent:
                event_bytes = packet.get_view();
                break;
            case kFtraceEvents:
                scheduler(packet.get_view());
                break;
            case kInternedData:
                names.interned(packet.get_view());
                break;
            case kTrackDescriptor:
                names.track(packet.get_view());
                break;
            case kTraceAttributes:
                names.attributes(packet.get_view());
                break;
            default:
                packet.skip();
        }
    }
    if (event_bytes.empty()) return;
    read_track_item(event_bytes, item);
    event(item);
}

void TraceReader::Impl::event(const TrackItem& item) {
    if (item.track == kRunTrack) {
        if (item.name != name_id(Name::fixed, kRunEndName)) return;
        for (std::size_t i = 0; i < trace::kOutcomes.size(); ++i) {
            if (item.text == trace::kOutcomes[i]) outcome = static_cast<trace::Outcome>(i);
        }
        ended = true;
        end = item.time;
        return;
    }
    const int id = names.index(item.track);
    const bool begins = item.type == EventType::slice_begin;
    switch (static_cast<Track>(item.track & 15U)) {
        case Track::process:
            return process_event(item);
        case Track::thread:
            return thread_event(item);
        case Track::operations:
            return operation(item);
        case Track::gil:
            gil = item;
            return;
        case Track::lock:
            if (begins)
                return put({.time = item.time,
                            .kind = EventKind::lock_acquire,
                            .thread = names.name_index(Name::thread, item.name),
                            .object = id});
            return put({.time = item.time,
                        .kind = EventKind::lock_release,
                        .thread = names.someone(item[Note::thread]),
                        .object = id});
        case Track::counter:
            return put({.time = item.time, .kind = EventKind::counter, .object = id, .value = item.value});
        case Track::request_lane:
            return request(item);
        default:
            return;  // what follows from the events: waiters, runnable threads
    }
}

void TraceReader::Impl::process_event(const TrackItem& item) {
    const auto is = [&](EventKind kind) {
        return item.name == name_id(Name::fixed, kFirstEventName + static_cast<int>(kind));
    };
    Event e{.time = item.time, .kind = EventKind::process_start, .object = names.index(item.track)};
    if (is(EventKind::process_end)) e.kind = EventKind::process_end;
    if (is(EventKind::process_killed)) {
        e.kind = EventKind::process_killed;
        e.value = item[Note::bytes];
    }
    put(e);
}

void TraceReader::Impl::thread_event(const TrackItem& item) {
    const int thread = names.index(item.track);
    if (item.type == EventType::slice_end) return;
    const int number = names.name_index(Name::fixed, item.name);
    if (item.type == EventType::slice_begin) {
        if (number == kAliveName)
            stream.fail("this is a summary trace: it has no events", "run again with '--trace full'");
        if (number >= static_cast<int>(trace::kStates.size())) stream.damaged("an unknown state of a thread");
        return put({.time = item.time, .kind = EventKind::state, .thread = thread, .value = number});
    }
    if (number < kFirstEventName || number >= kFirstEventName + static_cast<int>(trace::kEventKinds.size()))
        stream.damaged("an unknown kind of event");
    Event e{.time = item.time, .kind = static_cast<EventKind>(number - kFirstEventName), .thread = thread};
    switch (e.kind) {
        case EventKind::thread_start:
            e.object = names.directory.threads[static_cast<std::size_t>(thread)].process;
            break;
        case EventKind::gil_acquire:
        case EventKind::gil_release:
            if (gil.track == 0) stream.damaged("a thread takes or releases no GIL");
            e.object = names.index(gil.track);
            e.value = e.kind == EventKind::gil_release ? gil[Note::reason] - 1
                      : gil.has(Note::last_holder)     ? names.thread_of(gil[Note::last_holder])
                                                       : -1;
            if (e.kind == EventKind::gil_release &&
                (e.value < 0 || e.value >= static_cast<std::int64_t>(trace::kReleaseReasons.size())))
                stream.damaged("a GIL is released for an unknown reason");
            gil = {};
            break;
        case EventKind::lock_wait:
        case EventKind::sync_wait:
            e.object = names.lock(item[Note::lock]);
            break;
        case EventKind::sync_done:
        case EventKind::sync_signal:
        case EventKind::message_send:
        case EventKind::message_receive:
            e.object = names.lock(item[Note::lock]);
            e.value = item[Note::value];
            break;
        case EventKind::request_serve:
            e.object = names.request(item[Note::value]);
            e.value = item[Note::request];
            break;
        case EventKind::gil_wait:
        case EventKind::drop_request:
        case EventKind::forced_switch:
        case EventKind::gil_missed:
        case EventKind::world_stop:
        case EventKind::world_start:
            e.object = names.interpreter(item[Note::interpreter]);
            break;
        case EventKind::gc_begin:
        case EventKind::gc_end:
            e.object = names.interpreter(item[Note::interpreter]);
            e.value = item[e.kind == EventKind::gc_begin ? Note::generation : Note::objects];
            break;
        case EventKind::page_faults:
        case EventKind::copy_on_write:
            e.object = names.directory.threads[static_cast<std::size_t>(thread)].process;
            e.value = item[Note::pages];
            break;
        case EventKind::thread_end:
            break;
        default:
            stream.damaged("an event of a kind that is not a thread's");
    }
    put(e);
}

void TraceReader::Impl::operation(const TrackItem& item) {
    const int thread = names.index(item.track);
    auto& open = trace::entry(operations, thread);
    if (item.type == EventType::slice_begin) {
        const int label = names.name_index(Name::label, item.name);
        open.push_back(label);
        return put({.time = item.time, .kind = EventKind::op_begin, .thread = thread, .object = label});
    }
    if (open.empty()) stream.damaged("an operation ends that has not begun");
    const int label = open.back();
    open.pop_back();
    put({.time = item.time, .kind = EventKind::op_end, .thread = thread, .object = label});
}

void TraceReader::Impl::request(const TrackItem& item) {
    RequestLane& lane = trace::entry(lanes, names.index(item.track));
    const bool begins = item.type == EventType::slice_begin;
    if (begins) {
        lane = {names.name_index(Name::request, item.name), item[Note::request]};
        if (lane.request < next_request || lane.request - next_request > kLargestGap)
            stream.damaged("a request with an impossible number");
        next_request = lane.request + 1;
    }
    if (lane.kind < 0) stream.damaged("a request ends that has not begun");
    put({.time = item.time,
         .kind = begins ? EventKind::request_begin : EventKind::request_end,
         .thread = item.has(Note::thread) ? names.someone(item[Note::thread]) : -1,
         .object = lane.kind,
         .value = lane.request});
}

void TraceReader::Impl::scheduler(std::string_view bundle) {
    int core = -1;
    for (pbf_reader head{bundle}; head.next(kCpu);) core = static_cast<int>(head.get_uint32());
    if (core < 0 || core > INT16_MAX) stream.damaged("scheduler events of no core");
    for (pbf_reader events_of{bundle}; events_of.next(kFtraceEvent);) {
        Nanoseconds time = 0;
        int pid = 0;
        for (auto one = events_of.get_message(); one.next();) {
            switch (one.tag()) {
                case kFtraceTime:
                    time = static_cast<Nanoseconds>(one.get_uint64());
                    break;
                case kFtracePid:
                    pid = one.get_int32();
                    break;
                case kSchedSwitch:
                    sched_switch(one.get_message(), time, core);
                    break;
                case kSchedWaking:
                    sched_waking(one.get_message(), time, pid);
                    break;
                default:
                    one.skip();
            }
        }
    }
}

void TraceReader::Impl::sched_switch(pbf_reader content, Nanoseconds time, int core) {
    std::int64_t prev = 0;
    std::int64_t next = 0;
    std::int64_t state = kStaysRunnable;
    while (content.next()) {
        switch (content.tag()) {
            case kPrevPid:
                prev = content.get_int32();
                break;
            case kPrevState:
                state = content.get_int64();
                break;
            case kNextPid:
                next = content.get_int32();
                break;
            default:
                content.skip();
        }
    }
    const int previous = names.thread_of(prev);
    put({.time = time,
         .kind = EventKind::sched_switch,
         .core = static_cast<std::int16_t>(core),
         .thread = names.thread_of(next),
         .object = previous,
         .value = previous >= 0 && state == kStaysRunnable ? 1 : 0});
}

void TraceReader::Impl::sched_waking(pbf_reader content, Nanoseconds time, int waker) {
    std::int64_t woken = 0;
    int target = -1;
    while (content.next()) {
        switch (content.tag()) {
            case kWokenPid:
                woken = content.get_int32();
                break;
            case kWokenCore:
                target = content.get_int32();
                break;
            default:
                content.skip();
        }
    }
    const int thread = names.someone(woken);
    if (target < 0 || target > INT16_MAX) stream.damaged("nobody is woken");
    put({.time = time,
         .kind = EventKind::sched_waking,
         .core = static_cast<std::int16_t>(target),
         .thread = thread,
         .object = names.thread_of(waker)});
}

void TraceReader::Impl::read() {
    try {
        while (const auto bytes = stream.next()) {
            if (!ended) packet(*bytes);  // behind the end, what is open is only closed
        }
    } catch (const protozero::exception& e) {
        stream.damaged(e.what());
    }
    names.require_ours();
    if (!ended)
        stream.fail("the file ends before the run does", "write it again with 'gilsim run FILE --trace full -o DIR'");
    if (end < now || end > kLongest) stream.damaged("the run ends before its last event");
    for (trace::Sink* sink : sinks) sink->finish(end, outcome);
}

bool is_trace_name(const std::filesystem::path& file) {
    const std::string name = file.filename().string();
    return name.ends_with(".pftrace") || name.ends_with(".pftrace.gz");
}

TraceReader::TraceReader(const std::filesystem::path& file) : impl_(std::make_unique<Impl>(file)) {}
TraceReader::~TraceReader() = default;

const trace::Directory& TraceReader::directory() const {
    return impl_->names.directory;
}
const std::string& TraceReader::version() const {
    return impl_->names.version;
}
std::int64_t TraceReader::events() const {
    return impl_->events;
}

void TraceReader::read(std::span<trace::Sink* const> sinks) {
    impl_->sinks = sinks;
    impl_->read();
}

}  // namespace gilsim::analysis
