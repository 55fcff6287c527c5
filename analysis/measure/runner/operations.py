"""What programs consist of: one function per operation, one row per operation in the table at the end.

A function writes the Python source of its operation: `code` is the function being written (program.py), `value` what the
scenario says, always as a mapping. To add an operation: write its function, and its row with the key that the scenario's
short form stands for. An object of a new kind is a row in OBJECTS.
"""
import threading
import time

import work
from program import Unsupported
from units import seconds


def compute(code, value):
    code.need("compute")
    unit = code.plan.units["bytecode"]
    every = seconds(value.get("checkpoint_every", "0ns"))
    if every > 4 * unit.step:  # fewer check points than turns of a loop: each turn a C call of that length
        sparse = code.plan.units["holding"]
        turns = code.amount(value["work"], lambda time: max(1, int(round(time / every))))
        with code.block("for %s in repeat(None, %s):" % (code.variable(), turns)):
            code.line("%s(%d)" % (code.constant(work.holding), sparse.steps(every)))
    else:
        code.line("%s(%s)" % (code.constant(work.bytecode), code.amount(value["work"], unit.steps)))


def native(code, value):
    released = value.get("gil", "hold") == "release"
    code.need("native_release" if released else "native_hold")
    unit = code.plan.units["releasing" if released else "holding"]
    body = code.constant(work.releasing if released else work.holding)
    code.line("%s(%s)" % (body, code.amount(value["work"], unit.steps)))


def sleep(code, value):
    code.need("sleep")
    code.line("%s(%s)" % (code.constant(time.sleep), code.amount(value["time"], float)))


def io(code, value):
    code.need("io")
    code.line("%s(%s)" % (code.local("me.device().wait"), code.amount(value["time"], float)))


def lock(code, value):
    code.need("lock")
    code.line("%s.acquire()" % code.object(value["lock"]))


def unlock(code, value):
    code.line("%s.release()" % code.object(value["lock"]))


def with_(code, value):
    code.need("lock")
    with code.block("with %s:" % code.object(value["lock"])):
        code.operations(value["do"])


def repeat(code, value):
    times, duration = value.get("times"), value.get("for")
    end = code.variable("end")
    if duration is not None:
        code.line("%s = now() + %r" % (end, seconds(duration)))
    if times is not None:
        with code.block("for %s in repeat(None, %d):" % (code.variable(), times)):
            if duration is not None:
                code.line("if now() >= %s: break" % end)
            code.operations(value["do"])
    else:
        with code.block("while %s:" % ("True" if duration is None else "now() < %s" % end)):
            code.operations(value["do"])


def request(code, value):
    begin = code.variable("begin")
    code.line("%s = now()" % begin)
    code.operations(value["do"])
    code.line("%s.append(now() - %s)" % (code.local("me.latencies[%d]" % code.plan.request(value["name"])), begin))


def request_begin(code, value):
    code.line("%s[%d] = now()" % (code.local("me.begun"), code.plan.request(value["name"])))


def request_end(code, value):
    number = code.plan.request(value["name"])
    latencies = code.local("me.latencies[%d]" % number)
    code.line("%s.append(now() - %s[%d])" % (latencies, code.local("me.begun"), number))


def start(code, value):
    code.line("%s(%r)" % (code.local("me.process.start"), value["group"]))


def join(code, value):
    code.line("%s(%r)" % (code.local("me.process.join"), value["group"]))


def run(code, value):
    code.line("%s(me)" % code.plan.function(value["program"]))


# the operation: (what its short form gives, its function)
OPERATIONS = {
    "compute": ("work", compute),
    "native": ("work", native),
    "sleep": ("time", sleep),
    "io": ("time", io),
    "lock": ("lock", lock),
    "unlock": ("lock", unlock),
    "with": (None, with_),
    "repeat": (None, repeat),
    "request": (None, request),
    "request_begin": ("name", request_begin),
    "request_end": ("name", request_end),
    "start": ("group", start),
    "join": ("group", join),
    "run": ("program", run),
}

# the kind of an object: how a process makes it
OBJECTS = {
    "lock": lambda value: threading.Lock(),
}


def make_object(value):
    """The object that a scenario declares."""
    kind = value if not isinstance(value, dict) else value["kind"]
    if kind not in OBJECTS:
        raise Unsupported("the runner has no objects of kind '%s'" % kind)
    return OBJECTS[kind](value)
