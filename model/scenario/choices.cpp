#include "model/scenario/choices.hpp"

#include <array>

namespace gilsim::scenario {

std::span<const Choice<SchedulerSpec::Policy>> choices(SchedulerSpec::Policy) {
    using P = SchedulerSpec::Policy;
    static constexpr std::array<Choice<P>, 2> all{{
        {P::eevdf, "eevdf",
         "earliest eligible virtual deadline first: Linux 6.12 and later (6.6 to 6.11, too, but without the delayed "
         "dequeue of the model)"},
        {P::cfs, "cfs", "the completely fair scheduler: Linux before 6.6"},
    }};
    return all;
}

std::span<const Choice<CondvarPolicy>> choices(CondvarPolicy) {
    using P = CondvarPolicy;
    static constexpr std::array<Choice<P>, 3> all{{
        {P::glibc_2_25, "glibc-2.25", "glibc 2.25 to 2.40: any waiter of the eligible group may consume a signal"},
        {P::glibc_2_41, "glibc-2.41", "glibc 2.41 and later: reworked groups"},
        {P::fifo, "fifo", "order of arrival (macOS)"},
    }};
    return all;
}

std::span<const Choice<GilPolicy>> choices(GilPolicy) {
    using P = GilPolicy;
    static constexpr std::array<Choice<P>, 7> all{{
        {P::timed, "timed",
         "CPython 3.2 and later: a waiter asks for the GIL after a full switch interval without a switch"},
        {P::none, "none", "no GIL, and nothing in its place: an idealisation"},
        {P::tick, "tick", "CPython 2: the holder releases and takes again every check interval, without hand-off"},
        {P::fifo, "fifo", "not in CPython: as timed, but handed to the waiter that came first"},
        {P::priority, "priority",
         "not in CPython: handed first to waiters that return from a blocking call; they also ask sooner"},
        {P::never, "never", "not in CPython: released only before a call that may block"},
        {P::free_threaded, "free_threaded", "CPython 3.13t and later: no GIL; threads stop for one another when they must"},
    }};
    return all;
}

std::span<const Choice<DropRequest>> choices(DropRequest) {
    using D = DropRequest;
    static constexpr std::array<Choice<D>, 2> all{{
        {D::interpreter, "interpreter", "one flag, cleared by whoever takes the GIL: CPython 3.2 to 3.12"},
        {D::thread, "thread", "a bit in the holder's thread state: CPython 3.13 and later"},
    }};
    return all;
}

std::span<const Choice<Touch::Counting>> choices(Touch::Counting) {
    using C = Touch::Counting;
    static constexpr std::array<Choice<C>, 4> all{{
        {C::shared, "shared", "one object for all threads of the process, made by its main thread"},
        {C::own, "own", "each thread has an object of its own"},
        {C::deferred, "deferred", "a function, class or module: free-threaded builds leave its count to the collector"},
        {C::immortal, "immortal", "None, a small integer: nobody counts, since CPython 3.12"},
    }};
    return all;
}

std::span<const Choice<Group::Subinterpreter>> choices(Group::Subinterpreter) {
    using S = Group::Subinterpreter;
    static constexpr std::array<Choice<S>, 3> all{{
        {S::none, "none", "they share the process's interpreter"},
        {S::own_gil, "own_gil", "each has a sub-interpreter with a GIL of its own: CPython 3.12 and later"},
        {S::shared_gil, "shared_gil", "each has a sub-interpreter, and all share one GIL"},
    }};
    return all;
}

std::span<const Choice<StartMethod>> choices(StartMethod) {
    using M = StartMethod;
    static constexpr std::array<Choice<M>, 3> all{{
        {M::fork, "fork", "os.fork(): the child starts as a copy of the parent"},
        {M::spawn, "spawn", "a fresh interpreter is launched"},
        {M::forkserver, "forkserver", "a small server process forks the child"},
    }};
    return all;
}

std::span<const Choice<Payload::Kind>> choices(Payload::Kind) {
    using K = Payload::Kind;
    static constexpr std::array<Choice<K>, 3> all{{
        {K::bytes, "bytes", "one bytes object: pickling and unpickling copy it"},
        {K::objects, "objects", "a list of small objects: each is made into a few bytes, and made again"},
        {K::buffer, "buffer", "an array of numbers that supports protocol 5; sent out of band, it is not copied"},
    }};
    return all;
}

std::span<const Choice<Map::How>> choices(Map::How) {
    using H = Map::How;
    static constexpr std::array<Choice<H>, 3> all{{
        {H::map, "map", "all results together"},
        {H::imap, "imap", "one result after the other, in order (multiprocessing.Pool)"},
        {H::imap_unordered, "imap_unordered", "one result after the other, as they come (multiprocessing.Pool)"},
    }};
    return all;
}

std::span<const Choice<ObjectSpec::Kind>> choices(ObjectSpec::Kind) {
    using K = ObjectSpec::Kind;
    static constexpr std::array<Choice<K>, 19> all{{
        {K::lock, "lock", "threading.Lock: one thread at a time; no queue, whoever comes first after a release has it"},
        {K::rlock, "rlock", "threading.RLock: its holder may take it again"},
        {K::condition, "condition",
         "threading.Condition: threads that hold its lock wait to be notified, oldest first"},
        {K::event, "event", "threading.Event: threads wait until it is set"},
        {K::semaphore, "semaphore", "threading.Semaphore: so many at a time"},
        {K::barrier, "barrier", "threading.Barrier: threads wait until so many have come"},
        {K::queue, "queue", "queue.Queue: a mutex and three conditions in Python"},
        {K::simple_queue, "simple_queue", "queue.SimpleQueue: unbounded, in C"},
        {K::thread_pool, "thread_pool", "concurrent.futures.ThreadPoolExecutor: threads that run what is submitted"},
        {K::interpreter_pool, "interpreter_pool",
         "concurrent.futures.InterpreterPoolExecutor (3.14): such threads, each with a sub-interpreter of its own in "
         "which it "
         "runs what is submitted"},
        {K::local, "local", "threading.local: each thread has its own; no lock"},
        {K::pipe, "pipe", "multiprocessing.Pipe: two ends, over a socket pair; with `duplex: false` over a pipe"},
        {K::process_queue, "process_queue",
         "multiprocessing.Queue: `put` only hands over; a feeder thread pickles and writes into a pipe"},
        {K::process_simple_queue, "process_simple_queue",
         "multiprocessing.SimpleQueue: a pipe and two locks, no thread"},
        {K::process_joinable_queue, "process_joinable_queue",
         "multiprocessing.JoinableQueue: such a queue that also counts what is still to be done"},
        {K::shared_memory, "shared_memory",
         "multiprocessing.shared_memory: memory that processes map; nothing is copied"},
        {K::manager, "manager", "multiprocessing.Manager: a server process; each call of a proxy is a round trip"},
        {K::pool, "pool", "multiprocessing.Pool: processes, and three threads that serve them"},
        {K::process_pool, "process_pool",
         "concurrent.futures.ProcessPoolExecutor: processes, a manager thread and a feeder thread"},
    }};
    return all;
}

std::span<const Choice<CollectorKind>> choices(CollectorKind) {
    using C = CollectorKind;
    static constexpr std::array<Choice<C>, 3> all{{
        {C::generational, "generational", "CPython up to 3.13 and from 3.14.5 on: three generations"},
        {C::incremental, "incremental", "CPython 3.14.0 to 3.14.4: young objects and a slice of the old ones"},
        {C::free_threaded, "free-threaded", "free-threaded builds: the whole heap, with the world stopped"},
    }};
    return all;
}

std::span<const Choice<AllocatorKind>> choices(AllocatorKind) {
    using A = AllocatorKind;
    static constexpr std::array<Choice<A>, 2> all{{
        {A::obmalloc, "obmalloc", "CPython's own, up to `small_limit`; malloc beyond"},
        {A::mimalloc, "mimalloc", "free-threaded builds: heaps of their own for threads"},
    }};
    return all;
}

std::span<const Choice<Gc::Action>> choices(Gc::Action) {
    using A = Gc::Action;
    static constexpr std::array<Choice<A>, 5> all{{
        {A::collect, "collect", "gc.collect(): a full collection, now"},
        {A::freeze, "freeze", "gc.freeze(): collections ignore what exists now"},
        {A::unfreeze, "unfreeze", "gc.unfreeze(): and look at it again"},
        {A::enable, "enable", "gc.enable()"},
        {A::disable, "disable", "gc.disable(): no collection unless asked for"},
    }};
    return all;
}

std::span<const Choice<ObjectSpec::Crossing>> choices(ObjectSpec::Crossing) {
    using C = ObjectSpec::Crossing;
    static constexpr std::array<Choice<C>, 2> all{{
        {C::pickle, "pickle", "pickled by the one, unpickled by the other, each under its own GIL"},
        {C::shareable, "shareable", "shareable objects (bytes, str, numbers): their bytes are copied once"},
    }};
    return all;
}

}  // namespace gilsim::scenario
