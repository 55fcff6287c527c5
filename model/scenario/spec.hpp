#pragma once
/// What a scenario says once it has been read: plain values, complete and valid, without expressions or units left to
/// resolve. The model runs a `Variant`; nothing in it is optional unless it says so. Every field here has one row in the
/// table of fields (fields_*.cpp), from which validation, `help`, `schema` and the reference page are generated; the defaults
/// written here are the defaults of the language.

#include <cstdint>
#include <string>
#include <vector>

#include "model/scenario/spec_interpreter.hpp"
#include "model/scenario/spec_machine.hpp"
#include "model/scenario/spec_operations.hpp"

namespace gilsim::scenario {

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
    Payload arguments;         ///< what its target is called with: pickled unless it is forked
    int line = 0;                ///< of its name in the scenario file, 1-based; 0: not from a file
    int column = 0;
};

/// A lock or another object that threads of a process share; each process has its own, but for those that connect processes
/// (pipes, queues between processes, shared memory, managers). YAML: `objects: {table: lock}`.
struct ObjectSpec {
    enum class Kind : std::uint8_t {
        lock, rlock, condition, event, semaphore, barrier, queue, simple_queue, local, thread_pool, interpreter_pool, pipe,
        process_queue, process_simple_queue, process_joinable_queue, shared_memory, manager, pool, process_pool
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
    Crossing crossing = Crossing::pickle;  ///< interpreter_pool
    std::int64_t workers = -1;  ///< thread_pool, interpreter_pool; -1: min(32, cores + 4); pool, process_pool; -1: one per core
    bool duplex = true;         ///< pipe: both ends send and receive, as over a socket
    Bytes size = 0;             ///< shared_memory
    int start_method = -1;      ///< manager, pool, process_pool: a StartMethod; -1: the interpreter's (`start_method_of`)
    int initializer = -1;       ///< pool, process_pool: what each worker does first, indexes Variant::programs; -1: nothing
    std::int64_t tasks_per_child = -1;  ///< pool, process_pool: tasks after which a worker is replaced; -1: never. YAML `max_tasks_per_child`
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
    int line = 0;      ///< in the scenario file, 1-based; 0: not from a file
    int column = 0;
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
    std::vector<Payload> payloads;              ///< declared by name; where they are used stands a copy
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
