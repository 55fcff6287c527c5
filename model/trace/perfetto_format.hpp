#pragma once
/// Where things stand in a Perfetto trace: field numbers of its protobuf messages, and our numbering of tracks and
/// names (docs/trace.md). Field numbers are from Perfetto's protos/perfetto/trace/*.proto; the file of each is named.

#include <cstdint>

namespace gilsim::trace::perfetto {

/// The version of our encoding, in the trace's metadata: a reader refuses what it does not know.
inline constexpr int kEncoding = 1;

/// trace.proto, trace_packet.proto
enum Packet : std::uint32_t {
    kTracePacket = 1,
    kFtraceEvents = 1,
    kProcessTree = 2,
    kTimestamp = 8,
    kSequence = 10,
    kTrackEvent = 11,
    kInternedData = 12,
    kSequenceFlags = 13,
    kTrackDescriptor = 60,
    kTraceAttributes = 126,
};
inline constexpr std::uint32_t kStateCleared = 1;  ///< SEQ_INCREMENTAL_STATE_CLEARED
inline constexpr std::uint32_t kNeedsState = 2;    ///< SEQ_NEEDS_INCREMENTAL_STATE

/// track_event/track_event.proto
enum EventField : std::uint32_t {
    kDebugAnnotations = 4,
    kType = 9,
    kNameId = 10,
    kTrackUuid = 11,
    kExtraCounterValues = 12,
    kCounterValue = 30,
    kExtraCounterTracks = 31,
    kFlowIds = 47,
    kTerminatingFlowIds = 48,
};
enum class EventType : std::int32_t { slice_begin = 1, slice_end = 2, instant = 3, counter = 4 };

/// track_event/debug_annotation.proto
enum Annotation : std::uint32_t {
    kAnnotationNameId = 1,
    kAnnotationInt = 4,
    kAnnotationString = 6,
    kAnnotationName = 10,
    kAnnotationStringId = 17,
};

/// interned_data/interned_data.proto: tables of {iid = 1, text = 2}
enum Interned : std::uint32_t { kEventNames = 2, kAnnotationNames = 3, kAnnotationStrings = 29, kIid = 1, kText = 2 };

/// track_event/track_descriptor.proto, process_descriptor.proto, thread_descriptor.proto, counter_descriptor.proto
enum Descriptor : std::uint32_t {
    kUuid = 1,
    kTrackName = 2,
    kTrackProcess = 3,
    kTrackThread = 4,
    kParentUuid = 5,
    kTrackCounter = 8,
    kDescription = 14,
    kProcessPid = 1,
    kProcessName = 6,
    kThreadPid = 1,
    kThreadTid = 2,
    kThreadName = 5,
    kUnitName = 6,
};

/// ps/process_tree.proto
enum Tree : std::uint32_t {
    kTreeProcesses = 1,
    kTreeThreads = 2,
    kTreePid = 1,
    kTreeCommandLine = 3,
    kTreeTid = 1,
    kTreeThreadName = 2,
    kTreeTgid = 3,
};

/// ../common/trace_attributes.proto
enum Attributes : std::uint32_t { kAttribute = 1, kAttributeKey = 1, kAttributeString = 3 };

/// ftrace/ftrace_event_bundle.proto, ftrace_event.proto, sched.proto
enum Ftrace : std::uint32_t {
    kCpu = 1,
    kFtraceEvent = 2,
    kFtraceTime = 1,
    kFtracePid = 2,
    kSchedSwitch = 4,
    kSchedWaking = 20,
    kPrevComm = 1,
    kPrevPid = 2,
    kPrevPriority = 3,
    kPrevState = 4,
    kNextComm = 5,
    kNextPid = 6,
    kNextPriority = 7,
    kWokenComm = 1,
    kWokenPid = 2,
    kWokenPriority = 3,
    kWokenCore = 5,
};
/// prev_state of sched_switch, as in Linux's include/linux/sched.h.
enum PrevState : std::int64_t { kStaysRunnable = 0, kBlocks = 1, kDies = 16 };
/// The kernel's priority number of nice 0.
inline constexpr int kPriority = 120;

/// Tracks that belong to the machine. All others have `track(kind, index)`.
enum MachineTrack : std::uint64_t { kRunTrack = 1, kRunnableTrack = 2 };
/// What a track is of; the index is the id of that thing in the Directory (of requests: the lane).
enum class Track : std::uint64_t {
    process = 0,
    thread = 1,
    operations = 2,  ///< of a thread
    gil = 3,         ///< of an interpreter
    gil_waiters = 4,
    lock = 5,
    counter = 6,
    request_lane = 7,
    gil_held = 8,  ///< of an interpreter, summary only
    handoffs = 9,  ///< of an interpreter, summary only
};
/// The uuid of a track: small numbers, so that they are short in the file.
constexpr std::uint64_t track(Track kind, int index) {
    return ((static_cast<std::uint64_t>(index) + 1) << 4) | static_cast<std::uint64_t>(kind);
}

/// What the name of an event is of. `fixed`: 0 to 31 are ThreadStates, from 32 EventKinds, from 96 the rest.
enum class Name : std::uint64_t { fixed = 0, thread = 1, label = 2, request = 3 };
/// The interning id of a name.
constexpr std::uint64_t name_id(Name kind, int index) {
    return ((static_cast<std::uint64_t>(index) + 1) << 2) | static_cast<std::uint64_t>(kind);
}
inline constexpr int kFirstEventName = 32;
inline constexpr int kRunName = 96;     ///< "run": the first instant
inline constexpr int kRunEndName = 97;  ///< "run_end": the last instant; what follows only closes what is open
inline constexpr int kAliveName = 98;   ///< "alive": the life of a thread (summary)

/// The flow of a message; those of the GIL count from 1.
constexpr std::uint64_t message_flow(std::int64_t serial) {
    return (1ULL << 62) + static_cast<std::uint64_t>(serial);
}

/// Names of debug annotations; the value is the interning id.
enum class Note : std::uint64_t {
    interpreter = 1,
    last_holder = 2,
    reason = 3,
    lock = 4,
    thread = 5,
    request = 6,
    value = 7,
    generation = 8,
    objects = 9,
    pages = 10,
    bytes = 11
};

}  // namespace gilsim::trace::perfetto
