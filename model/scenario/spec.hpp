#pragma once
/// What a scenario says once it has been read: plain values, complete and valid, without expressions or units left to
/// resolve. The model runs a `Variant`; nothing in it is optional unless it says so. Every field here has one row in the
/// table of fields (fields_*.cpp), from which validation, `help`, `schema` and the reference page are generated; the defaults
/// written here are the defaults of the language.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::scenario {

/// A span of time, fixed or random. YAML: `5ms`, `{uniform: [1ms, 3ms]}`, `{exponential: 5ms}`, `{lognormal: {median: 1ms, p99: 9ms}}`.
struct Span {
    enum class Kind : std::uint8_t { constant, uniform, exponential, lognormal };
    Kind kind = Kind::constant;
    Nanoseconds a = 0;  ///< constant: the value; uniform: least; exponential: mean; lognormal: median
    Nanoseconds b = 0;  ///< uniform: greatest; lognormal: 99th percentile
};

// --- machine ----------------------------------------------------------------------------------------------------------

/// The operating system's scheduler.
struct SchedulerSpec {
    enum class Policy : std::uint8_t { eevdf, cfs };
    Policy policy = Policy::eevdf;
    Nanoseconds tick = 4 * kMillisecond;             ///< timer tick (1/HZ); slices end at ticks
    Nanoseconds tick_offset = -1;                    ///< time of the first tick; -1: at random (by the seed), as a program starts at any moment
    bool idle_cores_visible = true;                  ///< a woken thread looks for an idle core; false on a virtual machine: an idle vCPU is halted, which the kernel takes for preempted by the host (available_idle_cpu), so the thread stays on its last core
    std::int64_t online_cores = 0;                   ///< of the computer, of which the program may use `cores` (taskset, cpuset): slices are scaled by them (get_update_sysctl_factor); 0: `cores`
    Nanoseconds base_slice = 700 * kMicrosecond;     ///< EEVDF: before scaling by 1 + log2(min(online cores, 8))
    bool run_to_parity = true;                       ///< EEVDF: an eligible current thread is not preempted within its slice
    bool preempt_short = true;                       ///< EEVDF: a shorter slice may preempt all the same
    Nanoseconds latency = 6 * kMillisecond;          ///< CFS: target latency, scaled likewise
    Nanoseconds min_granularity = 750 * kMicrosecond;    ///< CFS, scaled likewise
    Nanoseconds wakeup_granularity = 1 * kMillisecond;   ///< CFS, scaled likewise
    Nanoseconds migration_cost = 500 * kMicrosecond;     ///< a thread that ran less than this ago is cache-hot and not pulled by an idle core
};

/// How long an idle core takes to run a woken thread, by how long it has been idle: it sleeps the deeper the longer.
struct IdleState {
    Nanoseconds after = 0;  ///< idle for at least this long
    Span wake;              ///< from the wake-up (another core's, or a timer's expiry) to the thread running
    bool polling = false;   ///< it looks for work by itself: who wakes it need not send an interrupt (TIF_POLLING_NRFLAG)
};

/// What the machine's mechanisms cost. Times on a core of speed 1.
struct CostSpec {
    Nanoseconds context_switch = 1500;       ///< core time to switch from one thread to another
    std::vector<IdleState> idle_states{{0, {Span::Kind::constant, 3000, 0}},
                                       {200 * kMicrosecond, {Span::Kind::constant, 30000, 0}}};  ///< by `after`, ascending, the first at 0
    Span wake_busy{Span::Kind::constant, 2000, 0};        ///< from a wake-up to the interrupt that makes another, busy core reschedule
    Span send_interrupt{};                                ///< core time to send another core an interrupt, beyond futex_wake: to a sleeping one, or to a busy one that shall reschedule (on a virtual machine it leaves the guest)
    Span timer_interrupt{Span::Kind::constant, 5000, 0};  ///< core time of a timer's interrupt on a busy core, before the woken thread may run
    Nanoseconds timer_slack = 50 * kMicrosecond;  ///< timed waits of threads end this much late (prctl PR_SET_TIMERSLACK)
    Nanoseconds migration = 5000;            ///< extra core time of a thread that runs on another core than before (cold caches)
    Nanoseconds syscall = 150;               ///< entering and leaving the kernel
    Nanoseconds futex_wait = 1000;           ///< core time to put oneself to sleep on a futex
    Nanoseconds futex_wake = 1000;           ///< core time of a futex wake call that wakes a thread
    Span cache_transfer{Span::Kind::constant, 100, 0};  ///< fetching a cache line that another core has written last (a lock, a flag)
    Span deadline{};                                      ///< core time of a timed wait before it joins the waiters: reading the clock, the C library's entry
    Nanoseconds timer_set = 500;             ///< core time to program a core's timer: for a timer that is the core's next event (nanosleep, timed waits)
    Nanoseconds contended_line = 20 * kMicrosecond;  ///< that a cache line is busy with 1000 atomic updates by cores that take turns
};

/// The C library: who gets a condition variable's signal.
enum class CondvarPolicy : std::uint8_t {
    glibc_2_25,  ///< glibc 2.25 to 2.40: two groups; any waiter of the eligible group may consume a signal, also one still on its core
    glibc_2_41,  ///< glibc 2.41+: reworked groups
    fifo,        ///< order of arrival (macOS)
};

/// Threads of the system that share the cores with the program: kernel threads, daemons. One on each core.
struct BackgroundSpec {
    std::string name;
    Span every;  ///< from the end of one piece of work to the next
    Span work;   ///< core time of a piece
};

/// Virtual memory: what the kernel's part in writing to a page costs, as core time.
struct PagingSpec {
    Nanoseconds first_touch = 700;        ///< the first write to a page: a fault, and a zeroed frame
    Nanoseconds copy = 1000;              ///< a write to a page that another process shares since a fork: a fault and a copy
    Nanoseconds reuse = 500;              ///< a write to a page that was shared, but is no longer: a fault without a copy
    Nanoseconds fork_page = 60;           ///< copying a page-table entry in fork()
    Nanoseconds release_page = 60;        ///< giving a page back when memory is unmapped or the process ends
    bool huge_pages = false;              ///< transparent huge pages for all anonymous memory. YAML `huge_pages: always | madvise`
    Nanoseconds huge_first_touch = 100 * kMicrosecond;  ///< the first write to a huge page: 2 MiB to zero
};

/// The last-level cache, as far as walks over many objects feel it.
struct CacheSpec {
    Bytes size = 16LL << 20;
    Nanoseconds streamed_line = 3;  ///< a line beyond the cache that the hardware has prefetched
    Nanoseconds missed_line = 90;   ///< a line beyond the cache that it could not foresee
};

struct MachineSpec {
    std::string name;
    std::string about;  ///< one line for `gilsim list`
    std::int64_t cores = 2;
    std::vector<std::int64_t> speeds_permille;  ///< relative speed per core, 1000 = nominal; empty: all 1000. YAML: `speeds: [1, 1, 0.6]`
    Bytes memory = 8LL << 30;
    CacheSpec cache;
    PagingSpec paging;
    SchedulerSpec scheduler;
    CostSpec costs;
    std::vector<BackgroundSpec> background;  ///< YAML: `background: [{name: daemon, every: ..., work: ...}]`
    CondvarPolicy condvar = CondvarPolicy::glibc_2_25;
};

// --- interpreter ------------------------------------------------------------------------------------------------------

enum class GilPolicy : std::uint8_t {
    timed,  ///< CPython 3.2+: a waiter asks for the GIL after a full switch interval without a switch
    none,   ///< no GIL at all (an idealisation: no cost is put in its place)
    tick,   ///< CPython 2.x: released and taken again every `check_interval` ticks, without hand-off
    fifo,   ///< studied: released to the waiter that came first
    priority,  ///< studied: released to a waiter that returns from a blocking call, which also asks sooner
    never,  ///< studied: released only before blocking calls
    free_threaded,  ///< CPython 3.13t+: no GIL; threads attach, detach and stop for one another
};

/// Where a waiter leaves its request that the GIL be dropped.
enum class DropRequest : std::uint8_t {
    interpreter,  ///< CPython 3.2 to 3.12: one flag, cleared by whoever takes the GIL
    thread,       ///< CPython 3.13+: a bit in the holder's thread state
};

enum class StartMethod : std::uint8_t { fork, spawn, forkserver };

/// Which collector finds garbage cycles.
enum class CollectorKind : std::uint8_t {
    generational,   ///< CPython up to 3.13 and from 3.14.5 on: three generations, the whole pass at once
    incremental,    ///< 3.14.0 to 3.14.4: the young objects and a slice of the old ones
    free_threaded,  ///< free-threaded builds: the whole heap, the world stopped twice
};

/// The cyclic garbage collector.
struct GcSpec {
    CollectorKind collector = CollectorKind::generational;
    std::vector<std::int64_t> thresholds{700, 10, 10};  ///< gc.get_threshold()
    bool enabled = true;                                ///< gc.enable() at the start
    bool at_check_points = false;        ///< YAML `runs: in_allocation | at_check_points`: where a due collection begins
    bool memory_gate = false;            ///< free-threaded, 3.14: only if the process has grown since the last collection
    Nanoseconds start = 2000;            ///< core time of a collection that finds nothing to visit
    Nanoseconds object = 40;             ///< core time per object visited, in cache
    Nanoseconds reference = 10;          ///< core time per reference followed
    Nanoseconds mark = 15;               ///< incremental: core time per object that is marked as reachable
    Nanoseconds collected = 50;          ///< core time per garbage object, beyond freeing its blocks
    std::int64_t passes = 3;             ///< times that a collection reads each object's header from memory
    Nanoseconds start_object = 100;      ///< core time per object that the interpreter itself has made (modules, types)
};

/// Which allocator serves small blocks.
enum class AllocatorKind : std::uint8_t { obmalloc, mimalloc };

/// How an interpreter manages memory.
struct MemorySpec {
    AllocatorKind allocator = AllocatorKind::obmalloc;
    Bytes arena = 256 << 10;        ///< obmalloc: what it maps at a time; mimalloc: a segment
    Bytes pool = 4 << 10;           ///< obmalloc: blocks of one size; mimalloc: a page
    Bytes small_limit = 512;        ///< bigger blocks come from malloc
    Bytes object_header = 0;        ///< what every object is bigger by than in a build with the GIL
    Bytes gc_header = 16;           ///< before every object that the collector tracks (PyGC_Head)
    bool immortal_objects = false;  ///< PEP 683, 3.12+: objects marked immortal have no reference count to write
    Nanoseconds make = 20;          ///< bytecode time per object made, beside its blocks
    Nanoseconds allocate = 15;      ///< core time per small block
    Nanoseconds free = 15;          ///< core time to free a small block
    Nanoseconds allocate_big = 60;  ///< core time per block of malloc
    Nanoseconds free_big = 60;      ///< core time to free one
    Nanoseconds walk = 8;           ///< bytecode time per object of a loop that looks at each
    std::int64_t start_objects = 7000;   ///< tracked objects of a started interpreter
    Bytes start_object_size = 180;       ///< their mean size
    Bytes start_memory = 5 << 20;        ///< private memory of a started interpreter, those objects included
    Bytes start_shared = 5 << 20;        ///< its code and libraries: resident, but shared by all processes
    Bytes fork_touched = 900 << 10;      ///< what the first steps of a forked child write
    GcSpec gc;
};

struct InterpreterSpec {
    std::string name;
    std::string about;  ///< one line for `gilsim list`
    std::string version = "3.11";
    GilPolicy gil = GilPolicy::timed;
    Nanoseconds switch_interval = 5 * kMillisecond;     ///< sys.setswitchinterval
    DropRequest drop_request = DropRequest::interpreter;
    std::int64_t check_interval = 100;                  ///< `tick`: ticks (looks at the eval breaker) from one release to the next; sys.setcheckinterval
    Nanoseconds io_patience = 0;                        ///< `priority`: how long a waiter that returns from a blocking call waits before it asks for the GIL
    bool own_gil = false;                               ///< sub-interpreters can have a GIL of their own (PEP 684, CPython 3.12+)
    Nanoseconds subinterpreter_create = 7400 * kMicrosecond;   ///< core time to create a sub-interpreter
    Nanoseconds subinterpreter_destroy = 1400 * kMicrosecond;  ///< core time to end one
    Nanoseconds refcount = 1340;                        ///< core time of 1000 references taken and dropped again, on an object of the thread's own (with a GIL: on any)
    Nanoseconds refcount_shared = 12850;                ///< free-threaded: the same on another thread's object, which nobody else touches
    Nanoseconds refcount_uncounted = 1340;              ///< the same on an object without a count (immortal; free-threaded: deferred)
    std::int64_t mutex_spins = 0;                       ///< PyMutex: how often a waiter yields before it parks
    Nanoseconds checkpoint_every = 50;                  ///< bytecode time between two looks at the eval breaker (A.5)
    Nanoseconds gil_overhead = 50;                      ///< core time of take_gil's and drop_gil's own code, each
    Nanoseconds thread_create = 20 * kMicrosecond;      ///< core time of the parent in Thread.start() before it waits for the started event
    Nanoseconds thread_bootstrap = 10 * kMicrosecond;   ///< core time of the new thread before its program begins (bytecode)
    Nanoseconds thread_exit = 5 * kMicrosecond;         ///< core time of a thread after its program has ended
    StartMethod start_method = StartMethod::fork;       ///< the default of multiprocessing
    Nanoseconds fork = 200 * kMicrosecond;              ///< core time of the parent for os.fork()
    Nanoseconds fork_child = 500 * kMicrosecond;        ///< core time of the child from fork to its program
    Nanoseconds spawn = 600 * kMicrosecond;             ///< core time of the parent to launch a new interpreter
    Nanoseconds spawn_child = 55 * kMillisecond;        ///< core time of the child: interpreter start, imports, unpickling its target
    Nanoseconds forkserver_child = 3 * kMillisecond;    ///< core time of a child of the fork server from fork to its program
    Nanoseconds process_exit = 300 * kMicrosecond;      ///< core time of a process after its program has ended
    Nanoseconds lock_call = 45;                         ///< bytecode of one call of a lock method written in C: acquire, release, append (C code included)
    Nanoseconds library_call = 125;                     ///< bytecode of one call of a small Python function of the standard library (threading, queue)
    MemorySpec memory;
    Nanoseconds pickle = 2 * kMicrosecond;              ///< C code of pickle.dumps or pickle.loads, each, of something small
    Nanoseconds pickle_mib = 700 * kMicrosecond;        ///< for each MiB of it in addition
    Nanoseconds shareable_mib = 100 * kMicrosecond;     ///< copying a MiB of a shareable object (bytes, str, ...) into another interpreter
};

// --- workload ---------------------------------------------------------------------------------------------------------

struct Op;
/// A program: operations, one after the other.
using Program = std::vector<Op>;

/// Python bytecode. YAML: `{compute: 5ms}` or `{compute: {work: 5ms, checkpoint_every: 1us, label: parse}}`.
struct Compute {
    Span work;                         ///< core time alone on a core of speed 1
    Nanoseconds checkpoint_every = 0;  ///< 0: the interpreter's
    std::string label;
};
/// C code called from Python, without check points. `{native: 5ms}` holds the GIL; `{native: {work: 5ms, gil: release}}`.
struct Native {
    Span work;
    bool releases_gil = false;  ///< YAML: `gil: hold | release`
    std::string label;
};
/// time.sleep. `{sleep: 10ms}`.
struct Sleep {
    Span time;
    std::string label;
};
/// A blocking call that waits for a device or a remote service, GIL released. `{io: 3ms}` or `{io: {time: {exponential: 3ms}, label: db}}`.
/// `{io: {device: disk}}`: the device says how long, and may be busy.
struct Io {
    Span time;
    std::string label;
    int device = -1;  ///< indexes Variant::devices; -1: `time` says all
};
/// How long a waiting call has patience, and what is done if that was not enough. YAML: `timeout: 5ms, else: [...]`.
struct Patience {
    Nanoseconds timeout = -1;  ///< -1: for ever
    Program otherwise;
};
/// `{lock: table}`: acquire, blocking. `lock` indexes Variant::objects: a lock, rlock, condition or semaphore.
struct Lock {
    int lock = 0;
    Patience patience;
};
/// `{unlock: table}`; a semaphore may be released several times at once: `{unlock: {lock: slots, count: 3}}`.
struct Unlock {
    int lock = 0;
    std::int64_t count = 1;
};
/// `{with: {lock: table, do: [...]}}`.
struct With {
    int lock = 0;
    Program body;
};
/// `{wait: ready}`: Condition.wait (its lock is held), Event.wait or Barrier.wait.
struct Wait {
    int object = 0;
    Patience patience;
};
/// `{notify: news}`, `{notify: {condition: news, count: 2}}`: Condition.notify, by a thread that holds its lock.
struct Notify {
    int condition = 0;
    std::int64_t count = 1;
};
/// `{notify_all: news}`.
struct NotifyAll {
    int condition = 0;
};
/// `{set: ready}`, `{clear: ready}`: an event.
struct Set {
    int event = 0;
};
struct Clear {
    int event = 0;
};
/// `{put: jobs}`: into a queue; `{put: {queue: jobs, request: page}}`: a request begins, which travels with the item.
struct Put {
    int queue = 0;
    int request = -1;  ///< indexes Variant::requests; -1: none
    Patience patience;
};
/// `{get: jobs}`: from a queue. If a request came with the item, the thread serves it from now on.
struct Get {
    int queue = 0;
    Patience patience;
};
/// `{task_done: jobs}`: an item got from a queue has been dealt with.
struct TaskDone {
    int queue = 0;
};
/// `{join_queue: jobs}`: waits until as many items have been dealt with as were put.
struct JoinQueue {
    int queue = 0;
};
/// What a call takes across and brings back, where caller and worker share no objects.
struct Payload {
    Bytes arguments = 0;
    Bytes result = 0;
};
/// `{submit: {pool: workers, times: 10, do: [...]}}`: executor.submit, `times` times.
struct Submit {
    int pool = 0;
    std::int64_t times = 1;
    Payload payload;
    Program body;
};
/// `{results: workers}`: Future.result of all that this thread has submitted to the pool and not asked for yet, in order.
struct Results {
    int pool = 0;
};
/// `{map: {pool: workers, times: 10, do: [...]}}`: executor.map: `times` submits, then their results in order.
struct Map {
    int pool = 0;
    std::int64_t times = 1;
    Payload payload;
    Program body;
};
/// `{shutdown: workers}`: executor.shutdown(wait=True).
struct Shutdown {
    int pool = 0;
};
/// `{serve: {socket: http, do: [...]}}`: accepts connections and answers their requests until the clients are done.
struct Serve {
    int socket = 0;  ///< indexes Variant::sockets
    Program body;
};
/// `{asyncio: [...]}`: asyncio.run: this thread runs an event loop until the body and all tasks that it has created have ended.
struct Asyncio {
    Program body;
};
/// `{task: {count: 3, do: [...]}}`: asyncio.create_task.
struct CreateTask {
    std::int64_t count = 1;
    Program body;
};
/// `{to_thread: [...]}`: await asyncio.to_thread.
struct ToThread {
    Program body;
};
/// `{local: state}`: reads an attribute of a threading.local: no lock, no wait.
struct Local {
    int object = 0;
};
/// `{repeat: {times: 10, do: [...]}}`, `{repeat: {for: 2s, do: [...]}}` (a turn begins while less than that has passed) or, without either, for ever.
struct Repeat {
    std::int64_t times = -1;      ///< -1: not bounded by a count
    Nanoseconds duration = -1;    ///< -1: not bounded by time
    Program body;
    Nanoseconds every = -1;       ///< turns begin at multiples of this after the start, those missed are left out; -1: at once
    int late = -1;                ///< with `every`: how late a turn begins is recorded as a request of this kind; -1: no
};
/// `{request: {name: page, do: [...]}}`: a latency is recorded around the body. Also `{request_begin: page}` and `{request_end: page}`.
struct Request {
    int request = 0;  ///< indexes Variant::requests
    Program body;
};
struct RequestBegin {
    int request = 0;
};
struct RequestEnd {
    int request = 0;
};
/// `{start: worker}` or `{start: [worker, other]}`: starts a thread or process group declared under `threads` / `processes` with `start: manual`.
struct Start {
    int group = 0;         ///< indexes Variant::groups
};
/// `{join: worker}`: waits until every thread or process of the group has ended.
struct Join {
    int group = 0;
};
/// `{touch: {object: counter, times: 1000000}}`: takes a reference to an object and drops it again, so many times.
struct Touch {
    enum class Counting : std::uint8_t {
        shared,    ///< one object for all threads of the process, made by its main thread
        own,       ///< each thread has one of its own
        deferred,  ///< free-threaded: a function, class or module, whose count is left to the collector
        immortal,  ///< None, small integers, ...: nobody counts
    };
    int object = 0;  ///< indexes Variant::shared_objects
    std::int64_t times = 1;
    Counting counting = Counting::shared;
    std::string label;
};
/// `{critical_section: {object: cache, do: [...]}}`: free-threaded builds hold the object's own lock (a list, a dict);
/// others need none.
struct CriticalSection {
    int object = 0;  ///< indexes Variant::shared_objects
    Program body;
};
/// `{stop_the_world: 2ms}`: C code that needs all other threads of the interpreter to stand still.
struct StopTheWorld {
    Span work;
    std::string label;
};
/// `{run: program}`: the operations of another program, as if written here. No recursion.
struct Run {
    int program = 0;  ///< indexes Variant::programs
};

/// `{allocate: {objects: 100000, size: 40B, values: [28B], into: cache}}`: makes objects that are kept in the set `cache`, or
/// (without `into`) each dropped before the next is made.
struct Allocate {
    std::int64_t objects = 1;
    Bytes size = 0;               ///< an object's own block in a build with the GIL, without the collector's header
    std::vector<Bytes> buffers;   ///< further memory of each object: a list's array
    std::vector<Bytes> values;    ///< objects that each holds alone, not tracked: numbers, strings
    int into = -1;                ///< indexes Variant::object_sets; -1: short-lived
    bool tracked = true;          ///< by the cyclic collector, as containers are
    std::int64_t references = -1; ///< from each to others; -1: one to each of its values
    bool cyclic = false;          ///< in reference cycles
    bool immortal = false;
    bool scattered = false;       ///< a heap that has aged: neighbours in the collector's lists lie far apart
    bool native = false;          ///< by one C call. YAML `by: bytecode | native`
    Nanoseconds make = -1;        ///< bytecode time per object beside its blocks; -1: the interpreter's
    std::string label;
    /// Whether both make objects of the same kind, as all objects of a set are.
    [[nodiscard]] bool alike(const Allocate& other) const {
        return size == other.size && buffers == other.buffers && values == other.values && tracked == other.tracked &&
               references == other.references && cyclic == other.cyclic && immortal == other.immortal &&
               scattered == other.scattered;
    }
};
/// `{free: cache}`: the program's references to the objects of a set go.
struct Free {
    int set = 0;
    std::int64_t objects = -1;  ///< the oldest; -1: all
    std::string label;
};
/// `{walk: cache}`: a loop over the objects of a set, which writes their reference counts.
struct WalkSet {
    int set = 0;
    bool values = false;       ///< the values that they hold, too
    Nanoseconds work = -1;     ///< bytecode time per object; -1: the interpreter's
    std::string label;
};
/// `{gc: freeze}`.
struct Gc {
    enum class Action : std::uint8_t { collect, freeze, unfreeze, enable, disable };
    Action action = Action::collect;
};

/// One operation and where it stands in the scenario file.
struct Op {
    std::variant<Compute, Native, Sleep, Io, Lock, Unlock, With, Repeat, Request, RequestBegin, RequestEnd, Start, Join, Run,
                 Touch, CriticalSection, StopTheWorld, Wait, Notify, NotifyAll, Set, Clear, Put, Get, TaskDone, JoinQueue,
                 Local, Submit, Results, Map, Shutdown, Serve, Asyncio, CreateTask, ToThread,
                 Allocate, Free, WalkSet, Gc>
        what;
    int line = 0;  ///< 1-based; 0: not from a file
    int column = 0;
};

/// `threads: {worker: {count: 4, run: countdown}}` or `processes: {...}`: `count` alike threads of one process, or alike processes.
struct Group {
    enum class Kind : std::uint8_t { threads, processes };
    Kind kind = Kind::threads;
    std::string name;          ///< members are called name-1, name-2, ...; just name if there is one
    std::int64_t count = 1;
    int program = 0;           ///< what each thread, or each process's main thread, runs; -1: a process's main thread runs nothing of its own
    bool daemon = false;       ///< the run ends without it (and its process's end stops it)
    bool manual = false;       ///< YAML `start: manual`: started by a `start` operation; otherwise by the main thread, at once
    int nice = 0;              ///< -20 to 19
    Nanoseconds slice = 0;     ///< EEVDF: a slice of their own (sched_setattr, 0.1 to 100 ms; Linux 6.12+); 0: the scheduler's
    std::vector<int> affinity; ///< cores it may use, from 0; empty: all. YAML `cores: [0, 1]`
    /// Whether each of them runs in a sub-interpreter of its own (threads only).
    enum class Subinterpreter : std::uint8_t { none, own_gil, shared_gil };
    Subinterpreter subinterpreter = Subinterpreter::none;
    std::vector<Group> threads;  ///< further threads inside each process or sub-interpreter, started by its first
    // processes only
    int interpreter = 0;       ///< indexes Variant::interpreters
    StartMethod start_method = StartMethod::fork;   ///< the interpreter's default unless given
    int line = 0;                ///< of its name in the scenario file, 1-based; 0: not from a file
    int column = 0;
};

/// A lock or another object that threads of a process share; each process has its own. YAML: `objects: {table: lock}`.
struct ObjectSpec {
    enum class Kind : std::uint8_t {
        lock, rlock, condition, event, semaphore, barrier, queue, simple_queue, local, thread_pool, interpreter_pool
    };
    /// How arguments and results get into another interpreter and back.
    enum class Crossing : std::uint8_t { pickle, shareable };
    std::string name;
    Kind kind = Kind::lock;
    int lock = -1;              ///< condition: the lock that it shares, indexes Variant::objects; -1: an RLock of its own
    std::int64_t value = 1;     ///< semaphore: initially
    bool bounded = false;       ///< semaphore: a release beyond the initial value is an error (BoundedSemaphore)
    std::int64_t parties = -1;  ///< barrier: how many meet
    std::int64_t maxsize = 0;   ///< queue: 0: unbounded
    std::int64_t workers = -1;  ///< thread_pool, interpreter_pool; -1: min(32, cores + 4)
    Crossing crossing = Crossing::pickle;  ///< interpreter_pool
    int line = 0;               ///< of its name in the scenario file, 1-based; 0: not from a file
    int column = 0;
};

/// A device or a remote service, outside of all processes. YAML: `devices: {disk: {servers: 2, time: {exponential: 3ms}}}`.
struct DeviceSpec {
    std::string name;
    std::int64_t servers = 1;
    Span time;
};

/// A listening socket. YAML: `sockets: {http: {}}`. What the kernel's part of a call takes, on loopback.
struct SocketSpec {
    std::string name;
    Nanoseconds accept = 3 * kMicrosecond;
    Nanoseconds receive = 1 * kMicrosecond;
    Nanoseconds send = 5 * kMicrosecond;
    int line = 0;
    int column = 0;
};

/// Clients of a socket. YAML: `clients: {visitors: {to: http, request: page, every: {exponential: 5ms}, for: 10s}}`.
struct ClientSpec {
    std::string name;
    int socket = 0;
    int request = -1;           ///< indexes Variant::requests
    std::int64_t users = 0;     ///< closed loop; 0: open loop
    Span think;                 ///< closed loop: from a reply to the next request
    Span every{Span::Kind::constant, -1, 0};  ///< open loop: from one arrival to the next; constant -1: not given
    std::vector<Nanoseconds> at;              ///< open loop: a trace of arrivals, ascending
    std::int64_t requests = -1;               ///< how many they send; -1: not bounded by a count
    Nanoseconds duration = -1;                ///< for how long they begin requests; -1: not bounded by time
    Nanoseconds start = 0;                    ///< when they begin
    bool on_machine = false;                  ///< they are a process that shares the machine's cores. YAML `cores: outside | shared`
    Nanoseconds send = 5 * kMicrosecond;      ///< on the machine: core time to send a request
    Nanoseconds receive = 3 * kMicrosecond;   ///< on the machine: core time to receive a reply and prepare the next request
    int line = 0;
    int column = 0;
};

/// A signal that the main process gets. YAML: `signals: [{at: 50ms, handler: 20us, request: interrupt}]`.
struct SignalSpec {
    Nanoseconds at = 0;
    Span handler;      ///< bytecode of its handler, which the main thread runs
    int request = -1;  ///< from the signal to the end of the handler, indexes Variant::requests; -1: not recorded
};

/// One run.
struct Variant {
    std::string name;
    std::string about;
    std::uint64_t seed = 1;
    Nanoseconds limit = kNever;  ///< simulated time after which the run is stopped; YAML `limit: 10s`
    MachineSpec machine;
    std::vector<InterpreterSpec> interpreters;  ///< [0]: of the main process
    std::vector<std::string> program_names;
    std::vector<Program> programs;              ///< same index
    std::vector<ObjectSpec> objects;
    std::vector<std::string> requests;          ///< kinds of requests, by name
    std::vector<std::string> shared_objects;    ///< what `touch` and `critical_section` name
    std::vector<DeviceSpec> devices;
    std::vector<SocketSpec> sockets;
    std::vector<ClientSpec> clients;
    std::vector<std::string> object_sets;       ///< what programs allocate into, by name
    std::vector<SignalSpec> signals;
    int main_program = -1;                      ///< what the main thread runs after starting the groups that are not manual (YAML: the thread called `main`); -1: nothing
    std::vector<Group> groups;                  ///< children of the main process: threads and processes, in the order of the file
};

/// One axis of a sweep: a parameter or the path of a field, and its values (ranges written out).
struct SweepAxis {
    std::string name;
    std::vector<std::string> values;
};

/// How often each point of a sweep is run. YAML: `5`, or `auto(ci=2%, min=5, max=50)`: until the 95 % confidence interval of
/// the mean reaches no further than this to each side, relative to the mean.
struct Repeats {
    bool automatic = false;
    std::int64_t times = 1;   ///< unless automatic
    std::int64_t ppm = 20'000;  ///< ci, in millionths of the mean
    std::int64_t least = 5;
    std::int64_t most = 50;
};

/// What `sweep:` says.
struct Sweep {
    std::vector<SweepAxis> grid;  ///< every combination
    std::vector<SweepAxis> zip;   ///< in step
    std::string where;            ///< an expression that a point must fulfil; empty: all
    Repeats repeat;               ///< runs of each point
};

/// A whole file: its variants, each one run; one called "main" if the file declares none.
struct Scenario {
    std::string file;   ///< as given on the command line
    std::string title;  ///< the question
    std::string about;  ///< what it teaches, in a sentence or two
    std::vector<Variant> variants;
    Sweep sweep;
};

}  // namespace gilsim::scenario
