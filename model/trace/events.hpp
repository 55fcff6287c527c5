#pragma once
/// The event vocabulary: everything the model tells the outside. Sinks (summary, Perfetto, Chrome JSON) see these
/// events and nothing else of the model, so that a figure is the same whether it is computed in the run or from the
/// file.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::trace {

/// What a thread is doing. At each instant a thread is in exactly one state: states tile its life.
/// One row each in `kStates`; never renumber (the numbers stand in trace files).
enum class ThreadState : std::uint8_t {
    bytecode = 0,         ///< on a core, running Python bytecode (holding the GIL where there is one)
    native = 1,           ///< on a core, in C code that holds the GIL
    native_released = 2,  ///< on a core, in C code that has released the GIL
    runtime = 3,        ///< on a core, in the runtime: GIL protocol, lock calls, thread and process start, system calls
    runnable = 4,       ///< ready, but without a core
    waiting_gil = 5,    ///< blocked until the GIL may be taken (inside take_gil)
    forced_switch = 6,  ///< blocked in drop_gil until another thread has taken the GIL (FORCE_SWITCHING)
    waiting_lock = 7,   ///< blocked on a lock of the program
    sleeping = 8,       ///< blocked in a sleep
    io = 9,             ///< blocked on a device or a remote service
    joining = 10,       ///< blocked until a thread or process has started or ended
    world_stopped = 11,   ///< blocked while the world is being stopped or stands still (free-threaded interpreters)
    contended = 12,       ///< on a core, running bytecode that waits for a cache line which other cores write as well
    waiting_signal = 13,  ///< blocked until another thread gives a signal: notifies, sets an event, puts an item
    collecting = 14,      ///< on a core, collecting garbage
    paging = 15,          ///< on a core, in the kernel: page faults
};

/// One row of the table of states.
struct StateRow {
    ThreadState state;
    std::string_view name;   ///< the key in summary.json and the name of the slice in traces
    bool on_core;            ///< the thread occupies a core in this state
    std::string_view about;  ///< one line for people
};

inline constexpr std::array kStates{
    StateRow{ThreadState::bytecode, "bytecode", true, "runs Python bytecode on a core"},
    StateRow{ThreadState::native, "native", true, "runs C code on a core, GIL held"},
    StateRow{ThreadState::native_released, "native_released", true, "runs C code on a core, GIL released"},
    StateRow{ThreadState::runtime, "runtime", true, "runs the interpreter's and the kernel's own work on a core"},
    StateRow{ThreadState::runnable, "runnable", false, "could run, but has no core"},
    StateRow{ThreadState::waiting_gil, "waiting_gil", false, "waits for the GIL"},
    StateRow{ThreadState::forced_switch, "forced_switch", false,
             "has dropped the GIL and waits until another thread has taken it"},
    StateRow{ThreadState::waiting_lock, "waiting_lock", false, "waits for a lock of the program"},
    StateRow{ThreadState::sleeping, "sleeping", false, "sleeps"},
    StateRow{ThreadState::io, "io", false, "waits for a device or a remote service"},
    StateRow{ThreadState::joining, "joining", false, "waits for a thread or process to start or end"},
    StateRow{ThreadState::world_stopped, "world_stopped", false, "waits for the world to stop or to go on"},
    StateRow{ThreadState::contended, "contended", true,
             "runs bytecode on a core and waits for memory that other cores write as well"},
    StateRow{ThreadState::waiting_signal, "waiting_signal", false,
             "waits for another thread to notify it, set an event or put an item"},
    StateRow{ThreadState::collecting, "collecting", true, "collects garbage on a core"},
    StateRow{ThreadState::paging, "paging", true, "has page faults: the kernel works for it on a core"},
};

/// The row of a state.
constexpr const StateRow& row(ThreadState s) {
    return kStates[static_cast<std::size_t>(s)];
}

/// What happened. Which fields of `Event` carry what stands beside each kind; a field not named is 0 (ids: -1).
enum class EventKind : std::uint8_t {
    process_start = 0,  ///< object: process
    process_end = 1,    ///< object: process
    thread_start = 2,  ///< thread; object: process. The thread exists; its first `state` event follows at the same time
    thread_end = 3,    ///< thread. Ends its last state
    state = 4,         ///< thread; value: ThreadState. Never repeats the state the thread is in
    sched_switch = 5,  ///< core; thread: next (-1: idle); object: previous thread (-1: idle); value: 1 if the previous
                       ///< stays runnable
    sched_waking = 6,  ///< thread: the one woken; core: where it will run; object: the waker (-1: a timer or device)
    gil_wait = 7,      ///< thread; object: interpreter. take_gil found the GIL locked
    gil_acquire = 8,   ///< thread; object: interpreter; value: last holder (-1: none). A hand-off if that is another
    gil_release = 9,   ///< thread; object: interpreter; value: ReleaseReason
    drop_request = 10,   ///< thread: who asks; object: interpreter
    forced_switch = 11,  ///< thread; object: interpreter. drop_gil waits for another thread to take the GIL
    lock_wait = 12,      ///< thread; object: lock
    lock_acquire = 13,   ///< thread; object: lock
    lock_release = 14,   ///< thread; object: lock
    op_begin = 15,       ///< thread; object: label. An operation of the program begins (`compute`, ... or its label)
    op_end = 16,         ///< thread; object: label
    request_begin = 17,  ///< thread (-1: nobody serves it yet); object: request kind; value: serial number of the
                         ///< request, unique in the run
    request_end = 18,    ///< thread; object: request kind; value: the same serial number
    counter = 19,        ///< object: counter; value: its new value
    gil_missed = 20,     ///< thread; object: interpreter. Woken for the GIL, it found it taken again
    world_stop = 21,     ///< thread: who stopped all others; object: interpreter. They stand still
    world_start = 22,    ///< thread; object: interpreter. They go on
    sync_wait = 23,      ///< thread; object: lock. Begins to wait for what the object gives (notification, item, ...)
    sync_done = 24,  ///< thread; object: lock; value: 1 if its patience ran out, also of a lock_wait. It waits no more
    sync_signal = 25,  ///< thread; object: lock; value: how many waiters it lets go
    request_serve =
        26,         ///< thread; object: request kind; value: its serial number. Serves a request that began elsewhere
    gc_begin = 27,  ///< thread; object: interpreter; value: generation. A garbage collection begins
    gc_end = 28,    ///< thread; object: interpreter; value: objects freed
    page_faults = 29,      ///< thread; object: process; value: how many happen now, one after the other
    copy_on_write = 30,    ///< thread; object: process; value: how many of them copy a page shared since a fork
    process_killed = 31,   ///< object: process; value: its resident bytes. The kernel kills it for lack of memory
    message_send = 32,     ///< thread; object: lock (the pipe); value: serial number of the message, unique in the run
    message_receive = 33,  ///< thread; object: lock; value: its serial number
};

/// The names of the kinds, in their order: as in traces and logs.
inline constexpr std::array<std::string_view, 34> kEventKinds{
    "process_start", "process_end",    "thread_start",  "thread_end",     "state",        "sched_switch",
    "sched_waking",  "gil_wait",       "gil_acquire",   "gil_release",    "drop_request", "forced_switch",
    "lock_wait",     "lock_acquire",   "lock_release",  "op_begin",       "op_end",       "request_begin",
    "request_end",   "counter",        "gil_missed",    "world_stop",     "world_start",  "sync_wait",
    "sync_done",     "sync_signal",    "request_serve", "gc_begin",       "gc_end",       "page_faults",
    "copy_on_write", "process_killed", "message_send",  "message_receive"};
static_assert(kEventKinds.size() == static_cast<std::size_t>(EventKind::message_receive) + 1);
/// The name of a kind.
constexpr std::string_view name(EventKind k) {
    return kEventKinds[static_cast<std::size_t>(k)];
}

/// Why the GIL was released (value of `gil_release`). Never renumber.
enum class ReleaseReason : std::uint8_t {
    blocking = 0,   ///< before a call that may block, or C code that needs no GIL
    requested = 1,  ///< at a check point, because a drop was requested
    exit = 2,       ///< the thread ends
};
/// The names of the reasons, in their order.
inline constexpr std::array<std::string_view, 3> kReleaseReasons{"blocking", "requested", "exit"};
/// The name of a reason.
constexpr std::string_view name(ReleaseReason r) {
    return kReleaseReasons[static_cast<std::size_t>(r)];
}

/// One event. 32 bytes, passed by reference, valid during the call only.
struct Event {
    Nanoseconds time = 0;  ///< never decreases from one event to the next
    EventKind kind = EventKind::state;
    std::int16_t core = -1;
    std::int32_t thread = -1;
    std::int32_t object = -1;
    std::int64_t value = 0;
};

/// How a run ended.
enum class Outcome : std::uint8_t {
    completed = 0,      ///< every thread that is not a daemon ended
    deadlock = 1,       ///< every remaining thread waits for another one, for ever
    limit = 2,          ///< the scenario's time limit was reached first
    failed = 3,         ///< a thread did what its program may not do, such as releasing a lock that nobody holds
    out_of_memory = 4,  ///< the kernel killed a process for lack of memory
};
/// The outcomes' names in summary.json, in their order.
inline constexpr std::array<std::string_view, 5> kOutcomes{"completed", "deadlock", "limit", "failed", "out_of_memory"};
/// The name of an outcome.
constexpr std::string_view name(Outcome o) {
    return kOutcomes[static_cast<std::size_t>(o)];
}

/// The counters of a process from which the summary learns how much memory it had: all its resident pages, and those
/// that it alone has.
inline constexpr std::string_view kRssCounter = "RSS";
inline constexpr std::string_view kUssCounter = "USS";
/// The counter of the machine from which it learns how much memory all of them had together.
inline constexpr std::string_view kMemoryCounter = "memory in use";

/// Who the ids in events are. Ids are dense, from 0, in order of creation; an entry exists before the first event that
/// names it.
struct Directory {
    struct Process {
        std::string name;
        int pid = 0;  ///< as shown in traces: unique, from 1000
    };
    struct Thread {
        std::string name;
        int process = -1;  ///< index into `processes`
        int tid = 0;       ///< as shown in traces: unique over all processes
    };
    struct Interpreter {
        std::string name;
        int process = -1;
        std::string policy;  ///< its GIL policy, as in YAML (`timed`, ...)
    };
    /// A lock or another object that threads synchronise by.
    struct Lock {
        std::string name;
        int process = -1;
        std::string kind = "lock";  ///< as in YAML, one word (`event`, ...)
    };
    struct Counter {
        std::string name;
        std::string unit;  ///< "" for a plain count
        int process = -1;  ///< -1: of the machine
    };
    std::string scenario;  ///< the scenario's file name without folders
    std::string variant;
    std::uint64_t seed = 0;
    int cores = 0;
    std::vector<Process> processes;
    std::vector<Thread> threads;
    std::vector<Interpreter> interpreters;
    std::vector<Lock> locks;
    std::vector<Counter> counters;
    std::vector<std::string> labels;    ///< of operations
    std::vector<std::string> requests;  ///< kinds of requests
};

/// Processes that are not the program's: threads of the operating system, and clients that share the machine's cores.
/// No other process has these names.
inline constexpr std::string_view kSystemProcess = "system";
inline constexpr std::string_view kClientsProcess = "clients";
/// Those that multiprocessing starts for itself, and never waits for: no getrusage of the program tells of them. No
/// other process has these names either.
inline constexpr std::string_view kForkServerProcess = "forkserver";
inline constexpr std::string_view kTrackerProcess = "resource_tracker";
/// Whether a process is one of these, and not one that the program starts.
constexpr bool is_reserved(std::string_view process) {
    return process == kSystemProcess || process == kClientsProcess || process == kForkServerProcess ||
           process == kTrackerProcess;
}

/// Who consumes events. A sink is given the run's directory when it is made, and sees every event of the run in order.
class Sink {
public:
    virtual ~Sink() = default;
    /// One event; called in order of time.
    virtual void event(const Event& e) = 0;
    /// The run is over, at `end`. Threads that have not ended (daemons, a deadlock) are still in their last state.
    virtual void finish(Nanoseconds end, Outcome outcome) = 0;
};

}  // namespace gilsim::trace
