"""What `io` waits for: something outside of the program that answers after a given time and needs no core of it."""
import os
import select
import socket
import struct
import time

try:
    import ctypes
except ImportError:
    ctypes = None


# Made once, since ctypes makes types for them: without a GIL, in 3.13, each takes a lock that the thread itself holds, 40
# sched_yield.
LIBRARIES = dict((kind, getattr(ctypes, kind)(None, use_errno=True)) for kind in ("PyDLL", "CDLL")) if ctypes else {}
TIMES = ctypes.c_long * 4 if ctypes else None  # struct itimerspec: interval, then the first expiry


class Timer(object):
    """A timer of the kernel (timerfd): its interrupt ends the read, as a disk's or a network card's would.

    It is armed with the GIL held (PyDLL), so that the operation releases the GIL once, in the read. `library`: "CDLL"
    to release it for that, too, as sending a request does.
    """

    def __init__(self, library="PyDLL"):
        libc = LIBRARIES[library]
        self.fd = libc.timerfd_create(1, 0o2000000)  # CLOCK_MONOTONIC, TFD_CLOEXEC
        if self.fd < 0:
            raise OSError(ctypes.get_errno(), "timerfd_create")
        self.value = TIMES()
        self.set = libc.timerfd_settime

    def arm(self, time):
        whole = int(time)
        self.value[2] = whole
        self.value[3] = int((time - whole) * 1e9) or 1
        self.set(self.fd, 0, self.value, None)

    def wait(self, time):
        self.arm(time)
        os.read(self.fd, 8)


class Helper(object):
    """Another process behind a socket pair, which sleeps for the time asked for and answers: where there is no timer."""

    def __init__(self):
        self.socket, theirs = socket.socketpair()
        pid = os.fork()
        if pid == 0:
            self.socket.close()
            serve(theirs)
        theirs.close()

    def wait(self, time):
        self.socket.sendall(struct.pack("d", time))
        self.socket.recv(1)


def serve(requests):
    """The helper's life: until the other end is closed."""
    try:
        while True:
            asked = requests.recv(8)
            if len(asked) < 8:
                break
            time.sleep(struct.unpack("d", asked)[0])
            requests.sendall(b"x")
    finally:
        os._exit(0)


def has_timers():
    return ctypes is not None and hasattr(LIBRARIES["PyDLL"], "timerfd_create")


def Device():
    """The best device that this machine has."""
    return Timer() if has_timers() else Helper()
