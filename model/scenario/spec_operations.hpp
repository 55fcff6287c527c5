#pragma once
/// What programs consist of: one struct for each operation.

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "model/scenario/span.hpp"

namespace gilsim::scenario {

struct Op;
/// A program: operations, one after the other.
using Program = std::vector<Op>;

/// What is sent to another process, as pickle sees it. YAML: a size, the name of one of `payloads`, or its fields:
/// `10KiB`, `{kind: objects, count: 1000}`.
struct Payload {
    enum class Kind : std::uint8_t {
        bytes,    ///< one bytes object: copied
        objects,  ///< a list of small objects: each made into a few bytes, and made again
        buffer,   ///< an array that supports protocol 5: copied like bytes unless out of band
    };
    std::string name;           ///< of an entry of `payloads`; empty: written out where it is used
    Kind kind = Kind::bytes;
    Bytes size = 0;             ///< bytes, buffer; 0: None
    std::int64_t count = 0;     ///< objects: how many
    Bytes each = 5;             ///< objects: pickled size of one
    Nanoseconds pickle = -1;    ///< core time of pickling it; -1: by the interpreter's figures
    Nanoseconds unpickle = -1;  ///< core time of unpickling it; -1: by the interpreter's figures
    bool out_of_band = false;   ///< buffer: pickled without its contents, which are sent as they are (PEP 574)
    bool existing = false;      ///< whoever sends it has it already; else makes it first
    bool unpicklable = false;   ///< pickling it raises an exception, as with a lambda or an open file
};

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
    Payload payload;   ///< of a queue between processes
    Patience patience;
};
/// `{get: jobs}`: from a queue. If a request came with the item, the thread serves it from now on.
struct Get {
    int queue = 0;
    Patience patience;
    bool keep = false;  ///< what came from another process stays in memory until the thread gets or receives again
};
/// `{task_done: jobs}`: an item got from a queue has been dealt with.
struct TaskDone {
    int queue = 0;
};
/// `{join_queue: jobs}`: waits until as many items have been dealt with as were put.
struct JoinQueue {
    int queue = 0;
};
/// `{submit: {pool: workers, times: 10, do: [...]}}`: executor.submit, `times` times.
struct Submit {
    int pool = 0;
    std::int64_t times = 1;
    Payload arguments;  ///< of each call, and what it returns: pools of processes
    Payload result;
    Program body;
};
/// `{results: workers}`: Future.result of all that this thread has submitted to the pool and not asked for yet, in order.
struct Results {
    int pool = 0;
    Program otherwise;  ///< what is done if a call has raised an exception; YAML `else`
};
/// `{map: {pool: workers, times: 10, do: [...]}}`: executor.map: `times` submits, then their results in order.
struct Map {
    enum class How : std::uint8_t { map, imap, imap_unordered };
    int pool = 0;
    std::int64_t times = 1;
    std::int64_t chunk = -1;  ///< calls per task; -1: the pool's own rule
    How how = How::map;       ///< multiprocessing.Pool only
    Payload arguments;
    Payload result;
    Program body;
    Program otherwise;  ///< what is done if a call has raised an exception; YAML `else`
};
/// `{send: {pipe: line, payload: 10KiB}}`: Connection.send.
struct Send {
    int pipe = 0;
    Payload payload;
    int request = -1;  ///< indexes Variant::requests; -1: none
    int end = -1;      ///< which end of the pipe it has, 0 or 1; -1: the main process the first, every other the second
};
/// `{receive: line}`: Connection.recv.
struct Receive {
    int pipe = 0;
    int end = -1;
    Patience patience;
    bool keep = false;  ///< stays in memory until the thread receives or gets again
};
/// `{receive_all: {pipe: line, do: [...]}}`: Connection.recv again and again, until EOFError.
struct ReceiveAll {
    int pipe = 0;
    int end = -1;
    bool keep = false;
    Program body;  ///< for each message
};
/// `{close: line}`: Connection.close: the process has this end of the pipe no longer.
struct Close {
    int pipe = 0;
    int end = -1;
};
/// `{attach: image}`: SharedMemory(name): maps it, and touches `touch` of it.
struct Attach {
    int memory = 0;
    Bytes touch = -1;  ///< -1: all
};
/// `{call: {manager: registry, arguments: 1KiB}}`: a method of a proxy: the manager's process does `body`.
struct CallManager {
    int manager = 0;
    std::int64_t times = 1;
    Payload arguments;
    Payload result;
    Program body;
};
/// `{crash: segmentation fault}`: the process dies at once, as by a signal.
struct Crash {
    std::string reason;
};
/// `{shutdown: workers}`: executor.shutdown(wait=True).
struct Shutdown {
    int pool = 0;
};
/// `{terminate: workers}`: Pool.terminate() and join().
struct Terminate {
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
                 Allocate, Free, WalkSet, Gc, Send, Receive, Attach, CallManager, Crash,
                 ReceiveAll, Close, Terminate>
        what;
    int line = 0;  ///< 1-based; 0: not from a file
    int column = 0;
};

}  // namespace gilsim::scenario
