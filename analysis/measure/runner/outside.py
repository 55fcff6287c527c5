"""What lies outside of the scenario's processes: devices with queues, listening sockets and the clients who use them."""
import json
import mmap
import os
import signal
import socket
import struct
import subprocess
import sys
import threading

import ipc
from program import Unsupported
from units import now

try:
    import fcntl
except ImportError:
    fcntl = None

BACKLOG = 1024
MOST = 4096  # bytes of a request


class Service(object):
    """A device: so many servers, one queue in order of arrival. When each server will be free is all there is to it."""

    def __init__(self, file, servers, shared):
        self.state = file, servers, shared
        self.lock = threading.Lock()
        self.format = "%dd" % servers
        self.shared = shared  # by processes: then the dates are in a file
        self.free = [0.0] * servers
        if shared:
            self.file = open(file, "a+b")
            self.file.truncate(8 * servers)
            self.dates = mmap.mmap(self.file.fileno(), 8 * servers)

    def __reduce__(self):
        return Service, self.state

    def until(self, time):
        """How long from now until a request that takes this time has been served."""
        with self.lock:
            if not self.shared:
                return self.enter(self.free, time)
            fcntl.lockf(self.file, fcntl.LOCK_EX)
            free = list(struct.unpack_from(self.format, self.dates))
            result = self.enter(free, time)
            struct.pack_into(self.format, self.dates, 0, *free)
            fcntl.lockf(self.file, fcntl.LOCK_UN)
            return result

    @staticmethod
    def enter(free, time):
        date, first = now(), min(free)
        end = max(date, first) + time
        free[free.index(first)] = end
        return end - date


def device(value):
    """What the scenario says of a device; its short form is its time."""
    return value if isinstance(value, dict) and "time" in value else {"time": value}


def listener():
    made = socket.socket()
    made.bind(("127.0.0.1", 0))
    made.listen(BACKLOG)
    return made


def serve(listener, handle, me):
    """Answers the requests of one connection after the other, until the clients shut the socket down."""
    while True:
        try:
            connection, _ = listener.accept()
        except (OSError, socket.error):
            return
        while True:
            request = connection.recv(MOST)
            if not request:
                break
            handle(me)
            connection.sendall(request)
        connection.close()


class Outside(object):
    """Made by the main process; the others get it from there."""

    def __init__(self, job):
        variant = job["variant"]
        self.job = job
        shared = bool(variant.get("processes"))
        self.devices = {}
        for name, value in variant.get("devices", {}).items():
            servers = device(value).get("servers", 1)
            self.devices[name] = Service(os.path.join(job["folder"], name + ".device"), servers, shared)
        self.sockets = dict((name, listener()) for name in variant.get("sockets", {}))
        self.connections = ipc.connections(variant)
        self.main = os.getpid()
        self.clients = None
        for name, client in variant.get("clients", {}).items():
            if client.get("cores", "outside") == "outside" and not job.get("spare"):
                raise Unsupported("clients '%s' take no core of the machine, and no CPU is left for them: give --cpus %d "
                                  "or less" % (name, len(job["cpus"]) - 1))

    def __getstate__(self):
        return {"devices": self.devices, "sockets": self.sockets, "connections": self.connections, "main": self.main}

    def of_main(self):
        """Whether that is the main process of the scenario."""
        return os.getpid() == self.main

    def enter(self):
        """A process begins: if it was forked, another thread may have held a lock meanwhile."""
        for service in self.devices.values():
            service.lock = threading.Lock()

    def prepare(self):
        """Starts the clients' process; they wait for the run to begin."""
        declared = self.job["variant"].get("clients", {})
        if not declared:
            return
        file = os.path.join(self.job["folder"], "clients.json")
        numbers = dict((name, made.fileno()) for name, made in self.sockets.items())
        with open(file, "w") as out:
            json.dump({"folder": self.job["folder"], "cpus": self.job["cpus"], "spare": self.job.get("spare"),
                       "clients": declared, "sockets": numbers, "seed": self.job["variant"].get("seed", 1)}, out)
        own = {"pass_fds": list(numbers.values())} if sys.version_info >= (3, 2) else {}  # 2.7 passes all
        program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "client.py")
        self.clients = subprocess.Popen([sys.executable, "-B", program, file], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, **own)
        if self.clients.stdout.read(1) != b"r":
            raise RuntimeError("the clients' process ended with an error")

    def tell(self, date):
        """Tells the clients when the run begins, and that they compute until then (main.py, as_after_a_start)."""
        if self.clients is not None:
            os.write(self.clients.stdin.fileno(), struct.pack("d", date))

    def end(self):
        """The run is over: clients that are not done tell what they have got."""
        if self.clients is not None:
            if self.clients.poll() is None:
                try:
                    self.clients.send_signal(signal.SIGTERM)
                except OSError:
                    pass
            self.clients.wait()
        for made in self.connections.values():
            if hasattr(made, "end"):
                made.end()

    def reporting(self):
        """The names of those that leave their figures in a file: clients, workers of pools."""
        workers = [file[:-len(".child")] for file in os.listdir(self.job["folder"])
                   if file.startswith(".pool-") and file.endswith(".child")]  # no group is called so
        return (["clients"] if self.clients is not None else []) + workers
