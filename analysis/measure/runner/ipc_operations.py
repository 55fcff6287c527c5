"""Operations on what connects processes, and on pools of them: as operations.py, and part of its table."""
import os
import signal

from ipc import POOLS, Payload
from program import Unsupported
from units import seconds, size


def payload(code, value, key="payload"):
    """A local variable that holds a function for what is sent."""
    return code.constant(Payload(value.get(key, "0B"), code.plan.variant.get("payloads", {})))


def attempt(code, value, write):
    """What may raise an exception that the scenario expects."""
    if "else" not in value:
        return write()
    with code.block("try:"):
        write()
    with code.block("except Exception:"):
        code.operations(value["else"])


def submit(code, value):
    line = "%s.append(%s.submit(%r, %s, %s()))" % (
        code.local("me.futures[%r]" % value["pool"]), code.object(value["pool"]), code.body(value["do"], False),
        payload(code, value, "result"), payload(code, value, "arguments"))
    with code.block("for %s in repeat(None, %d):" % (code.variable(), value.get("times", 1))):
        code.line(line)


def results(code, value):
    own, future = code.local("me.futures[%r]" % value["pool"]), code.variable("future")
    method = POOLS[code.plan.kind_of(value["pool"])].RESULT

    def write():
        with code.block("for %s in %s:" % (future, own)):
            code.line("%s.%s()" % (future, method))
    attempt(code, value, write)
    code.line("del %s[:]" % own)


def map_(code, value):
    argument = payload(code, value, "arguments")

    def write():
        call_ = "%s.map(%r, %r, %s, [%s() for _ in repeat(None, %d)], %r)" % (
            code.object(value["pool"]), value.get("how", "map"), code.body(value["do"], False),
            payload(code, value, "result"), argument, value.get("times", 1), value.get("chunk"))
        with code.block("for %s in %s:" % (code.variable(), call_)):
            code.line("pass")
    attempt(code, value, write)


def end_of(code, value, simplex=None):
    """The connection that an operation uses. `simplex`: which it is if the pipe has one direction."""
    declared = code.plan.variant["objects"][value["pipe"]]
    if simplex is not None and isinstance(declared, dict) and not declared.get("duplex", True):
        return code.local("me.process.end(%r, %r)" % (value["pipe"], simplex))
    return code.local("me.process.end(%r, %r)" % (value["pipe"], value.get("end")))


def message(code, value):
    made = payload(code, value) + "()"
    if "request" in value:  # its number and when it began travel with it
        return "(%d, now(), %s)" % (code.plan.request(value["request"]), made)
    return made


def received(code, value, got):
    """A request that came along is served by this thread. What came is dropped, or kept until the next one is here."""
    with code.block("if type(%s) is tuple:" % got):
        code.line("%s[%s[0]] = %s[1]" % (code.local("me.begun"), got, got))
    if value.get("keep", False):
        with code.block("if %s is not None:" % got):
            code.line("%s = %s" % (code.variable("kept"), got))
    code.line("%s = None" % got)


def send(code, value):
    code.line("%s.send(%s)" % (end_of(code, value, 1), message(code, value)))


def receive(code, value):
    got, connection = code.variable("got"), end_of(code, value, 0)
    code.line("%s = None" % got)
    if "timeout" in value:
        with code.block("if %s.poll(%r):" % (connection, seconds(value["timeout"]))):
            code.line("%s = %s.recv()" % (got, connection))
        with code.block("else:"):
            code.operations(value.get("else", []))
    else:
        code.line("%s = %s.recv()" % (got, connection))
    received(code, value, got)


def receive_all(code, value):
    got, connection = code.variable("got"), end_of(code, value, 0)
    with code.block("try:"):
        with code.block("while True:"):
            code.line("%s = %s.recv()" % (got, connection))
            received(code, value, got)
            code.operations(value.get("do", []))
    with code.block("except EOFError:"):
        code.line("pass")


def close(code, value):
    code.line("%s.close()" % end_of(code, value))


def terminate(code, value):
    raise Unsupported("workers that are killed leave no figures (terminate)")


def put(code, value, patient_raising, full):
    queue = code.object(value["queue"])
    if code.plan.kind_of(value["queue"]) == "process_simple_queue":
        code.line("%s.put(%s)" % (queue, message(code, value)))
    else:
        patient_raising(code, value, "%s.put(%s%%s)" % (queue, message(code, value)), full)


def get(code, value, patient_raising, empty):
    got, queue = code.variable("item"), code.object(value["queue"])
    code.line("%s = None" % got)
    if code.plan.kind_of(value["queue"]) == "process_simple_queue":
        code.line("%s = %s.get()" % (got, queue))
    else:
        patient_raising(code, value, "%s = %s.get(True%%s)" % (got, queue), empty)
    received(code, value, got)


def attach(code, value):
    memory = code.plan.variant["objects"][value["memory"]]["size"]
    code.line("%s.attach(%d)" % (code.object(value["memory"]), size(value.get("touch", memory))))


def crash(code, value):
    code.line("%s(%s(), %d)" % (code.constant(os.kill), code.constant(os.getpid), signal.SIGKILL))


IPC = {
    "send": ("pipe", send),
    "receive": ("pipe", receive),
    "receive_all": ("pipe", receive_all),
    "close": ("pipe", close),
    "terminate": ("pool", terminate),
    "attach": ("memory", attach),
    "crash": ("reason", crash),
}
