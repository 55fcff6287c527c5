"""Processes that talk: what they send, what connects them, and pools of them. As objects.py, and part of its table."""
import multiprocessing
import os
import sys

import children
import python
from program import Unsupported
from units import size

try:
    from multiprocessing import shared_memory
except ImportError:
    shared_memory = None  # before 3.8
try:
    from concurrent.futures import ProcessPoolExecutor
except ImportError:
    ProcessPoolExecutor = None  # 2.7

PAGE = 4096


# --- what is sent -------------------------------------------------------------------------------------------------------

class Payload(object):
    """Makes what a payload of the scenario says. `value`: a size, the name of a declared payload, or a mapping."""

    def __init__(self, value, declared):
        value = declared.get(value, value) if not isinstance(value, dict) else value
        value = value if isinstance(value, dict) else {"size": value}
        for key in ("pickle", "unpickle", "out_of_band", "each"):
            if value.get(key) not in (None, False, "5B"):
                raise Unsupported("the runner sends no payload with '%s'" % key)
        self.kind = value.get("kind", "bytes")
        self.size = size(value["size"]) if "size" in value else 0
        self.count = value.get("count", 0)
        self.unpicklable = value.get("unpicklable", False)
        self.made = [] if value.get("existing", False) else None

    def __call__(self):
        if self.made is None:
            return self.make()
        if not self.made:
            self.made.append(self.make())
        return self.made[0]

    def make(self):
        if self.unpicklable:
            return lambda: None
        if self.kind == "objects":
            return list(range(1 << 20, (1 << 20) + self.count))  # 5 bytes each, pickled
        if self.kind == "buffer":
            return bytearray(self.size)
        return b"x" * self.size if self.size else None


# --- objects ------------------------------------------------------------------------------------------------------------

def connecting_context(variant):
    """Locks that a spawned process is given must have been made for that."""
    groups = variant.get("processes", {}).values()
    methods = [group.get("start_method", "fork") if isinstance(group, dict) else "fork" for group in groups]
    other = [method for method in methods if method != "fork"]
    return children.context(other[0] if other else "fork") or multiprocessing


def pipe(value, context, name):
    return context.Pipe(value.get("duplex", True))


def process_queue(value, context, name):
    return context.Queue(value.get("maxsize", 0))


def process_simple_queue(value, context, name):
    if not hasattr(context, "SimpleQueue"):
        raise Unsupported("this Python has no multiprocessing.SimpleQueue")
    return context.SimpleQueue()


def process_joinable_queue(value, context, name):
    return context.JoinableQueue(value.get("maxsize", 0))


class SharedPages(object):
    """Shared memory by name: the first process that attaches makes it."""

    def __init__(self, name, length):
        if shared_memory is None:
            raise Unsupported("this Python has no shared memory by name")
        self.name, self.length = name, length
        self.memory = None  # this process's
        self.made = False
        self.touched = 0

    def __reduce__(self):
        return SharedPages, (self.name, self.length)

    def attach(self, length):
        """A process maps it once, and touches each page once: who has made it writes, the others look."""
        if self.memory is None:
            try:
                self.memory, self.made = shared_memory.SharedMemory(self.name), False
            except FileNotFoundError:
                self.memory, self.made = shared_memory.SharedMemory(self.name, create=True, size=self.length), True
        if length > self.touched:
            pages = slice(self.touched, length, PAGE)
            if self.made:
                self.memory.buf[pages] = bytes(len(range(self.touched, length, PAGE)))
            else:
                bytes(self.memory.buf[pages])
            self.touched = length

    def end(self):
        if self.memory is not None:
            self.memory.close()
        try:
            shared_memory.SharedMemory(self.name).unlink()
        except FileNotFoundError:
            pass


def shared(value, context, name):
    return SharedPages("gilsim-%d-%s" % (os.getpid(), name), size(value["size"]))


CONNECTIONS = {"pipe": pipe, "process_queue": process_queue, "process_simple_queue": process_simple_queue,
               "process_joinable_queue": process_joinable_queue, "shared_memory": shared}


def connections(variant):
    """What all processes share, by name: made by the main process."""
    from objects import kind_of
    context, made = connecting_context(variant), {}
    for name, value in variant.get("objects", {}).items():
        if kind_of(value) in CONNECTIONS:
            made[name] = CONNECTIONS[kind_of(value)](value if isinstance(value, dict) else {}, context, name)
    return made


# --- pools --------------------------------------------------------------------------------------------------------------

PROCESS = None  # of a pool's worker


def begin_worker(job, plan, programs, units, outside, sets):
    """A worker's first act: it makes the programs, unless it has inherited them, and will leave its figures."""
    global PROCESS
    import process as parts
    from multiprocessing import util
    from operations import OPERATIONS
    from program import Plan
    outside.enter()
    plan = plan or Plan(job["variant"], programs, units, OPERATIONS)
    PROCESS = parts.Process(job, plan, {}, None, outside, sets)
    report = {"failures": [], "faults_before": python.Usage.so_far()["minor_faults"]}
    file = os.path.join(job["folder"], ".pool-%d.child" % os.getpid())
    util.Finalize(None, children.write, args=(file, report, PROCESS), exitpriority=100)


def call(function, result, argument=None):
    """One call, in a worker."""
    PROCESS.plan.space[function](PROCESS.here())
    return result()


class Pool(object):
    """Made when it is first used. `process`: whose it is."""

    def __init__(self, value, process):
        if "initializer" in value:
            raise Unsupported("the runner gives workers an initializer of its own")
        self.value, self.process = value, process
        self.workers = value.get("workers", len(process.job["cpus"]))
        method = value.get("start_method", process.job["variant"]["interpreter"].get("start_method", "fork"))
        self.context = children.context(method)
        if self.context is None:
            raise Unsupported("this Python has no start method '%s'" % method)
        process.plan.costs.add(method)
        self.forked = method == "fork"
        self.pool = None

    def begin(self):
        process = self.process
        return (process.job, process.plan if self.forked else None, process.plan.used, process.plan.units, process.outside,
                process.sets if self.forked else None)


class WorkerPool(Pool):
    """multiprocessing.Pool."""
    RESULT = "get"

    def made(self):
        if self.pool is None:
            self.pool = self.context.Pool(self.workers, begin_worker, self.begin(),
                                          self.value.get("max_tasks_per_child"))
        return self.pool

    def submit(self, function, result, argument):
        return self.made().apply_async(call, (function, result, argument))

    def map(self, how, function, result, arguments, chunk):
        return getattr(self.made(), how)(Partial(function, result), arguments, *([chunk] if chunk else []))

    def shutdown(self):
        if self.pool is not None:
            self.pool.close()
            self.pool.join()


class ExecutorPool(Pool):
    """concurrent.futures.ProcessPoolExecutor."""
    RESULT = "result"

    def __init__(self, value, process):
        super(ExecutorPool, self).__init__(value, process)
        if sys.version_info < (3, 7):
            raise Unsupported("process pools of this Python cannot be told what to begin with")
        if "max_tasks_per_child" in value and sys.version_info < (3, 11):
            raise Unsupported("process pools of this Python do not replace their workers")

    def made(self):
        if self.pool is None:
            more = {}
            if "max_tasks_per_child" in self.value:
                more["max_tasks_per_child"] = self.value["max_tasks_per_child"]
            self.pool = ProcessPoolExecutor(self.workers, self.context, begin_worker, self.begin(), **more)
        return self.pool

    def submit(self, function, result, argument):
        return self.made().submit(call, function, result, argument)

    def map(self, how, function, result, arguments, chunk):
        return list(self.made().map(Partial(function, result), arguments, chunksize=chunk or 1))

    def shutdown(self):
        if self.pool is not None:
            self.pool.shutdown()


class Partial(object):
    """functools.partial(call, function, result), also of 2.7, where that cannot be pickled."""

    def __init__(self, function, result):
        self.function, self.result = function, result

    def __call__(self, argument):
        return call(self.function, self.result, argument)


POOLS = {"pool": WorkerPool, "process_pool": ExecutorPool}
