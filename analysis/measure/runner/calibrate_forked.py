"""What code writes to when it first runs after a fork, in the parent and in the child: a part of interpreter.py."""
import json
import multiprocessing
import os
import sys
import threading

import python
from calibrate_processes import picklers
from objects import queue
from units import cpu_now


def library():
    """Calls of the library's, each mostly functions in Python that the others do not call."""
    own, event, condition = queue.Queue(), threading.Event(), threading.Condition()
    receiver, sender = multiprocessing.Pipe(False)

    def queue_pair():
        own.put(None)
        own.get()

    def event_calls():
        event.set()
        event.wait()
        event.clear()

    def notify():
        with condition:
            condition.notify()

    def send():
        sender.send_bytes(b"x")

    def receive():
        receiver.recv_bytes()
    calls = [queue_pair, event_calls, notify, send, receive]
    try:
        from concurrent.futures import Future
        from multiprocessing.connection import wait
    except ImportError:  # 2.7
        return calls

    def future():
        one = Future()
        one.set_running_or_notify_cancel()
        one.set_result(None)
        one.result()
    return calls + [future, lambda: wait([receiver], 0)]


def start_thread():
    one = threading.Thread(target=int)
    one.start()
    one.join()


def python_calls(function):
    """How many functions in Python are called, itself included."""
    seen = []
    sys.setprofile(lambda frame, event, argument: seen.append(event))
    function()
    sys.setprofile(None)
    return seen.count("call")


def first_time(functions):
    """Of each: page faults of its first run here, less those of the second, and how much longer it took."""
    def run(function):
        faults, begin = python.Usage.so_far()["minor_faults"], cpu_now()
        function()
        time = cpu_now() - begin
        return python.Usage.so_far()["minor_faults"] - faults, time
    run(int)
    pairs = [(run(function), run(function)) for function in functions]
    return [(first[0] - again[0], first[1] - again[1]) for first, again in pairs]


def both_sides(functions):
    """first_time() in a child of os.fork(), then in its parent."""
    told, tell = os.pipe()
    wait, end = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.write(tell, json.dumps(first_time(functions)).encode())
            os.close(end)
            os.read(wait, 1)  # keeps its pages until the parent has measured
        finally:
            os._exit(0)
    os.close(tell)
    of_child = json.loads(os.read(told, 1 << 16).decode())
    of_parent = first_time(functions)
    for side in (told, wait, end):
        os.close(side)
    os.waitpid(child, 0)
    return of_child, of_parent


def forked(job):
    """Pages, of 100 functions of the library's and of some steps that are more than such functions, and what such a page
    takes, in nanoseconds, with all that is only read between."""
    calls = library()
    dumps, loads = picklers()
    message = bytes(dumps(None))
    steps = [lambda: dumps(None), lambda: loads(message), start_thread]
    names = ("forked_dumps", "forked_loads", "forked_thread")
    first_time(calls + steps)
    count = sum(python_calls(function) for function in calls)
    result = dict((name, []) for name in names + ("forked_calls", "forked_page"))
    for _ in range(9):
        of_child, of_parent = both_sides(calls + steps)
        pages = [(child[0] + parent[0]) / 2.0 for child, parent in zip(of_child, of_parent)]
        result["forked_calls"].append(100 * sum(pages[:len(calls)]) / count)
        for name, number in zip(names, pages[len(calls):]):
            result[name].append(number)
        alone = of_child[:-1]  # not the thread: its own time is not this thread's
        result["forked_page"].append(1e9 * sum(time for _, time in alone) / sum(number for number, _ in alone))
    return result
