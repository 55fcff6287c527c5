"""What processes, sub-interpreters and pickling cost in this Python, measured alone: parts of interpreter.py."""
import multiprocessing
import os
import pickle
import subprocess
import sys

import child_clock
import children
import subinterpreters
from units import cpu_now, median, now
from work import timed


class Start(object):
    """The start of one child that does nothing but tell when it began, until its join() has ended."""

    def __init__(self, context):
        back, there = context.Pipe()
        begin, cpu_begin = now(), cpu_now()
        child = context.Process(target=child_clock.tell, args=(there,))
        child.start()
        started, cpu_started = now(), cpu_now()
        child.join()
        ended, cpu_ended = now(), cpu_now()
        told = back.recv()
        for end in (back, there):
            end.close()
        self.start, self.start_cpu = started - begin, cpu_started - cpu_begin
        self.join_cpu = cpu_ended - cpu_started
        self.boot = max(0.0, told - started)
        self.exit = max(0.0, ended - told - self.join_cpu)


def process(method, count):
    """A start by that method: in the parent, in the child before its program, the child's end, the parent's join()."""
    def measure(job):
        context = children.context(method)
        if context is None:
            return {}
        vars(sys.modules["__main__"]).pop("__file__", None)  # so that a child has no main module to import
        starts = [Start(context) for _ in range(count)]
        first, later = starts[0], starts[1:]  # the first warms up
        result = {method: [one.start for one in later], method + "_child": [one.boot for one in later],
                  method + "_exit": [one.exit for one in later], method + "_join": [one.join_cpu for one in later]}
        if method == "forkserver":
            result["forkserver_request"] = [one.start_cpu for one in later]
            result["forkserver_fork"] = [max(0.0, one.start - one.start_cpu) for one in later]
            result["forkserver_launch"] = [max(0.0, first.start - median(result[method]))]
        return result
    return measure


GAP = 5e-6  # seconds: what a loop that reads the clock is held up by more is an interrupt that left the guest
HOST = 1e-3  # seconds: what holds it up longer is the host, which runs something else; these interrupts take 25 us where they were found
FEW = 5  # interrupts of a process's life that are not taken for ones of page tables


class Victim(object):
    """A process that does nothing but read the clock, on a CPU of its own, while it is asked to."""

    def __init__(self, cpu):
        self.ours, theirs = multiprocessing.Pipe()
        self.process = multiprocessing.Process(target=self.watch, args=(theirs, cpu))
        self.process.daemon = True  # so that nobody waits for it if the measurement fails
        self.process.start()

    @staticmethod
    def watch(asked, cpu):
        os.sched_setaffinity(0, [cpu])
        while True:
            time = asked.recv()
            if not time:
                return
            begin = last = now()
            count, lost = 0, 0.0
            while last < begin + time:
                at = now()
                if GAP < at - last < HOST:
                    count, lost = count + 1, lost + at - last
                last = at
            asked.send((count / time, lost / time))

    def begin(self, time):
        self.ours.send(time)

    def found(self):
        """Interrupts a second, and how much of it they took."""
        return self.ours.recv()

    def end(self):
        self.begin(0)
        self.process.join()


def shootdowns(job):
    """Changes of page tables that interrupt a CPU which has nothing to do with them, of processes that start and end: how
    many, what each takes from the other CPU, and how much longer it makes the process's life, in nanoseconds."""
    if not hasattr(os, "sched_setaffinity"):  # 2.7
        return {}
    result = {"shootdown_takes": [], "shootdown_waits": []}
    victim = Victim(job["cpus"][1])
    os.sched_setaffinity(0, job["cpus"][:1])
    for method, rounds, count in (("fork", 7, 12), ("spawn", 3, 6), ("forkserver", 3, 12)):
        context = children.context(method)
        if context is None:
            continue
        vars(sys.modules["__main__"]).pop("__file__", None)
        Start(context)
        many = result[method + "_shootdowns"] = []
        for _ in range(rounds):
            alone = median([timed(Start, context) for _ in range(5)])
            victim.begin(count * alone)
            at_rest = victim.found()
            victim.begin(count * alone)
            beside = median([timed(Start, context) for _ in range(count // 2)])
            disturbed = victim.found()
            often, taken = disturbed[0] - at_rest[0], disturbed[1] - at_rest[1]
            if often * beside < FEW or taken <= 0:  # at rest something else took more
                continue
            many.append(often * beside)
            result["shootdown_takes"].append(1e9 * taken / often)
            result["shootdown_waits"].append(1e9 * max(0.0, beside - alone) / (often * beside))
    victim.end()
    return dict((name, values) for name, values in result.items() if values)


TRACKER = "from multiprocessing.resource_tracker import main; import time; print(time.process_time())"


def tracker(job):
    """Core time of a process that becomes a resource tracker, until it could wait for messages (3.8)."""
    if sys.version_info < (3, 8):
        return {}
    return {"tracker": [float(subprocess.check_output([sys.executable, "-c", TRACKER])) for _ in range(7)]}


def with_four(self):
    self.one, self.two, self.three, self.four = 1, "two", 3.0, with_four


class Instance(object):
    """Four attributes, one of them a function."""
    __init__ = with_four


def connection(job):
    """A Connection: a short message sent, received, system calls included."""
    if sys.version_info < (3, 3):  # it is C code
        return {}
    receiver, sender = multiprocessing.Pipe(False)
    message, count = b"x" * 100, 20
    result = {"connection_send": [], "connection_receive": []}
    for _ in range(100):
        begin = now()
        for _ in range(count):
            sender.send_bytes(message)
        sent = now()
        for _ in range(count):
            receiver.recv_bytes()
        result["connection_send"].append((sent - begin) / count)
        result["connection_receive"].append((now() - sent) / count)
    return result


COUNT = 100000


def picklers():
    """What multiprocessing pickles a message with, and makes it again."""
    try:
        from multiprocessing.reduction import ForkingPickler
        ForkingPickler.dumps(None)
        return ForkingPickler.dumps, pickle.loads
    except (ImportError, AttributeError):  # before 3.3 it is C code
        try:
            import cPickle as fast
        except ImportError:
            fast = pickle
        return (lambda thing: fast.dumps(thing, 2)), fast.loads


def pickling(job):
    """What multiprocessing's pickler takes for a call, a small object, a function, an instance; and to make them again."""
    dumps, loads = picklers()
    many = list(range(COUNT))

    def rounds(call, thing, times):
        return [timed(lambda n: [call(thing) for _ in range(n)], times) / times for _ in range(15)]

    def cost(thing, times=200):
        made = dumps(thing)
        made = made if isinstance(made, bytes) else bytes(made)
        return rounds(dumps, thing, times), rounds(loads, made, times)

    none, numbers, function, instance = cost(None, 2000), cost(many, 2), cost(with_four), cost(Instance())

    def less(values, other, by=1.0):
        base = median(other)
        return [max(0.0, (value - base) / by) for value in values]

    result = {"dumps": none[0], "loads": none[1]}
    for name, way in (("", 0), ("load_", 1)):
        result[name + "object"] = less(numbers[way], none[way], COUNT)
        result[name + "reference"] = less(function[way], none[way])
        result[name + "instance"] = less(instance[way], function[way])
    return result


MIB = 1 << 20


def plain_pickle(job):
    """pickle.dumps and loads, the mean of both: of a small tuple; and of a MiB of bytes in addition."""
    def both(thing, times):
        made = pickle.dumps(thing, 2)
        return [(timed(lambda n: [pickle.dumps(thing, 2) for _ in range(n)], times) +
                 timed(lambda n: [pickle.loads(made) for _ in range(n)], times)) / times / 2 for _ in range(15)]
    small = both((1, "two"), 1000)
    return {"pickle": small, "pickle_mib": [value - median(small) for value in both(b"x" * MIB, 5)]}


def shareable(job):
    """A MiB of bytes on its way through a channel between interpreters: received, as it is not copied before."""
    for name in ("_interpchannels", "_xxinterpchannels"):  # 3.13, 3.12
        try:
            module = __import__(name)
        except ImportError:
            continue
        call = lambda word: getattr(module, word, None) or getattr(module, "channel_" + word, None)  # noqa: E731
        create, send, receive = call("create"), call("send"), call("recv")
        if not (create and send and receive):
            continue
        new = name == "_interpchannels"
        channel = create(2) if new else create()
        waits = {"blocking": False} if new else {}  # in 3.12 nobody waits
        thing, times = b"x" * MIB, []
        for _ in range(31):
            send(channel, thing, **waits)
            times.append(timed(receive, channel))
        return {"shareable_mib": times[1:]}
    return {}


def subinterpreter(job):
    """Making a sub-interpreter and ending it: with a GIL of its own where there is one."""
    if subinterpreters.module is None or sys.version_info < (3, 8):
        return {}
    kind = "own_gil" if sys.version_info >= (3, 12) else "shared_gil"
    creates, destroys = [], []
    for _ in range(12):
        begin = now()
        one = subinterpreters.create(kind)
        creates.append(now() - begin)
        destroys.append(timed(subinterpreters.module.destroy, one))
    return {"subinterpreter_create": creates[1:], "subinterpreter_destroy": destroys[1:]}
