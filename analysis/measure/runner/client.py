"""Clients of the scenario's sockets: a process of its own, with the clients of each kind in a thread of theirs.

    python client.py JOB

In a closed loop each user waits for its reply, thinks and asks again over one connection; all of them are one loop over
epoll. In an open loop requests come at dates of their own, each over a connection of its own; their latency counts from
the date. Clients outside of the machine's cores never sleep, so that they are as exact as a clock.
"""
import heapq
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback

import children
import outside
import python
from device import Timer, has_timers
from units import busy_until, endless, now, samples, seconds

MESSAGE = b"x" * 64


class User(object):
    """One connection, and when its request began."""

    def __init__(self, connection):
        self.connection = connection
        self.begun = 0.0


class Load(object):
    """Clients of one kind. `done`: called when they will ask no more and all have been answered."""

    def __init__(self, spec, address, seed, done):
        self.address = address
        self.done = done
        self.request = spec["request"]
        self.outside = spec.get("cores", "outside") == "outside"
        self.users = spec.get("users", 0)
        self.most = spec.get("requests", float("inf"))
        self.duration = seconds(spec["for"]) if "for" in spec else float("inf")
        self.start = seconds(spec.get("start", "0ns"))
        self.thoughts = endless(samples(spec.get("think", "0ns"), seed), 0)
        self.gaps = endless(samples(spec["every"], seed), 0) if "every" in spec else None
        self.dates = [seconds(date) for date in spec.get("at", [])]
        self.latencies = []
        self.sent = 0
        self.open = {}  # users who wait for a reply, by file descriptor
        self.thinking = []
        self.end = float("inf")
        self.poll = select.epoll()
        self.connected = []
        self.timer = None

    def over(self):
        return self.sent >= self.most or now() >= self.end

    def prepare(self):
        """Connects its users, before the clock starts, and makes what wakes it when one has thought."""
        self.connected = [self.connect() for _ in range(self.users)]
        if self.users and not self.outside and has_timers():
            self.timer = Timer()
            self.poll.register(self.timer.fd, select.EPOLLIN)

    def live(self, begin):
        first = begin + self.start
        while now() < first:
            if not self.outside:
                select.select([], [], [], first - now())
        self.end = first + self.duration
        if self.users:
            self.closed_loop()
        else:
            self.open_loop(first, begin)
        self.done()

    def connect(self):
        connection = socket.create_connection(self.address)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        user = User(connection)
        self.poll.register(connection.fileno(), select.EPOLLIN)
        return user

    def ask(self, user):
        """Sends a request."""
        user.begun = now()
        self.sent += 1
        self.open[user.connection.fileno()] = user
        user.connection.send(MESSAGE)

    def answered(self, number):
        """Receives the reply: the user who has it."""
        user = self.open.pop(number)
        user.connection.recv(outside.MOST)
        self.latencies.append(now() - user.begun)
        return user

    def closed_loop(self):
        users, timer = self.connected, self.timer
        for user in users:
            if not self.over():
                self.ask(user)
        while self.open or (self.thinking and not self.over()):
            wait = 0 if self.outside else -1
            if self.thinking and timer is not None:
                timer.arm(max(self.thinking[0][0] - now(), 1e-9))
            elif self.thinking and not self.outside:
                wait = max(0.0, self.thinking[0][0] - now())
            for number, _ in self.poll.poll(wait):
                if timer is not None and number == timer.fd:
                    os.read(number, 8)
                    continue
                user = self.answered(number)
                time = next(self.thoughts)
                if self.over():  # its server is free for another connection
                    self.poll.unregister(number)
                    user.connection.close()
                    continue
                if time > 0:
                    heapq.heappush(self.thinking, (now() + time, number, user))
                else:
                    self.ask(user)
            while self.thinking and self.thinking[0][0] <= now() and not self.over():
                self.ask(heapq.heappop(self.thinking)[2])
        for user in users:
            user.connection.close()

    def open_loop(self, first, begin):
        if self.dates:
            dates = iter([begin + date for date in self.dates])
        else:
            dates = self.arrivals(first)
        date = next(dates, None)
        while date is not None or self.open:
            if date is not None and now() >= date:
                if self.sent >= self.most:
                    date = None
                    continue
                user = self.connect()
                self.ask(user)
                user.begun = date
                user.connection.shutdown(socket.SHUT_WR)
                date = next(dates, None)
            for number, _ in self.poll.poll(0):
                self.answered(number).connection.close()

    def arrivals(self, date):
        while True:
            date += next(self.gaps)
            if date >= self.end:
                return
            yield date


class Listeners(object):
    """The sockets, each shut down when the last of its clients is done: that ends those who serve it."""

    def __init__(self, numbers, clients):
        self.sockets = dict((name, socket.fromfd(number, socket.AF_INET, socket.SOCK_STREAM))
                            for name, number in numbers.items())
        self.left = dict((name, [client for client in clients.values() if client["to"] == name]) for name in numbers)

    def done(self, name):
        self.left[name].pop()
        if not self.left[name]:
            self.sockets[name].shutdown(socket.SHUT_RDWR)


def main(job_file):
    with open(job_file) as file:
        job = json.load(file)
    listeners = Listeners(job["sockets"], job["clients"])
    loads = []
    for number, (name, spec) in enumerate(sorted(job["clients"].items())):
        address = listeners.sockets[spec["to"]].getsockname()
        loads.append(Load(spec, address, int(job["seed"]) * 1000003 + number,
                          lambda name=spec["to"]: listeners.done(name)))
        loads[-1].prepare()
    failures = []

    def report(*_):
        latencies = {}
        for load in loads:
            latencies.setdefault(load.request, []).extend(list(load.latencies))
        children.write(os.path.join(job["folder"], "clients.child"), {"latencies": latencies, "failures": failures},
                       None, usage=False)
        os._exit(0)

    def live(load, begin):
        try:
            python.set_affinity(job["spare"] if load.outside else job["cpus"])
            load.live(begin)
        except Exception:
            failures.append(traceback.format_exc())
            report()
    ready = outside.listener()
    socket.create_connection(ready.getsockname()).close()  # the first one imports modules
    signal.signal(signal.SIGTERM, report)
    python.set_affinity(job["spare"] if all(load.outside for load in loads) else job["cpus"])
    os.write(1, b"r")
    begin, = struct.unpack("d", os.read(0, 8))
    busy_until(begin)
    others = [threading.Thread(target=live, args=(load, begin)) for load in loads[1:]]
    for thread in others:
        thread.start()
    live(loads[0], begin)
    for thread in others:
        thread.join()
    report()


if __name__ == "__main__":
    main(sys.argv[1])
