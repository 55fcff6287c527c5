"""What the threads of a process share: locks, events, queues. One row per kind in the table at the end."""
import sys
import threading

from ipc import POOLS
from program import Unsupported

try:
    import queue
except ImportError:
    import Queue as queue  # 2.7
try:
    from concurrent.futures import ThreadPoolExecutor
except ImportError:
    ThreadPoolExecutor = None  # 2.7

Full, Empty = queue.Full, queue.Empty


def lacking(what):
    raise Unsupported("this Python has no " + what)


def require_time_outs():
    """Locks and conditions tell whether they have waited in vain from 3.2 on."""
    if sys.version_info < (3, 2):
        lacking("time-outs of locks")


def broken_barrier():
    """What a barrier raises when somebody's patience has ended."""
    return getattr(threading, "BrokenBarrierError", None) or lacking("barriers")


def condition(value, others):
    shared = value.get("lock")
    return threading.Condition(others[shared]) if shared else threading.Condition()


def semaphore(value, others):
    kind = threading.BoundedSemaphore if value.get("bounded") else threading.Semaphore
    return kind(value.get("value", 1))


def barrier(value, others):
    broken_barrier()
    return threading.Barrier(value["parties"])


def simple_queue(value, others):
    return getattr(queue, "SimpleQueue", lambda: lacking("queue.SimpleQueue"))()


def thread_pool(value, others):
    if ThreadPoolExecutor is None:
        lacking("concurrent.futures")
    return ThreadPoolExecutor(value["workers"])


# the kind: how a process makes one; `value`: what the scenario says, `others`: the objects that it may refer to
OBJECTS = {
    "lock": lambda value, others: threading.Lock(),
    "rlock": lambda value, others: threading.RLock(),
    "condition": condition,
    "event": lambda value, others: threading.Event(),
    "semaphore": semaphore,
    "barrier": barrier,
    "queue": lambda value, others: queue.Queue(value.get("maxsize", 0)),
    "simple_queue": simple_queue,
    "local": lambda value, others: threading.local(),
    "thread_pool": thread_pool,
}


def kind_of(value):
    return value["kind"] if isinstance(value, dict) else value


def make_objects(declared, workers, process):
    """All objects of a process, by name: conditions last, since they may share a lock. `workers`: of pools of threads
    without a number of their own."""
    made = dict(process.outside.connections) if process.outside else {}
    for name in sorted(declared, key=lambda name: kind_of(declared[name]) == "condition"):
        value = declared[name]
        if name in made:
            continue
        if kind_of(value) in POOLS:
            made[name] = POOLS[kind_of(value)](value if isinstance(value, dict) else {}, process)
            continue
        if kind_of(value) not in OBJECTS:
            raise Unsupported("the runner has no objects of kind '%s'" % kind_of(value))
        own = dict({"workers": workers}, **(value if isinstance(value, dict) else {}))
        made[name] = OBJECTS[kind_of(value)](own, made)
    return made
