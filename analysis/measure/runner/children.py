"""Processes that a process of the scenario starts, by the start method that it names."""
import marshal
import multiprocessing
import os
import signal
import traceback

import python
from units import now


def context(method):
    """The multiprocessing of a start method, or None if this Python does not have it."""
    if hasattr(multiprocessing, "get_context"):
        methods = multiprocessing.get_all_start_methods()
        return multiprocessing.get_context(method) if method in methods else None
    return multiprocessing if method == "fork" else None  # 2.7


def check(name, group, variant):
    """Refuses processes that this Python cannot start, and what they cannot be handed."""
    from program import Unsupported
    argument(group, variant)
    if context(group["start_method"]) is None:
        raise Unsupported("this Python has no start method '%s'" % group["start_method"])
    if group.get("interpreter", "default") != "default":
        raise Unsupported("'%s' runs another interpreter than the main process" % name)


def argument(group, variant):
    """A function that makes what a process of the group is called with."""
    from ipc import Payload
    return Payload(group.get("arguments", "0B"), variant.get("payloads", {}))


def stop_fork_server():
    """The next start by forkserver launches a server, as the first one of a program does; False: this Python keeps it."""
    try:
        from multiprocessing import forkserver
        forkserver._forkserver._stop()  # 3.7
    except (ImportError, AttributeError):
        return False
    return True


def make(process, group, name, given=None):
    """A process that has not begun yet. `given`: what the scenario's program is called with."""
    forked = group["start_method"] == "fork"  # then it inherits the programs; otherwise it makes its own
    arguments = (process.job, group, name, process.plan if forked else None, process.plan.used,
                 process.plan.units, process.outside, process.sets if forked else None, given)
    return context(group["start_method"]).Process(target=live, args=arguments)


def live(job, group, name, plan, programs, units, outside, sets, given):
    """The whole life of a process's main thread. Its figures are left in a file of the job's folder."""
    import process as parts
    from operations import OPERATIONS
    from program import Plan
    report = {"failures": []}
    file = os.path.join(job["folder"], name + ".child")
    try:
        if outside is not None:
            outside.enter()
        plan = plan or Plan(job["variant"], programs, units, OPERATIONS)
        process = parts.Process(job, plan, parts.inner_groups(group), group.get("run"), outside, sets,
                                name)
        signal.signal(signal.SIGTERM, lambda *_: end(file, report, process))  # of a daemon
        parts.settle(group, job)
        report["faults_before"] = python.Usage.so_far()["minor_faults"]  # pages of code, and those that a start writes to
        report["begin"] = now()
        process.live()
        report["end"] = now()
        write(file, report, process)
    except Exception:
        report["failures"].append(traceback.format_exc())
        write(file, report, None)
        raise


def end(file, report, process):
    """The run is over before this process: as much as it has done counts."""
    write(file, report, process)
    os._exit(0)


def write(file, report, process, usage=True):
    """One write of a compact form: it takes time of the run."""
    if usage:
        report["usage"] = python.Usage.so_far()
        report["usage"]["minor_faults"] -= report.get("faults_before", 0)
    if process is not None:
        report["latencies"] = process.latencies()
        report["members"] = process.reporting()
        report["failures"] += process.failures
    with open(file + ".tmp", "wb") as out:
        out.write(marshal.dumps(report))
    os.rename(file + ".tmp", file)


def reports(folder, members):
    """What the children, and theirs, left: [(name, report)], the report None if it left none."""
    result = []
    for name in members:
        try:
            with open(os.path.join(folder, name + ".child"), "rb") as file:
                report = marshal.loads(file.read())
        except (IOError, OSError, EOFError, ValueError):
            report = None
        result.append((name, report))
        result += reports(folder, report.get("members", [])) if report else []
    return result


def stop(process):
    """Ends the processes that still run (daemons), and waits for them."""
    for group in process.members.values():
        for member in group:
            if hasattr(member, "terminate") and member.is_alive():
                member.terminate()
                member.join(1)
                if member.is_alive():
                    os.kill(member.pid, signal.SIGKILL)
                    member.join()
