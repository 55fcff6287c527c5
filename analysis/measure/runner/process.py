"""A process of the scenario: its objects and threads, the processes that it starts, and what all of them did."""
import os
import threading
import traceback
from collections import defaultdict

import children
import python
import subinterpreters
from device import Device
from memory import set_collector
from objects import kind_of, make_objects
from program import Unsupported
from units import endless, seconds


class Thread(object):
    """What a thread has of its own: the `me` of programs."""

    def __init__(self, process, number):
        self.process = process
        self.plan = process.plan
        self.latencies = [[] for _ in self.plan.requests]
        self.begun = [0.0] * len(self.plan.requests)
        self.draws = [endless(values, number * 997 % len(values)) for values in self.plan.spans]
        self.futures = defaultdict(list)  # of what it has submitted to pools, by pool
        self.own_objects = {}
        self.device = Device() if "io" in self.plan.costs else None  # what `io` waits for

    def touched(self, name, counting):
        """The object that `touch` names: the process's, or the thread's own, or one that nobody counts."""
        if counting == "immortal":
            return None
        if counting == "deferred":
            return Thread
        if counting == "own":
            return self.own_objects.setdefault(name, object())
        return self.process.touched[name]


class Process(object):
    """The main process, or one that it started. `outside`: sockets and devices, those of all processes. `name`: of one
    that was started."""

    def __init__(self, job, plan, groups, program, outside=None, sets=None, name=""):
        self.job = job
        self.name = name
        self.plan = plan
        self.groups = groups
        self.program = plan.functions[program] if program else None
        self.outside = outside
        self.objects = make_objects(job["variant"].get("objects", {}), default_workers(job), self)
        self.touched = defaultdict(object)
        self.sets = sets if sets is not None else defaultdict(list)  # of objects that programs allocate
        self.members = dict((name, []) for name in groups)
        self.arguments = dict((name, children.argument(group, job["variant"])())
                              for name, group in groups.items() if group["kind"] == "processes")
        self.failures = []
        python.set_intervals(job["variant"]["interpreter"])
        set_collector(job["variant"]["interpreter"])
        # Every thread's own things exist before the clock starts.
        self.main = Thread(self, 0)
        self.threads = [self.main]
        self.current = threading.local()  # threads that a pool has made find themselves here
        self.spare = [self.thread() for _ in range(self.pool_threads())]  # and take one of these at their first call
        self.ready = dict((name, [self.thread() for _ in range(count_of(group))])
                          for name, group in groups.items() if group["kind"] == "threads")

    def thread(self):
        self.threads.append(Thread(self, len(self.threads)))
        return self.threads[-1]

    def pool_threads(self):
        """How many threads the pools of threads may have, and the executor of an event loop."""
        values = self.job["variant"].get("objects", {}).values()
        pools = [value if isinstance(value, dict) else {} for value in values if kind_of(value) == "thread_pool"]
        workers = [value.get("workers", default_workers(self.job)) for value in pools]
        return sum(workers) + (default_workers(self.job) if "asyncio" in self.plan.costs else 0)

    def end(self, pipe, end):
        """The main process has a pipe's first end, all others the second, unless the scenario says."""
        if end is None:
            end = 0 if self.outside.of_main() else 1
        return self.objects[pipe][end]

    def here(self):
        """The calling thread, one of a pool."""
        me = getattr(self.current, "me", None)
        if me is None:
            try:
                me = self.spare.pop()
            except IndexError:
                me = self.thread()
            self.current.me = me
        return me

    def call(self, function):
        """What a pool's thread does for one call."""
        try:
            function(self.here())
        except Exception:
            self.failures.append(traceback.format_exc())
            raise

    def live(self):
        """What the main thread does, from the first start to the last join; then pools end, as they do with a process."""
        for name, group in self.groups.items():
            if group.get("start", "auto") == "auto":
                self.start(name)
        if self.program:
            self.program(self.main)
        for name, group in self.groups.items():
            if not group.get("daemon", False):
                self.join(name)
        for value in self.objects.values():
            if hasattr(value, "shutdown"):
                value.shutdown()

    def start(self, name):
        """Starts the threads or processes of a group."""
        group = self.groups[name]
        # What a thread looks up it need not: `get` of a dictionary that it has never read spins without a GIL (40
        # sched_yield in 3.13: dict_get holds the dictionary's lock that ensure_shared_on_read then waits for).
        function = self.plan.functions[group["run"]] if group.get("run") else None
        interpreter = subinterpreters.wanted(group)
        for number in range(count_of(group)):
            if group["kind"] == "threads":
                member = threading.Thread(target=self.live_thread,
                                          args=(group, self.ready[name][number], self.member(name, number), function,
                                                interpreter))
            else:
                member = children.make(self, group, self.member(name, number), self.arguments[name])
            member.daemon = group.get("daemon", False)
            member.start()
            self.members[name].append(member)

    def member(self, group, number):
        """The name of one of a group, counted from 0: no other one's in the whole program."""
        return (self.name + "." if self.name else "") + "%s-%d" % (group, number + 1)

    def join(self, name):
        """Waits until all of a group have ended."""
        for member in self.members[name]:
            member.join()

    def live_thread(self, group, thread, name, function, interpreter):
        """The whole life of a thread that runs `function`, or is in an interpreter of its own."""
        try:
            settle(group, self.job)
            if interpreter:
                subinterpreters.live(self, group, name)
            elif function:
                function(thread)
        except Exception:
            self.failures.append(traceback.format_exc())

    def latencies(self):
        """{request: [seconds]} of all threads so far."""
        return dict((name, [value for thread in self.threads for value in list(thread.latencies[number])])
                    for number, name in enumerate(self.plan.requests))

    def reporting(self):
        """The names of those that leave their figures in a file: processes and sub-interpreters."""
        return [self.member(name, number) for name, members in self.members.items()
                if self.groups[name]["kind"] == "processes" or subinterpreters.wanted(self.groups[name])
                for number in range(len(members))]

    def stop_threads(self):
        """Ends the threads that still run (daemons); whether all have ended."""
        running = [member for members in self.members.values() for member in members
                   if isinstance(member, threading.Thread) and member.is_alive()]
        return python.stop_threads(running)


def count_of(group):
    return group.get("count", 1)


def default_workers(job):
    """Of a pool, for as many cores as this measurement may use."""
    return min(32, len(job.get("cpus", [0])) + 4)


def settle(group, job):
    """Niceness and cores of the calling thread: Linux lets it inherit those of the thread that started it."""
    if not job["settle"]:
        return
    os.nice(group.get("nice", 0) - os.nice(0))
    if job["settle"] == "slice":
        python.set_slice(seconds(group.get("slice", "0ns")), group.get("nice", 0))
    python.set_affinity([job["cpus"][core] for core in group.get("cores", range(len(job["cpus"])))])


def top_groups(variant):
    """The groups of the main process by name, and what its main thread runs."""
    groups, program = type(variant)(), None
    for kind in ("threads", "processes"):
        for name, value in variant.get(kind, {}).items():
            group = value if isinstance(value, dict) else {"run": value}
            if kind == "threads" and name == "main":
                program = group["run"]
            else:
                method = variant["interpreter"].get("start_method", "fork")
                groups[name] = dict({"start_method": method}, **dict(group, kind=kind))
    return groups, program


def inner_groups(group):
    """The groups of threads inside a process."""
    return dict((name, dict(value if isinstance(value, dict) else {"run": value}, kind="threads"))
                for name, value in group.get("threads", {}).items())


def programs_of(groups, program):
    """The programs that the threads of the groups, and the main thread, begin with."""
    found = [program] if program else []
    for group in groups.values():
        found += programs_of(inner_groups(group), group.get("run"))
    return sorted(set(found))


def check(groups, job):
    """Refuses what cannot be done, before anything runs; whether any thread has niceness or cores of its own, or even a
    slice."""
    own = False
    for name, group in groups.items():
        for core in group.get("cores", []):
            if core >= len(job["cpus"]):
                raise Unsupported("'%s' wants core %d of %d" % (name, core, len(job["cpus"])))
        if group.get("nice", 0) < 0 and os.geteuid() != 0:
            raise Unsupported("'%s' wants nice %d, which only root may have" % (name, group["nice"]))
        own = own or bool(group.get("nice", 0) or group.get("cores"))
        if group.get("slice"):
            python.require_slices()
            own = "slice"
        if subinterpreters.wanted(group):
            subinterpreters.check(name, group)
            inner = check(inner_groups(group), job)
            own = inner if own != "slice" and inner else own
        if group["kind"] == "processes":
            children.check(name, group, job["variant"])
            inner = check(inner_groups(group), job)
            own = inner if own != "slice" and inner else own
    return own
