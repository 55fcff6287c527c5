"""What code costs that a core does not remember, measured alone: parts of interpreter.py."""
import base64
import collections
import copy
import csv
import datetime
import decimal
import difflib
import fractions
import json
import logging
import pickle
import random
import re
import shlex
import signal
import socket
import string
import struct
import textwrap
import time

import device
from objects import queue
from units import now

FIRST_RUNS = (("first_run_100us", 0.0001, 200), ("first_run_1ms", 0.001, 200), ("first_run_4ms", 0.004, 100), ("first_run_16ms", 0.016, 50))


def first_run(job):
    """Code of the library's and calls on a socket right after a sleep, for which the core halts, and the third time. `polled`: all
    sleeps are short, so that the host of a virtual machine polls; before the other short ones there is a longer one, after which the
    code runs, too: it is the sleep that it gets cold in. `exit`: no sleep; the core's timer is programmed, for which a guest leaves
    to its host."""
    own, pattern = queue.Queue(), re.compile(r"(\w+)=(\d+)")
    here, there = socket.socketpair()

    def work():
        begin = now()
        own.put(None)
        own.get()
        json.dumps({"a": 1, "b": [1, 2, 3]})
        pattern.match("abc=123").groups()
        struct.unpack("<IHB", struct.pack("<IHB", 1, 2, 3))
        pickle.loads(pickle.dumps((1, "a", [1, 2])))
        "{0} {1:5.2f} {2!r}".format("a", 1.5, "b").split()
        here.send(b"x")
        there.recv(1)
        return now() - begin
    later = {"later_run": [], "later_run_exit": []}

    def first(name="later_run"):
        now()
        result = work()
        work()
        later[name].append(work())
        return result

    def after(seconds):
        time.sleep(seconds)
        return first()

    def after_longer(seconds):
        time.sleep(0.001)
        first()
        return after(seconds)

    def after_exit():
        signal.setitimer(signal.ITIMER_REAL, 0.001)  # comes before anything else that the core's timer is set for
        signal.setitimer(signal.ITIMER_REAL, 0)
        return first("later_run_exit")
    result = {"first_run_polled": [after(0.00003) for _ in range(400)]}
    for name, seconds, times in FIRST_RUNS:
        result[name] = [after_longer(seconds) for _ in range(times)]
    signal.signal(signal.SIGALRM, signal.SIG_IGN)
    result["first_run_exit"] = [after_exit() for _ in range(300)]
    here.close()
    there.close()
    return dict(result, **later)


def ask_device(job):
    """Asking what `io` waits for (device.py), after the last answer has come."""
    if not device.has_timers():
        return {}
    timer, asked = device.Timer(), []
    for _ in range(200):
        timer.wait(0.0003)
        begin = now()
        timer.arm(0.0003)
        asked.append(now() - begin)
        timer.wait(0.0003)
    return {"ask_device": asked}


def pieces():
    """Pieces of the library's code that have little in common, 0.3 to 10 us each."""
    own, pattern = queue.Queue(), re.compile(r"(\w+)=(\d+)")
    log = logging.getLogger("gilsim")
    log.addHandler(logging.NullHandler())
    log.propagate = False
    log.setLevel(logging.DEBUG)
    return [
        lambda: (own.put(1), own.get()), lambda: json.dumps({"a": [1, 2, 3], "b": "x"}), lambda: json.loads('{"a": [1, 2, 3]}'),
        lambda: pattern.match("abc=12").groups(), lambda: pickle.loads(pickle.dumps((1, "a", [1]))), lambda: log.info("x %d", 1),
        lambda: datetime.datetime(2020, 1, 1).strftime("%Y-%m"), lambda: textwrap.wrap("a b c d e f", 4),
        lambda: decimal.Decimal("1.5") * 3, lambda: fractions.Fraction(1, 3) + 1, lambda: shlex.split('a b "c d"'),
        lambda: list(csv.reader(["a,b,c"])), lambda: base64.b64encode(b"abc"), lambda: copy.deepcopy([1, {2: 3}]),
        lambda: string.Template("$a").substitute(a=1), lambda: collections.Counter("abca"), lambda: random.sample(range(10), 3),
        lambda: difflib.SequenceMatcher(None, "abc", "abd").ratio(), lambda: struct.unpack("<IHB", struct.pack("<IHB", 1, 2, 3)),
        lambda: "{0} {1:5.2f} {2!r}".format("a", 1.5, "b").split(),
    ]


def median(values):
    return sorted(values)[len(values) // 2]


def again(piece):
    """What a piece takes right after itself."""
    times = []
    for _ in range(30):
        piece()
        begin = now()
        for _ in range(5):
            piece()
        times.append((now() - begin) / 5)
    return median(times)


def in_turn(some):
    """What some pieces take one after the other, again and again."""
    times = []
    for _ in range(50):
        begin = now()
        for piece in some:
            piece()
        times.append(now() - begin)
    return median(times)


def code_memory(job):
    """How much different code a core remembers: pieces of the library's code in turn, more and more of them, in orders of which
    each begins with others. `code_alone`: all, each right after itself; `code_in_turn`; `code_held`: what those take alone with
    which half of that difference is reached."""
    all_of_them = pieces()
    result = {"code_alone": [], "code_in_turn": [], "code_held": []}
    for first in range(len(all_of_them)):
        order = all_of_them[first:] + all_of_them[:first]
        alone = [again(piece) for piece in order]
        more = in_turn(order) / sum(alone) - 1
        few = 1
        while few < len(order) and in_turn(order[:few]) / sum(alone[:few]) - 1 < more / 2:
            few += 1
        result["code_alone"].append(sum(alone))
        result["code_in_turn"].append((1 + more) * sum(alone))
        result["code_held"].append(sum(alone[:few]))
    return result
