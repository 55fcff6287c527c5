"""Work that takes a given time alone: bytecode, C code that holds the GIL, C code that releases it.

Each is a loop without memory traffic whose cost grows in proportion to its number of steps. Its cost is measured first,
alone; an operation of a scenario is then so many steps.
"""
import hashlib
from itertools import repeat

from units import cpu_now, median, now

try:
    import ctypes
except ImportError:  # a Python built without libffi
    ctypes = None

SAMPLE = 0.0025  # seconds of a calibrating run
SAMPLES = 21


def bytecode(steps):
    """Python bytecode: every turn of the loop ends with a backward jump, a check point.

    Floats, since the cost of a loop over ints depends on where its objects lie; made here, since threads without a GIL
    would fight over the reference counts of the constants of a function that they share.
    """
    two = 2
    a = 1.0 / two
    b = 3.0 / (two + two)
    x = 1.5
    for _ in repeat(None, steps):
        x = x * a + b


def holding(steps):
    """C code without a check point that holds the GIL: `sum` over an iterator that is C code, too."""
    sum(repeat(1, steps))


def bessel():
    """The recurrence of the C library's jn(n, x) for n < x: n equal steps, no memory. ctypes releases the GIL for it."""
    for library in (None, "libm.so.6", "libm.so"):
        try:
            jn = ctypes.CDLL(library).jn
        except (OSError, AttributeError):
            continue
        jn.restype = ctypes.c_double
        jn.argtypes = [ctypes.c_int, ctypes.c_double]
        return lambda steps: jn(steps, 4e9)
    return None


def hashing():
    """Hashing of a buffer: hashlib releases the GIL above 2047 bytes. A step is 64 bytes."""
    most = 1 << 20
    buffer = memoryview(bytearray(most << 6))
    sha256 = hashlib.sha256

    def hash_steps(steps):
        times, rest = divmod(steps, most)
        for _ in repeat(None, times):
            sha256(buffer)
        if rest or not times:
            sha256(buffer[:max(2048, rest << 6)])
    return hash_steps


releasing = (bessel() if ctypes else None) or hashing()
BODIES = {"bytecode": bytecode, "holding": holding, "releasing": releasing}
WHAT = {"bytecode": "compute", "holding": "native_hold", "releasing": "native_release"}  # the costs' names


def timed(body, steps):
    begin = now()
    body(steps)
    return now() - begin


def core_time(body, steps):
    begin = cpu_now()
    body(steps)
    return cpu_now() - begin


class Unit(object):
    """What `steps` of a body cost: `call + step * steps` seconds of core time."""

    def __init__(self, body):
        steps = 64
        while core_time(body, steps) < SAMPLE / 4:
            steps *= 2
        steps = max(64, int(steps * SAMPLE / max(core_time(body, steps), SAMPLE / 8)))
        runs = [core_time(body, steps) for _ in range(SAMPLES)]
        clock = median([core_time(bool, 0) for _ in range(50)])
        few = median([core_time(body, 64) for _ in range(50)]) - clock
        self.step = max((median(runs) - clock - few) / (steps - 64.0), 1e-12)
        self.call = max(few - 64 * self.step, 0.0)

    @classmethod
    def known(cls, call, step):
        """One that has been measured elsewhere."""
        unit = cls.__new__(cls)
        unit.call, unit.step = call, step
        return unit

    def steps(self, time):
        """How many steps take that long, one at least."""
        return max(1, int(round((time - self.call) / self.step)))


class Work(object):
    """The three costs, measured now."""

    def __init__(self):
        self.units = {}
        for kind in BODIES:
            self.units[kind] = Unit(BODIES[kind])

    def drift(self, after):
        """By what factor bytecode is dearer afterwards; `after` is None if the run was cut off."""
        return after.units["bytecode"].step / self.units["bytecode"].step if after else 1.0

    def inputs(self, after, needed):
        """The inputs of a prediction: how much dearer work was alone, before and after the run, than it was taken for."""
        result = {}
        for kind, name in WHAT.items():
            if name in needed:
                before = self.units[kind].step
                later = after.units[kind].step if after else before
                result[name + "_scale"] = (before + later) / 2 / before
                result[name + "_step"] = before
        return result
