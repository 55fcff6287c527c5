"""What programs consist of: one function per operation, one row per operation in the table at the end.

A function writes the Python source of its operation: `code` is the function being written (program.py), `value` what the
scenario says, always as a mapping. To add an operation: write its function, and its row with the key that the scenario's
short form stands for. Objects of a new kind are a row in objects.py.
"""
import time
from collections import deque
from itertools import repeat as again

import ipc
import ipc_operations
import objects
import outside
import python
import work
from concurrency import CONCURRENCY
from ipc_operations import IPC
from memory import MEMORY
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
    time_ = code.amount(value["time"], float)
    code.wait("%s(%s)" % (code.constant(time.sleep), time_), "me.loop.sleep(%s)" % time_)


def io(code, value):
    """`device`: the time until a server of it is free and has served this; the wait is the same."""
    code.need("io")
    if "device" in value:
        device = code.local("me.process.outside.devices[%r]" % value["device"])
        served = outside.device(code.plan.variant["devices"][value["device"]])["time"]
        time_ = "%s.until(%s)" % (device, code.amount(served, float))
    else:
        time_ = code.amount(value["time"], float)
    code.wait("%s(%s)" % ("me.device.wait" if code.asynchronous else code.local("me.device.wait"), time_),
              "me.loop.io(%s)" % time_)


def patient(code, value, call):
    """A call that tells by its result whether it has waited in vain; `call` has a place for a time-out."""
    if "timeout" not in value:
        code.line(call % "")
        return
    with code.block("if not %s:" % call % ("timeout=%r" % seconds(value["timeout"]))):
        code.operations(value.get("else", []))


def patient_raising(code, value, call, error):
    """A call that raises `error` when it has waited in vain."""
    if "timeout" not in value:
        code.line(call % "")
        return
    with code.block("try:"):
        code.line(call % (", timeout=%r" % seconds(value["timeout"])))
    with code.block("except %s:" % code.constant(error)):
        code.operations(value.get("else", []))


def lock(code, value):
    code.need("lock")
    if "timeout" in value:
        objects.require_time_outs()
    patient(code, value, code.object(value["lock"]) + ".acquire(%s)")


def unlock(code, value):
    for _ in range(value.get("count", 1)):
        code.line("%s.release()" % code.object(value["lock"]))


def wait(code, value):
    if code.plan.kind_of(value["for"]) == "barrier":
        name = code.object(value["for"])
        timeout = seconds(value["timeout"]) if "timeout" in value else None
        patient_raising(code, value, "%s.wait(%r)%%.0s" % (name, timeout), objects.broken_barrier())
    else:
        if "timeout" in value:
            objects.require_time_outs()
        patient(code, value, code.object(value["for"]) + ".wait(%s)")


def notify(code, value):
    code.line("%s.notify(%d)" % (code.object(value["condition"]), value.get("count", 1)))


def notify_all(code, value):
    code.line("%s.notify_all()" % code.object(value["condition"]))


def set_(code, value):
    code.line("%s.set()" % code.object(value["event"]))


def clear(code, value):
    code.line("%s.clear()" % code.object(value["event"]))


def put(code, value):
    """An item is None, or a request that begins here: its number and when."""
    if code.plan.kind_of(value["queue"]) in ipc.CONNECTIONS:
        return ipc_operations.put(code, value, patient_raising, objects.Full)
    code.need("queue")
    code.need("lock")
    thing = "None"
    if "request" in value:
        thing = "(%d, now())" % code.plan.request(value["request"])
    patient_raising(code, value, "%s.put(%s%%s)" % (code.object(value["queue"]), thing), objects.Full)


def get(code, value):
    if code.plan.kind_of(value["queue"]) in ipc.CONNECTIONS:
        return ipc_operations.get(code, value, patient_raising, objects.Empty)
    code.need("queue")
    code.need("lock")
    got = code.variable("item")
    code.line("%s = None" % got)
    call = "%s = %s.get(True%%s)" % (got, code.object(value["queue"]))
    patient_raising(code, value, call, objects.Empty)
    with code.block("if %s is not None:" % got):
        code.line("%s[%s[0]] = %s[1]" % (code.local("me.begun"), got, got))


def task_done(code, value):
    code.line("%s.task_done()" % code.object(value["queue"]))


def join_queue(code, value):
    code.line("%s.join()" % code.object(value["queue"]))


def local(code, value):
    name = code.object(value["object"])
    code.head.append("    %s.value = 0" % name)
    code.line("%s.value" % name)


def with_(code, value):
    code.need("lock")
    with code.block("with %s:" % code.object(value["lock"])):
        code.operations(value["do"])


def repeat(code, value):
    times, duration, every = value.get("times"), value.get("for"), value.get("every")
    end, begin = code.variable("end"), code.variable("begin")
    if every is not None:
        code.line("%s = now()" % begin)
    if duration is not None:
        code.line("%s = %s + %r" % (end, "now()" if every is None else begin, seconds(duration)))
    if times is not None:
        loop, check = "for %s in repeat(None, %d):" % (code.variable(), times), duration is not None
    else:
        loop, check = "while %s:" % ("True" if duration is None else "now() < %s" % end), False
    date = code.variable("date")
    if every is not None:
        code.line("%s = %s" % (date, begin))
    with code.block(loop):
        if check:
            code.line("if now() >= %s: break" % end)
        if every is not None:
            turn(code, value, begin, end if duration is not None else None, date)
        code.operations(value["do"])


def turn(code, value, begin, end, date):
    """Waits for the next multiple of `every` that lies ahead; how late it is may be a request."""
    every = seconds(value["every"])
    code.need("sleep")
    code.line("%s = max(%s + %r, %s + (int((now() - %s) / %r) + 1) * %r)"
              % (date, date, every, begin, begin, every, every))
    if end is not None:
        code.line("if %s >= %s: break" % (date, end))
    late = "None"
    if "late" in value:
        late = code.local("me.latencies[%d]" % code.plan.request(value["late"]))
    code.wait("%s(max(0.0, %s - now()))" % (code.constant(time.sleep), date), "me.loop.until(%s, %s)" % (date, late))
    if "late" in value and not code.asynchronous:  # the loop's callback tells it itself
        code.line("%s.append(now() - %s)" % (late, date))


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
    call = code.plan.function(value["program"], code.asynchronous) + "(me)"
    code.wait(call, call)


def touch(code, value):
    """References are taken and dropped by C code: an iterator that yields the object again and again, and a deque that
    keeps nothing. A hundred of them lie between two check points."""
    counting = value.get("counting", "shared")
    code.need("touch" if counting in ("shared", "own") else "touch_uncounted")
    times = value.get("times", 1)
    thing = code.local("me.touched(%r, %r)" % (value["object"], counting))
    consume, again_ = code.constant(deque), code.constant(again)
    if times >= 100:
        with code.block("for %s in repeat(None, %d):" % (code.variable(), times // 100)):
            code.line("%s(%s(%s, 100), 0)" % (consume, again_, thing))
    if times % 100:
        code.line("%s(%s(%s, %d), 0)" % (consume, again_, thing, times % 100))


def critical_section(code, value):
    if python.free_threaded():
        raise Unsupported("Python code cannot hold an object's own lock (critical_section) without a GIL")
    code.operations(value["do"])


def stop_the_world(code, value):
    if python.free_threaded():
        raise Unsupported("Python code cannot stop the world by itself")
    native(code, value)


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
    "touch": ("object", touch),
    "critical_section": (None, critical_section),
    "stop_the_world": ("work", stop_the_world),
    "wait": ("for", wait),
    "notify": ("condition", notify),
    "notify_all": ("condition", notify_all),
    "set": ("event", set_),
    "clear": ("event", clear),
    "put": ("queue", put),
    "get": ("queue", get),
    "task_done": ("queue", task_done),
    "join_queue": ("queue", join_queue),
    "local": ("object", local),
}
OPERATIONS.update(CONCURRENCY)
OPERATIONS.update(MEMORY)
OPERATIONS.update(IPC)
