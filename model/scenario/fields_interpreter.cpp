/// Interpreters.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {

const Structure& interpreter_fields() {
    using T = InterpreterSpec;
    static const Structure structure{
        "interpreter",
        "A Python interpreter: its GIL and what its mechanisms cost.",
        {
            field<T>("name", &T::name, text(), "how reports call it").absent("the name of its configuration"),
            field<T>("about", &T::about, text(), "one line for `gilsim list`").absent("none"),
            field<T>("version", &T::version, text(), "the version of CPython that is modelled"),
            field<T>("gil", &T::gil, choice<GilPolicy>(), "how threads share the interpreter"),
            field<T>("switch_interval", &T::switch_interval, duration(1),
                     "how long a waiter waits before it asks for the GIL (sys.setswitchinterval)"),
            field<T>("drop_request", &T::drop_request, choice<DropRequest>(),
                     "where a waiter leaves its request that the GIL be dropped"),
            field<T>("check_interval", &T::check_interval, count(1, 1'000'000'000),
                     "with `gil: tick`, looks at the eval breaker from one release to the next (sys.setcheckinterval)"),
            field<T>("io_patience", &T::io_patience, duration(),
                     "with `gil: priority`, how long a waiter that returns from a blocking call waits before it asks "
                     "for the GIL"),
            field<T>("own_gil", &T::own_gil, boolean(),
                     "whether sub-interpreters can have a GIL of their own (PEP 684)"),
            field<T>("subinterpreter_create", &T::subinterpreter_create, duration(),
                     "core time to create a sub-interpreter"),
            field<T>("subinterpreter_destroy", &T::subinterpreter_destroy, duration(), "core time to end one"),
            field<T>("refcount", &T::refcount, duration(),
                     "core time of 1000 references taken and dropped again, on an object of the thread's own (with a "
                     "GIL: on any)"),
            field<T>("refcount_shared", &T::refcount_shared, duration(),
                     "free-threaded: the same on another thread's object, which nobody else touches"),
            field<T>("refcount_uncounted", &T::refcount_uncounted, duration(),
                     "the same on an object without a count: immortal, or (free-threaded) deferred"),
            field<T>("mutex_spins", &T::mutex_spins, count(0, 1000),
                     "how often a waiter for a PyMutex yields before it parks"),
            field<T>("mutex_reload", &T::mutex_reload, count(0, 1000),
                     "after how many yields it looks whether the PyMutex is free (CPython 3.15: 4); 0: only after the "
                     "last (3.13, 3.14)"),
            field<T>("checkpoint_every", &T::checkpoint_every, duration(1),
                     "bytecode time between two looks at the eval breaker, where a holder notices that the GIL is "
                     "asked for; with `gil: tick`, the time of a tick"),
            field<T>("pace", &T::pace, count(0, 1'000'000'000),
                     "turns per millisecond of a loop in Python (`x = x * a + b`) when `gilsim calibrate` measured the "
                     "costs: by it `gilsim measure --profiles` tells how fast the machine is later; 0: not known"),
            field<T>("request_overhead", &T::request_overhead, span(),
                     "core time of a holder from the check point that sees a request to drop the GIL until it does, "
                     "if it did so a moment ago (`costs.cold_code` of the machine)"),
            field<T>(
                "evaluator", &T::evaluator, span(),
                "how much of the interpreter's own code (evaluation loop, frames, a call) a thread runs first when "
                "it has the GIL, as it takes warm; only what it takes longer, cold, is added"),
            field<T>("gil_overhead", &T::gil_overhead, duration(),
                     "core time of take_gil's and drop_gil's own code, each"),
            field<T>("thread_create", &T::thread_create, duration(),
                     "core time of the parent in Thread.start() before it waits for the started event"),
            field<T>("thread_bootstrap", &T::thread_bootstrap, duration(),
                     "core time of a new thread before its program begins (bytecode)"),
            field<T>("thread_exit", &T::thread_exit, duration(), "core time of a thread after its program has ended"),
            field<T>("start_method", &T::start_method, choice<StartMethod>(),
                     "how multiprocessing starts processes by default"),
            field<T>("fork", &T::fork, duration(), "core time of the parent for os.fork()"),
            field<T>("fork_child", &T::fork_child, duration(), "core time of the child from fork to its program"),
            field<T>("spawn", &T::spawn, duration(), "core time of the parent to launch a new interpreter"),
            field<T>("spawn_child", &T::spawn_child, duration(),
                     "core time of the child from its launch to its target: interpreter start, imports of the library"),
            field<T>("forkserver_child", &T::forkserver_child, duration(),
                     "core time of a child of the fork server from fork to its program"),
            field<T>("process_exit", &T::process_exit, duration(),
                     "core time of a process after its program has ended"),
            field<T>("spawn_exit", &T::spawn_exit, duration(),
                     "the same of a spawned one, which finalises its interpreter where a forked one leaves at once")
                .absent("process_exit"),
            field<T>("tracker_start", &T::tracker_start, duration(),
                     "core time of the resource tracker, which the first use of shared memory launches, until it waits "
                     "for messages")
                .absent("spawn_child"),
            field<T>(
                "import_main", &T::import_main, duration(),
                "core time of a child that is no copy of its parent (spawn, forkserver) to import the main module"),
            field<T>("forkserver_start", &T::forkserver_start, duration(),
                     "core time of the fork server from its launch to its first request"),
            field<T>("forkserver_fork", &T::forkserver_fork, duration(),
                     "core time of the fork server to fork a child"),
            field<T>("forkserver_request", &T::forkserver_request, duration(),
                     "core time of the parent to ask the fork server for a child"),
            field<T>("forkserver_preload", &T::forkserver_preload, boolean(),
                     "whether the fork server imports the main module, so that its children need not"),
            field<T>("fork_shootdowns", &T::fork_shootdowns, count(0, 1'000'000),
                     "how often fork(), a forked child's start and its end interrupt the other cores "
                     "(`costs.shootdown`), in all"),
            field<T>("spawn_shootdowns", &T::spawn_shootdowns, count(0, 1'000'000),
                     "the same of a process that is no fork, and of its launch"),
            field<T>("forkserver_shootdowns", &T::forkserver_shootdowns, count(0, 1'000'000),
                     "the same of a child of the fork server"),
            field<T>("process_join", &T::process_join, duration(),
                     "core time of the parent to reap a child that has ended"),
            field<T>("pickling", &T::pickling, record<PicklingSpec>(pickling_fields), "what pickling costs"),
            field<T>("lock_call", &T::lock_call, duration(),
                     "bytecode of one call of a method written in C: lock.acquire(), lock.release(), deque.append()"),
            field<T>("library_call", &T::library_call, duration(),
                     "bytecode of one call of a small Python function of the standard library (threading, queue)"),
            field<T>("connection_send", &T::connection_send, duration(),
                     "bytecode of Connection.send_bytes (3.3 and later) of a short message, beside its system call "
                     "(default: 5 library_call and 8 lock_call)"),
            field<T>("connection_receive", &T::connection_receive, duration(),
                     "the same of recv_bytes (default: 6 library_call and 11 lock_call)"),
            field<T>("future_submit", &T::future_submit, duration(),
                     "bytecode of ThreadPoolExecutor.submit() while all threads are busy, what it makes included "
                     "(default: 1.4 times 13 library_call and 16 lock_call)"),
            field<T>("future_run", &T::future_run, duration(),
                     "bytecode of a worker of it around a call: taking it, setting its result "
                     "(default: 1.7 times 15 library_call and 9 lock_call; since 3.12 10 and 6)"),
            field<T>("memory", &T::memory, record<MemorySpec>(memory_fields), "objects, their allocator and collector"),
            field<T>("pickle", &T::pickle, duration(),
                     "C code of pickle.dumps or pickle.loads, each, of something small"),
            field<T>("pickle_mib", &T::pickle_mib, duration(), "for each MiB of it in addition"),
            field<T>("shareable_mib", &T::shareable_mib, duration(),
                     "copying a MiB of a shareable object (bytes, str, ...) into another interpreter"),
        },
        ""};
    return structure;
}

}  // namespace gilsim::scenario
