"""What operations cost alone: base latencies that a prediction may use. Never anything that the variant itself did."""
import threading
import time

import children
import objects
from device import Device
from units import median, now


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
        for number in range(4 if method == "fork" else 2):
            begin = now()
            child = children.make(process, group, "alone-%d" % number)
            child.start()
            started = now()
            child.join()
            ended = now()
            report = children.reports(process.job["folder"], ["alone-%d" % number])[0][1]
            parts.append((started - begin, max(0.0, report["begin"] - started), ended - report["end"]))
        names = (method + "_parent", method + "_child", method + "_exit")
        return dict((name, median(values)) for name, values in zip(names, zip(*parts[1:])))  # the first one warms up
    return cost


def timed(function, argument):
    begin = now()
    function(argument)
    return now() - begin


# what an operation needs (program.Code.need): how it is measured
COSTS = {"sleep": sleep, "io": io, "lock": lock, "queue": queue, "thread": thread, "fork": process_by("fork"),
         "spawn": process_by("spawn"), "forkserver": process_by("forkserver")}


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
    ("_exit", "s", "from the end of the child's program to the end of its join()"),
)


def about(inputs):
    """{input: [unit, meaning]}."""
    return dict((name, [unit, meaning]) for name in inputs for end, unit, meaning in ABOUT if name.endswith(end))


class Costs(object):
    """The costs that a variant needs, measured before it and after it."""

    def __init__(self, process, needed):
        self.process = process
        self.needed = sorted(needed & set(COSTS))
        self.rounds = []

    def measure(self):
        found = {}
        for name in self.needed:
            found.update(COSTS[name](self.process))
        self.rounds.append(found)

    def result(self):
        """The mean of what was measured before and after."""
        return dict((name, sum(r[name] for r in self.rounds) / len(self.rounds)) for name in self.rounds[0])
