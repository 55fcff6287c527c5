"""Operations on pools of threads, event loops and sockets: as operations.py, and part of its table."""
import sys

import ipc
import ipc_operations
import outside
from program import Unsupported


def pool(code, name):
    code.need("thread")
    return code.object(name)


def futures(code, name):
    """What this thread, or task, has submitted to a pool and not asked for yet."""
    return code.local("me.futures[%r]" % name)


def submit(code, value):
    if code.plan.kind_of(value["pool"]) in ipc.POOLS:
        return ipc_operations.submit(code, value)
    # `call` runs the body as whichever thread the pool has chosen (process.py).
    line = "%s.append(%s.submit(%s, %s))" % (futures(code, value["pool"]), pool(code, value["pool"]),
                                             code.local("me.process.call"), code.body(value["do"], False))
    times = value.get("times", 1)
    if times == 1:
        code.line(line)
    else:
        with code.block("for %s in repeat(None, %d):" % (code.variable(), times)):
            code.line(line)


def results(code, value):
    if code.plan.kind_of(value["pool"]) in ipc.POOLS:
        return ipc_operations.results(code, value)
    own = futures(code, value["pool"])
    future = code.variable("future")
    with code.block("for %s in %s:" % (future, own)):
        code.line("%s.result()" % future)
    code.line("del %s[:]" % own)


def map_(code, value):
    if code.plan.kind_of(value["pool"]) in ipc.POOLS:
        return ipc_operations.map_(code, value)
    with code.block("for %s in %s.map(%s, repeat(%s, %d)):" % (
            code.variable(), pool(code, value["pool"]), code.local("me.process.call"), code.body(value["do"], False),
            value.get("times", 1))):
        code.line("pass")


def shutdown(code, value):
    code.line("%s.shutdown()" % pool(code, value["pool"]))


def serve(code, value):
    code.need("socket")
    listener = code.local("me.process.outside.sockets[%r]" % value["socket"])
    arguments = "%s, %s, me" % (listener, code.body(value["do"], code.asynchronous))
    code.wait("%s(%s)" % (code.constant(outside.serve), arguments), "me.loop.serve(%s)" % arguments)


def asyncio(code, value):
    if code.asynchronous:
        raise Unsupported("an event loop inside an event loop")
    if sys.version_info < (3, 6):
        raise Unsupported("this Python has no asyncio")
    import event_loop  # is no valid source before 3.5
    code.need("asyncio")
    code.line("%s(me, %s)" % (code.constant(event_loop.run), code.body(value["do"], True)))


def inside(code, what):
    if not code.asynchronous:
        raise Unsupported("'%s' outside of an event loop" % what)


def task(code, value):
    inside(code, "task")
    create = "me.create_task(%s)" % code.body(value["do"], True)
    with code.block("for %s in repeat(None, %d):" % (code.variable(), value.get("count", 1))):
        code.line(create)


def to_thread(code, value):
    inside(code, "to_thread")
    code.line("await me.loop.to_thread(%s)" % code.body(value["do"], False))


CONCURRENCY = {
    "submit": (None, submit),
    "results": ("pool", results),
    "map": (None, map_),
    "shutdown": ("pool", shutdown),
    "serve": (None, serve),
    "asyncio": ("do", asyncio),
    "task": (None, task),
    "to_thread": ("do", to_thread),
}
