"""Runs one variant of a scenario for real, in this Python: the other half of `gilsim measure`.

    python main.py JOB

JOB is a JSON file: {"folder": of this repetition, "cpus": [0, 1], "variant": a resolved scenario}; without a variant only
the facts about this Python are told. The answer is `result.json` in that folder: {"python", "inputs", "about", "outputs",
...}, or `skipped` or `failed` with the reason. Standard library only, one source for Python 2.7 to 3.15.
"""
from __future__ import print_function

import gc
import json
import os
import sys
import threading
import time
import traceback
from collections import OrderedDict

import children
import outside
import own_pages
import process as processes
import python
import subinterpreters
from costs import Costs, about
from memory import Pauses
from operations import OPERATIONS
from program import Plan, Unsupported
from units import busy_until, now, percentile, seconds
from work import Work


def measure(job):
    """One repetition: costs alone, the variant, costs alone again."""
    variant = job["variant"]
    python.check(variant["interpreter"])
    if variant.get("signals"):
        raise Unsupported("the runner sends no signals")
    groups, program = processes.top_groups(variant)
    job["settle"] = processes.check(groups, job)
    work = Work()
    plan = Plan(variant, processes.programs_of(groups, program), work.units, OPERATIONS)
    process = processes.Process(job, plan, groups, program, outside.Outside(job))
    needed = plan.costs | set(costs_of(groups))
    costs = Costs(process, needed)
    costs.measure()

    def result(outputs, notes, after):
        inputs = dict(costs.result(), **work.inputs(after, needed))
        return {"inputs": inputs, "about": about(inputs), "drift": work.drift(after), "pace": work.units["bytecode"].step,
                "outputs": outputs,
                "notes": notes if after else notes + ["costs alone measured before only"]}
    if "limit" in variant:
        watch(process, seconds(variant["limit"]), result)
    if "asyncio" in needed:
        import event_loop
        event_loop.warm_up(process)
    process.outside.prepare()
    outputs, notes = run(process, as_after_a_start(process))
    if not process.stop_threads():
        return result(outputs, notes, None)
    costs.measure()
    return result(outputs, notes, Work())


def as_after_a_start(process):
    """The date at which the run begins, of which clients know, too.

    The scheduler remembers how busy a thread was, half of it for 32 ms (util_avg of Linux), and places by that whom the
    thread wakes. Whatever was measured before is forgotten, then the thread computes, and so do clients, for as long as makes
    it as busy as an interpreter's start does: half busy as a new thread is, and 25 to 60 ms. (It was 58 ms once, 71 %, which
    is just where guests that pack begin to use their other core: either happened.)

    What the imports have made is as old as it can be, so that the first collections are of what the program makes; and no
    page is shared any more with a child that was forked to see what that costs."""
    gc.collect()
    own_pages.write_all()
    time.sleep(0.2)
    begin = now() + 0.075
    process.outside.tell(begin)
    busy_until(begin - 0.001)
    return begin


def costs_of(groups):
    """The costs of starting what the groups consist of."""
    for group in groups.values():
        yield "thread" if group["kind"] == "threads" else group["start_method"]
        if subinterpreters.wanted(group):
            yield group["subinterpreter"]
        for cost in costs_of(processes.inner_groups(group)):
            yield cost


def run(process, begin):
    """Runs the main process of a variant: its figures and notes."""
    process.pauses = Pauses() if "memory" in process.plan.costs else None
    process.usage = python.Usage()
    busy_until(begin)
    process.begin = now()
    process.live()
    return figures(process)


def figures(process):
    """What all processes and threads have done so far. Times in seconds."""
    makespan = now() - process.begin
    usage = process.usage.used()
    unique = python.unique_bytes()
    collections = process.pauses.outputs() if process.pauses else {}
    latencies = process.latencies()
    failures = list(process.failures)
    notes = []
    children.stop(process)
    process.outside.end()
    for name, report in children.reports(process.job["folder"], process.reporting() + process.outside.reporting()):
        if report is None:
            notes.append("process %s left no figures" % name)
            continue
        failures += report["failures"]
        for field, value in report.get("usage", {}).items():
            usage[field] = max(usage[field], value) if field == "max_rss" else usage[field] + value
        for request, values in report.get("latencies", {}).items():
            latencies.setdefault(request, []).extend(values)
    if failures:
        raise RuntimeError("a thread or process of the variant ended with an error:\n" + failures[0])
    outputs = dict(usage, makespan=makespan, unique=unique, **collections)
    outputs["requests"] = dict((name, distribution(values, makespan)) for name, values in latencies.items())
    return outputs, notes


def distribution(values, makespan):
    """As in a run's summary: nearest rank."""
    ordered = sorted(values)
    result = {"count": len(ordered), "throughput": len(ordered) / makespan}
    if ordered:
        result["mean"] = sum(ordered) / len(ordered)
        result["max"] = ordered[-1]
        for percent in (50, 90, 99):
            result["p%d" % percent] = percentile(ordered, percent)
    return result


def watch(process, limit, result):
    """The variant's time limit: what has been done by then is the result."""
    def wait():
        while not hasattr(process, "begin"):
            time.sleep(0.001)
        time.sleep(max(0.0, process.begin + limit - now()))
        outputs, notes = figures(process)
        answer(process.job, result(outputs, notes + ["stopped at its limit"], None))
    thread = threading.Thread(target=wait)
    thread.daemon = True
    thread.start()


def answer(job, result):
    """Writes the result and ends, without waiting for threads that never do."""
    result["python"] = python.facts()
    python.write_json(os.path.join(job["folder"], "result.json"), result)
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(1 if "failed" in result else 0)


def main(job_file):
    with open(job_file) as file:
        job = json.load(file, object_pairs_hook=OrderedDict)
    try:
        result = measure(job) if "variant" in job else {}
    except Unsupported as reason:
        result = {"skipped": str(reason)}
    except Exception as reason:
        traceback.print_exc()
        result = {"failed": "%s: %s" % (type(reason).__name__, reason)}
    answer(job, result)


if __name__ == "__main__":
    main(sys.argv[1])
