"""Durations as scenarios write them, fixed or random, and the clock. Seconds as floats throughout the runner."""
import math
import random
import time

now = getattr(time, "perf_counter", time.time)  # 2.7 has no better one


def busy_until(date):
    """Computes until then."""
    while now() < date:
        pass


def thread_clock():
    """A clock of the CPU time of the calling thread."""
    if hasattr(time, "thread_time"):
        return time.thread_time
    try:
        import ctypes
    except ImportError:
        return now

    class Timespec(ctypes.Structure):
        _fields_ = [("seconds", ctypes.c_long), ("nanoseconds", ctypes.c_long)]

    read, value = ctypes.PyDLL(None).clock_gettime, Timespec()

    def clock():
        read(3, ctypes.byref(value))  # CLOCK_THREAD_CPUTIME_ID
        return value.seconds + value.nanoseconds * 1e-9
    return clock


cpu_now = thread_clock()

SECONDS = {"ns": 1e-9, "us": 1e-6, "ms": 1e-3, "s": 1.0, "min": 60.0, "h": 3600.0}
SAMPLES = 4096  # of a random span; every thread goes through them from a place of its own
Z99 = 2.3263478740408408  # 99th percentile of the normal distribution


def seconds(text):
    """"5ms" -> 0.005."""
    number = text.rstrip("abcdefghijklmnopqrstuvwxyz")
    return float(number) * SECONDS[text[len(number):]]


SIZES = {"B": 1, "KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30}


def size(text):
    """"40B" -> 40."""
    number = text.rstrip("BKMGi")
    return int(float(number) * SIZES[text[len(number):]])


def is_default_thresholds(thresholds):
    """Whether some CPython has these thresholds of its collector unless it is told others."""
    return list(thresholds) in ([700, 10, 10], [2000, 10, 10], [2000, 10, 0], [5000, 10, 0])


def is_span(value):
    """Whether it is a random span, and no other mapping."""
    return any(kind in value for kind in ("uniform", "exponential", "lognormal"))


def samples(span, seed):
    """What a span can be: one value if it is fixed, else SAMPLES random ones, the same for the same seed."""
    if not isinstance(span, dict):
        return [seconds(span)]
    (kind, value), = span.items()
    chance = random.Random(seed)
    if kind == "uniform":
        least, most = [seconds(v) for v in value]
        return [chance.uniform(least, most) for _ in range(SAMPLES)]
    if kind == "exponential":
        mean = seconds(value)
        return [chance.expovariate(1.0 / mean) for _ in range(SAMPLES)]
    if kind == "lognormal":
        median, p99 = seconds(value["median"]), seconds(value["p99"])
        sigma = math.log(p99 / median) / Z99
        return [median * math.exp(sigma * chance.gauss(0, 1)) for _ in range(SAMPLES)]
    raise ValueError("a span of unknown kind: " + kind)


def endless(values, start):
    """The values one after the other, again and again, from place `start` on."""
    while True:
        for i in range(start, len(values)):
            yield values[i]
        start = 0


def percentile(ordered, percent):
    """Nearest rank: the smallest value such that at least that many percent are not greater."""
    rank = -(-len(ordered) * percent // 100)
    return ordered[max(0, int(rank) - 1)]


def median(values):
    """The middle one, or the mean of the middle two."""
    ordered = sorted(values)
    half = len(ordered) // 2
    return ordered[half] if len(ordered) % 2 else (ordered[half - 1] + ordered[half]) / 2.0
