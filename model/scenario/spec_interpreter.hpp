#pragma once
/// What a scenario says of an interpreter: its GIL, its threads and processes, its memory management.

#include <cstdint>
#include <string>
#include <vector>

#include "model/engine/time.hpp"
#include "model/scenario/span.hpp"

namespace gilsim::scenario {

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
    std::int64_t passes = 6;             ///< times that a full collection goes through its list of objects
    std::int64_t garbage_passes = 13;    ///< times that it goes through those that turn out to be garbage
    Nanoseconds start_object = 100;      ///< core time per object that the interpreter itself has made (modules, types)
};

/// Pages that code of the interpreter's writes to when it first runs after a fork, in the parent and in the child: above all
/// reference counts of functions and of what they use.
struct ForkedSpec {
    std::int64_t calls = 119;  ///< 100 functions of the library's
    std::int64_t dumps = 30;   ///< ForkingPickler.dumps
    std::int64_t loads = 2;    ///< its loads
    std::int64_t thread = 39;  ///< a thread that is started
    Nanoseconds reads = 0;     ///< core time of a child for the pages that it only reads meanwhile, by each that it writes to
};

/// How many dropped objects wait for the next of their kind (the same in CPython 2.7 to 3.15).
struct FreeListSpec {
    std::int64_t tuples = 2000;  ///< of each length (Objects/tupleobject.c, PyTuple_MAXFREELIST)
    Bytes tuple_size = 184;      ///< bigger ones do not: 20 references (PyTuple_MAXSAVESIZE)
    std::int64_t lists = 80;     ///< objects with buffers (Objects/listobject.c, PyList_MAXFREELIST)
};

/// Which allocator serves small blocks.
enum class AllocatorKind : std::uint8_t { obmalloc, mimalloc };

/// How an interpreter manages memory.
struct MemorySpec {
    AllocatorKind allocator = AllocatorKind::obmalloc;
    Bytes arena = 1 << 20;          ///< obmalloc: what it maps at a time; mimalloc: a segment
    Bytes pool = 16 << 10;          ///< obmalloc: blocks of one size; mimalloc: a page
    Bytes small_limit = 512;        ///< bigger blocks come from malloc
    bool number_blocks = false;     ///< CPython 2.7: numbers lie in blocks that malloc gives, as do the arrays of lists. YAML `numbers: objects | blocks`
    Bytes object_header = 0;        ///< what every object is bigger by than in a build with the GIL
    Bytes gc_header = 16;           ///< before every object that the collector tracks (PyGC_Head)
    bool immortal_objects = false;  ///< PEP 683, 3.12+: objects marked immortal have no reference count to write
    Nanoseconds make = 20;          ///< bytecode time per object made, beside its blocks
    Nanoseconds remake = -1;        ///< the same of one whose like has just been dropped: a free list has its memory; -1: make
    Nanoseconds allocate = 15;      ///< core time per small block
    Nanoseconds free = 15;          ///< core time to free a small block
    Nanoseconds allocate_big = 60;  ///< core time per block of malloc
    Nanoseconds free_big = 60;      ///< core time to free one
    Nanoseconds walk = 8;           ///< bytecode time per object of a loop that looks at each
    Nanoseconds after_fault = 0;    ///< what bytecode needs longer after a page fault: the kernel has displaced its code and data
    std::int64_t start_objects = 7000;   ///< tracked objects of a started interpreter
    Bytes start_object_size = 180;       ///< their mean size
    Bytes start_memory = 5 << 20;        ///< private memory of a started interpreter, those objects included
    Bytes start_shared = 5 << 20;        ///< its code and libraries: resident, but shared by all processes
    Bytes start_room = -1;               ///< pools of its arenas that nobody uses; -1: what its objects leave of the last one
    Bytes fork_touched = 900 << 10;      ///< what the first steps of a forked child write
    FreeListSpec free_lists;
    ForkedSpec forked;
    GcSpec gc;
};

/// What pickling costs beside copying memory, as core time (C code that holds the GIL) but for `dumps`.
struct PicklingSpec {
    Nanoseconds dumps = 2000;          ///< bytecode of one call of ForkingPickler.dumps
    Nanoseconds loads = 500;           ///< one call of loads
    Nanoseconds object = 20;           ///< a small object: a number, a short string
    Nanoseconds load_object = 25;      ///< making it again
    Nanoseconds reference = 1500;      ///< a function or class, by its name
    Nanoseconds load_reference = 700;  ///< finding it again
    Nanoseconds instance = 2000;       ///< an object of a class written in Python
    Nanoseconds load_instance = 1200;  ///< making it again
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
    std::int64_t mutex_reload = 0;                      ///< PyMutex: after so many yields the waiter looks at it again; 0: after the last only
    Nanoseconds checkpoint_every = 50;                  ///< bytecode time between two looks at the eval breaker
    std::int64_t pace = 0;                              ///< turns per millisecond of a loop in Python when the costs were calibrated; 0: not known. Nothing simulated depends on it
    Span request_overhead{};                            ///< core time of a holder from the check that sees the request to drop_gil (ceval.c, eval_frame_handle_pending), if it has done so a moment ago
    Span evaluator{};                                   ///< so much of the interpreter's own code (evaluation loop, frames, a call), as it takes warm, does an attached thread run first: what it takes longer, cold, counts
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
    Nanoseconds spawn_exit = -1;                        ///< the same of one that is no fork and finalises its interpreter; -1: process_exit
    [[nodiscard]] Nanoseconds spawned_exit() const { return spawn_exit >= 0 ? spawn_exit : process_exit; }
    Nanoseconds tracker_start = -1;                     ///< core time of the resource tracker from its launch to its first message; -1: spawn_child
    Nanoseconds import_main = 0;                        ///< core time of a child that is no copy of its parent to import the main module again
    Nanoseconds forkserver_start = 40 * kMillisecond;   ///< core time of the fork server from its launch to its first request
    Nanoseconds forkserver_fork = 1 * kMillisecond;     ///< core time of the fork server to fork a child
    Nanoseconds forkserver_request = 500 * kMicrosecond;  ///< core time of the parent to ask the fork server for a child
    bool forkserver_preload = false;                    ///< the fork server imports the main module, so that its children need not
    std::int64_t fork_shootdowns = 0;                   ///< changes of page tables that interrupt other cores (costs.shootdown), of fork, a forked child's start and its end
    std::int64_t spawn_shootdowns = 0;                  ///< the same of a process that is no fork, and of its launch
    std::int64_t forkserver_shootdowns = 0;             ///< the same of a child of the fork server
    Nanoseconds process_join = 0;                       ///< core time of the parent to reap a child that has ended
    PicklingSpec pickling;
    Nanoseconds lock_call = 45;                         ///< bytecode of one call of a lock method written in C: acquire, release, append (C code included)
    Nanoseconds library_call = 125;                     ///< bytecode of one call of a small Python function of the standard library (threading, queue)
    Nanoseconds connection_send = -1;                   ///< bytecode of Connection.send_bytes of a short message, beside its system call; -1: by its calls
    Nanoseconds connection_receive = -1;                ///< the same of recv_bytes
    Nanoseconds future_submit = -1;                     ///< bytecode of ThreadPoolExecutor.submit() while its threads are busy; -1: guessed by its calls
    Nanoseconds future_run = -1;                        ///< bytecode of a worker around a call: taking it, setting its result; -1: guessed by its calls
    MemorySpec memory;
    Nanoseconds pickle = 2 * kMicrosecond;              ///< C code of pickle.dumps or pickle.loads, each, of something small
    Nanoseconds pickle_mib = 700 * kMicrosecond;        ///< for each MiB of it in addition
    Nanoseconds shareable_mib = 100 * kMicrosecond;     ///< copying a MiB of a shareable object (bytes, str, ...) into another interpreter
};

}  // namespace gilsim::scenario
