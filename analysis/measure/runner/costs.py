"""What operations cost alone: base latencies that a prediction may use. Never anything that the variant itself did."""
import gc
import os
import threading
import time
from collections import deque
from itertools import repeat

import children
import objects
import python
import subinterpreters
from device import Device
from units import cpu_now, median, now


def sleep(process):
    """How late a thread is back from a sleep, nothing else running."""
    return {"sleep_late": median([timed(time.sleep, 0.001) - 0.001 for _ in range(20)])}


def io(process):
    wait = Device().wait
    wait(0.001)
    return {"io_late": median([timed(wait, 0.001) - 0.001 for _ in range(20)])}


def lock(process):
    own = threading.Lock()

    def pairs(count):
        for _ in range(count):
            own.acquire()
            own.release()
    return {"lock_pair": median([timed(pairs, 500) for _ in range(5)]) / 500}


def queue(process):
    own = objects.queue.Queue()

    def pairs(count):
        for _ in range(count):
            own.put(None)
            own.get()
    return {"queue_pair": median([timed(pairs, 200) for _ in range(5)]) / 200}


def thread(process):
    starts, wholes = [], []
    for _ in range(20):
        begin = now()
        one = threading.Thread(target=int)
        one.start()
        starts.append(now() - begin)
        one.join()
        wholes.append(now() - begin)
    return {"thread_start": median(starts), "thread_start_join": median(wholes)}


def process_by(method):
    """The parent's part of a start, the child's until its program begins, and the end, of a child that does nothing."""
    def cost(process):
        group = {"kind": "processes", "start_method": method}
        parts = []
        stopped = method == "forkserver" and children.stop_fork_server()
        for number in range({"fork": 4, "spawn": 2}.get(method, 5)):
            begin, core_begin = now(), cpu_now()
            child = children.make(process, group, "alone-%d" % number)
            child.start()
            started, core = now(), cpu_now() - core_begin
            child.join()
            ended = now()
            report = children.reports(process.job["folder"], ["alone-%d" % number])[0][1]
            parts.append((started - begin, max(0.0, report["begin"] - started), ended - report["end"], core))
        names = (method + "_parent", method + "_child", method + "_exit", method + "_request")
        found = dict((name, median(values)) for name, values in zip(names, zip(*parts[1:])))  # the first one warms up
        if method == "forkserver":
            found["forkserver_launch"] = max(0.0, parts[0][0] - found["forkserver_parent"]) if stopped else 0.0
            children.stop_fork_server()
        else:  # the parent does it all
            del found[method + "_request"]
        return found
    return cost


def touches(thing):
    """A thousand references taken and dropped as `touch` does."""
    def batches(count):
        for _ in repeat(None, count):
            deque(repeat(thing, 100), 0)
    return median([timed(batches, 1000) for _ in range(9)]) / 100


def touch(process):
    """Own objects; and, where it makes a difference, those of another thread."""
    result = {"refcount": touches(object())}
    made = []
    thread = threading.Thread(target=lambda: made.append(object()))
    thread.start()
    thread.join()
    result["refcount_shared"] = touches(made[0])
    return result


def memory(process):
    """What there is before the program has made anything: objects of the interpreter and the runner, what a collection costs
    for each of them, memory."""
    count = len(gc.get_objects())
    whole = median([timed(lambda _: gc.collect(), None) for _ in range(5)])
    found = {"heap_objects": count, "heap_object_collect": whole / count}
    unique, resident = python.unique_bytes(), python.resident_bytes()
    if unique and resident:
        found.update({"heap_unique": unique, "heap_resident": resident})
    room = python.free_pools()
    if room is not None:
        found["heap_room"] = room
    return found


def touch_uncounted(process):
    return {"refcount_uncounted": touches(None)}


def socket(process):
    """The kernel's part of a server's calls and all of a client's, over loopback, less a system call that does nothing."""
    from client import Load
    from outside import MOST, listener
    spec, ready = {"request": "", "users": 1}, listener()
    load = Load(spec, ready.getsockname(), 0, None)
    accepts, sends, receives, asks, answers = [], [], [], [], []

    def connection():
        user = load.connect()
        begin = now()
        server, _ = ready.accept()
        accepts.append(now() - begin)
        return user, server

    for _ in range(60):
        user, server = connection()
        server.close()
        user.connection.close()
    user, server = connection()
    for _ in range(200):  # over one connection: what runs between, which makes code slower, counts by itself
        begin = now()
        load.ask(user)
        asks.append(now() - begin)
        receives.append(timed(server.recv, MOST))
        sends.append(timed(server.send, b"x" * 64))
        begin = now()
        for number, _ in load.poll.poll(0):
            load.answered(number)
        answers.append(now() - begin)
    server.close()
    user.connection.close()
    empty = median([timed(lambda _: os.getppid(), None) for _ in range(200)])
    names = ("socket_accept", "socket_receive", "socket_send", "client_send", "client_receive")
    found = dict(zip(names, [median(values) - empty for values in (accepts, receives, sends, asks, answers)]))
    return dict((name, max(value, 0.0)) for name, value in found.items())


def timed(function, argument):
    begin = now()
    function(argument)
    return now() - begin


# what an operation needs (program.Code.need): how it is measured
COSTS = {"sleep": sleep, "io": io, "lock": lock, "queue": queue, "thread": thread, "fork": process_by("fork"),
         "spawn": process_by("spawn"), "forkserver": process_by("forkserver"), "touch": touch, "memory": memory,
         "touch_uncounted": touch_uncounted, "socket": socket, "own_gil": subinterpreters.cost("own_gil"),
         "shared_gil": subinterpreters.cost("shared_gil")}


BEFORE = ("memory",)  # only, and after the other costs: their processes import modules, and share pages of code
ABOUT = (  # the name of an input ends like this: unit, meaning
    ("_scale", "1", "the cost of that work alone, mean of before and after, per cost before: operations were sized by it"),
    ("_step", "s", "the cost of one step of that work, alone"),
    ("sleep_late", "s", "how late a thread is back from a sleep of 1 ms, alone"),
    ("io_late", "s", "how late a thread is back from io of 1 ms, alone"),
    ("lock_pair", "s", "acquire and release of a lock that nobody else wants"),
    ("queue_pair", "s", "put and get of a queue that nobody else uses"),
    ("thread_start", "s", "Thread.start() of a thread that does nothing"),
    ("thread_start_join", "s", "the same, to the end of its join()"),
    ("_parent", "s", "Process.start() by that method: until it returns"),
    ("_child", "s", "from there until the child's program begins"),
    ("_request", "s", "the parent's core time in it; for the rest it waits for the fork server"),
    ("_launch", "s", "what the first start takes longer, which launches the server; 0: it runs already"),
    ("_exit", "s", "from the end of the child's program to the end of its join()"),
    ("refcount", "s", "a thousand references to an object of the thread's own, taken and dropped"),
    ("refcount_shared", "s", "the same, to an object that another thread has made"),
    ("refcount_uncounted", "s", "the same, to an object that nobody counts"),
    ("subinterpreter_create", "s", "a sub-interpreter: until its program begins"),
    ("subinterpreter_destroy", "s", "from the end of its program until it is gone"),
    ("heap_objects", "1", "objects that the collector tracks before the program has made any"),
    ("heap_object_collect", "s", "what a collection costs for each of them"),
    ("heap_unique", "bytes", "memory that the process shares with no other one, before the program has made anything"),
    ("heap_resident", "bytes", "its resident set then"),
    ("heap_room", "bytes", "pools of its arenas that nobody uses then"),
    ("socket_accept", "s", "accepting a connection over loopback, less an empty system call"),
    ("socket_receive", "s", "receiving a request that is there, less an empty system call"),
    ("socket_send", "s", "sending a reply to a socket for which nobody waits, less an empty system call"),
    ("client_send", "s", "the client's core time to send a request"),
    ("client_receive", "s", "the client's core time to receive a reply"),
)


def about(inputs):
    """{input: [unit, meaning]}."""
    return dict((name, [unit, meaning]) for name in inputs for end, unit, meaning in ABOUT if name.endswith(end))


class Costs(object):
    """The costs that a variant needs, measured before it and after it."""

    def __init__(self, process, needed):
        self.process = process
        self.needed = sorted(needed & set(COSTS), key=lambda name: (name in BEFORE, name))
        self.rounds = []

    def measure(self):
        found = {}
        for name in self.needed:
            if not (self.rounds and name in BEFORE):
                found.update(COSTS[name](self.process))
        self.rounds.append(found)

    def result(self):
        """The mean of what was measured before and after."""
        result = {}
        for name in self.rounds[0]:
            values = [found[name] for found in self.rounds if name in found]
            result[name] = sum(values) / len(values)
        return result
