"""Sub-interpreters: a thread of a group that asks for one runs its program in an interpreter of its own."""
import json
import os
import sys

import children
from program import Unsupported
from units import now

try:
    import _interpreters as module  # 3.13
except ImportError:
    try:
        import _xxsubinterpreters as module  # 3.8
    except ImportError:
        module = None

INSIDE = "import sys; sys.path[:0] = [%r]; import subinterpreters; subinterpreters.inside(%r)"


def wanted(group):
    return group.get("subinterpreter", "none") != "none"


def check(name, group):
    """Refuses what this Python does not have."""
    for inner, value in group.get("threads", {}).items():
        if isinstance(value, dict) and value.get("daemon", False):  # the interpreter's end would be a fatal error
            raise Unsupported("'%s' is a daemon inside of the sub-interpreter '%s'" % (inner, name))
        if isinstance(value, dict) and wanted(value):
            raise Unsupported("'%s' has a sub-interpreter inside of the sub-interpreter '%s'" % (inner, name))
    if module is None or sys.version_info < (3, 8):
        raise Unsupported("this Python has no module for sub-interpreters")
    if group["subinterpreter"] == "own_gil" and sys.version_info < (3, 12):
        raise Unsupported("sub-interpreters of this Python share the GIL")


def create(kind):
    own = kind == "own_gil"
    if sys.version_info >= (3, 13):
        return module.create("isolated" if own else "legacy")
    return module.create(isolated=own) if sys.version_info >= (3, 9) else module.create()


def execute(interpreter, text):
    if hasattr(module, "exec"):
        failed = getattr(module, "exec")(interpreter, text)
        if failed is not None:
            raise RuntimeError("in a sub-interpreter: %s" % getattr(failed, "formatted", failed))
    else:
        module.run_string(interpreter, text)


def live(process, group, name):
    """What its thread does: makes the interpreter, runs the program in it, and ends it."""
    job = os.path.join(process.job["folder"], name + ".json")
    units = dict((kind, [unit.call, unit.step]) for kind, unit in process.plan.units.items()) if process.plan.units else {}
    with open(job, "w") as file:
        json.dump({"job": process.job, "name": name, "run": group.get("run"),
                   "threads": group.get("threads", {}), "units": units}, file)
    interpreter = create(group["subinterpreter"])
    execute(interpreter, INSIDE % (os.path.dirname(os.path.abspath(__file__)), job))
    module.destroy(interpreter)


def inside(job_file):
    """The whole life of the interpreter's main thread. Runs in the sub-interpreter."""
    from collections import OrderedDict

    import process as parts
    from operations import OPERATIONS
    from program import Plan
    from work import Unit
    with open(job_file) as file:
        job = json.load(file, object_pairs_hook=OrderedDict)
    own = job["job"]
    groups = parts.inner_groups(job)
    units = dict((kind, Unit.known(*costs)) for kind, costs in job["units"].items())
    plan = Plan(own["variant"], parts.programs_of(groups, job["run"]), units, OPERATIONS)
    process = parts.Process(own, plan, groups, job["run"])
    report = {"failures": [], "begin": now()}
    process.live()
    report["end"] = now()
    children.write(os.path.join(own["folder"], job["name"] + ".child"), report, process, usage=False)


def cost(kind):
    """What one costs that does nothing: until its program begins, and from there on."""
    def measure(process):
        creates, destroys = [], []
        for number in range(3):
            begin = now()
            name = "alone-%s-%d" % (kind, number)
            live(process, {"subinterpreter": kind}, name)
            ended = now()
            report = children.reports(process.job["folder"], [name])[0][1]
            creates.append(report["begin"] - begin)
            destroys.append(ended - report["end"])
        return {"subinterpreter_create": min(creates[1:]), "subinterpreter_destroy": min(destroys[1:])}
    return measure
