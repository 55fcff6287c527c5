"""Facts about this Python, and what differs between versions."""
import json
import os
import platform
import resource
import sys
import sysconfig


def free_threaded():
    """Whether this process runs without a GIL."""
    return not getattr(sys, "_is_gil_enabled", lambda: True)()


def facts():
    """What a record says about the Python."""
    jit = getattr(sys, "_jit", None)
    return {
        "implementation": platform.python_implementation(),
        "version": platform.python_version(),
        "minor": "%d.%d" % sys.version_info[:2],
        "free_threaded": free_threaded(),
        "build": " ".join(platform.python_build()),
        "compiler": platform.python_compiler(),
        "optimised": "--enable-optimizations" in (sysconfig.get_config_var("CONFIG_ARGS") or ""),
        "jit": bool(jit and jit.is_enabled()),
        "c_library": c_library(),
        "executable": sys.executable,
    }


def c_library():
    """"glibc 2.36"; without a glibc as well as Python can tell."""
    try:
        return os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):
        return " ".join(platform.libc_ver()).strip()


def check(interpreter):
    """Refuses an interpreter that no Python is, or not this one."""
    from program import Unsupported
    gil = interpreter.get("gil", "timed")
    if gil not in ("timed", "tick", "none", "free_threaded", "free-threaded"):
        raise Unsupported("no Python has 'gil: %s'" % gil)
    if gil not in ("timed", "tick") and not free_threaded():
        raise Unsupported("'gil: %s', and this Python has a GIL" % gil)


def set_intervals(interpreter):
    """How often the GIL changes hands, as the scenario says, where this Python has such an interval."""
    from units import seconds
    if hasattr(sys, "setswitchinterval"):
        if "switch_interval" in interpreter:
            sys.setswitchinterval(max(seconds(interpreter["switch_interval"]), 1e-6))
    elif interpreter.get("gil") == "tick":
        sys.setcheckinterval(interpreter.get("check_interval", 100))


def set_affinity(cpus):
    """The CPUs of the calling thread."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, cpus)
        return
    import ctypes
    mask = (ctypes.c_ulong * 16)()
    for cpu in cpus:
        mask[cpu // 64] |= 1 << cpu % 64
    ctypes.CDLL(None).sched_setaffinity(0, ctypes.sizeof(mask), mask)


SCHED_SETATTR = {"x86_64": 314, "aarch64": 274, "riscv64": 274}  # numbers of the system call


def require_slices():
    """Threads can ask for a slice of their own from Linux 6.12 on."""
    from program import Unsupported
    release = [int(part) for part in platform.release().split("-")[0].split(".")[:2] if part.isdigit()]
    if platform.system() != "Linux" or release < [6, 12] or platform.machine() not in SCHED_SETATTR:
        raise Unsupported("this kernel has no slices of threads (Linux 6.12 and later)")


def set_slice(slice_, nice):
    """The calling thread's slice in seconds; 0: the scheduler's."""
    import ctypes
    import struct
    attributes = struct.pack("=IIQiIQQQ", 48, 0, 0, nice, 0, int(slice_ * 1e9 + 0.5), 0, 0)  # struct sched_attr
    buffer = ctypes.create_string_buffer(attributes, len(attributes))
    if ctypes.CDLL(None).syscall(SCHED_SETATTR[platform.machine()], 0, buffer, 0) != 0:
        raise OSError("sched_setattr refuses a slice of %g s" % slice_)


def stop_threads(threads):
    """Raises SystemExit in threads at their next check point; whether all have ended a second later."""
    if threads:
        try:
            import ctypes
        except ImportError:
            return False
        for thread in threads:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(SystemExit))
        for thread in threads:
            thread.join(1)
    return not any(thread.is_alive() for thread in threads)


def write_json(path, value):
    """All at once, or not at all."""
    with open(path + ".tmp", "w") as file:
        json.dump(value, file)
    os.rename(path + ".tmp", path)


def bytes_of(path, start):
    """The sum of the lines of a file of /proc that start so, or None where the kernel does not tell."""
    try:
        with open(path) as file:
            found = [int(line.split()[1]) * 1024 for line in file if line.startswith(start)]
    except (IOError, OSError):
        return None
    return sum(found) if found else None


def free_pools():
    """What the interpreter's arenas have left for blocks of any size, bytes; None where it does not tell."""
    if not hasattr(sys, "_debugmallocstats"):
        return None
    reading, writing = os.pipe()  # it writes some 5 kB to C's stderr
    kept = os.dup(2)
    os.dup2(writing, 2)
    try:
        sys._debugmallocstats()
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(writing)
    with os.fdopen(reading, "rb") as told:
        return unused_pools(told.read())


def unused_pools(statistics):
    """The same, from what sys._debugmallocstats() has written: "17 unused pools * 16384 bytes = 278,528". mimalloc tells other
    things."""
    words = [line.split() for line in statistics.decode().splitlines() if " unused pools * " in line]
    return int(words[0][0]) * int(words[0][4]) if words else None


def unique_bytes():
    """Memory of this process that it shares with no other one."""
    return bytes_of("/proc/self/smaps_rollup", "Private_")


def resident_bytes():
    """Memory of this process, shared or not."""
    return bytes_of("/proc/self/status", "VmRSS:")


def forget_most_resident():
    """From now on the greatest resident set counts anew, where the kernel can do that."""
    try:
        with open("/proc/self/clear_refs", "w") as file:
            file.write("5")
    except (IOError, OSError):
        pass


class Usage(object):
    """What this process uses of the machine from now on."""

    FIELDS = (("user", "ru_utime"), ("system", "ru_stime"), ("voluntary", "ru_nvcsw"), ("involuntary", "ru_nivcsw"),
              ("minor_faults", "ru_minflt"), ("major_faults", "ru_majflt"))

    def __init__(self):
        forget_most_resident()
        self.begin = self.so_far()

    @classmethod
    def so_far(cls):
        """Since it began to exist; and `max_rss`, bytes."""
        usage = resource.getrusage(resource.RUSAGE_SELF)
        result = dict((name, getattr(usage, field)) for name, field in cls.FIELDS)
        result["max_rss"] = bytes_of("/proc/self/status", "VmHWM:") or usage.ru_maxrss * 1024
        return result

    def used(self):
        """Since this was made."""
        end = self.so_far()
        return dict((name, end[name] if name == "max_rss" else end[name] - self.begin[name]) for name in end)
