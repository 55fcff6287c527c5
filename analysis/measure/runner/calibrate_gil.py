"""The race for the GIL after a request, from a log of the calls that its mutex and condition are asked by: a part of
interpreter.py. CPython 3.2 and later with a GIL, on Linux with glibc."""
import collections
import os
import subprocess
import sys

import python

HERE = os.path.dirname(os.path.abspath(__file__))
INTERVALS = (("100us", 0.0001, 100), ("5ms", 0.005, 34), ("20ms", 0.02, 20))  # and rounds, each of three times
TOO_LATE = 100.0  # us: a core was taken away meanwhile


def gil_race(job):
    """A thread waits for the GIL that another one holds, each on a CPU of its own. `asker_*`: from the time-out of its wait to its
    next wait; `holder_*`: from that time-out until the holder, who has seen the request, tries to lock the GIL's mutex;
    `evaluator_*`: from the asker's having the GIL until it gives it up for its next sleep; after waits as long as each of INTERVALS."""
    result = {}
    if python.free_threaded() or not hasattr(sys, "setswitchinterval") or not os.path.exists(job.get("gil_log", "")):
        return result
    path = os.path.join(job["folder"], "gil_log")
    for name, interval, rounds in INTERVALS:
        words = [sys.executable, "-B", os.path.join(HERE, "gil_race.py"), str(interval), str(rounds)] + [str(cpu) for cpu in job["cpus"]]
        subprocess.check_call(words, env=dict(os.environ, LD_PRELOAD=job["gil_log"], GILSIM_GIL_LOG=path))
        with open(path) as log:
            took = steps(log)
        for what, times in took.items():
            if times:
                result[what + "_" + name] = times
    return result


def steps(log):
    """What asker, holder and evaluator took each time, in seconds."""
    events = sorted((float(time), event, thread, what) for time, event, thread, what in (line.split() for line in log))
    waits = collections.Counter(what for _, event, _, what in events if event == "t")
    gil = waits.most_common(1)[0][0] if waits else None
    took = race(events, gil)
    took["evaluator"] = evaluator(events, gil)
    return dict((who, [time * 1e-6 for time in times if time < TOO_LATE]) for who, times in took.items())


def race(events, gil):
    """From each time-out: how long (us) who asks needs to its next wait, and who holds the GIL to lock the mutex."""
    took = {"asker": [], "holder": []}
    asker, asked, missing = None, 0.0, set()
    for time, event, thread, what in events:
        if event == "O" and what == gil:
            asker, asked, missing = thread, time, set(took)
            continue
        who = "asker" if thread == asker else "holder"
        if who in missing and event == ("t" if who == "asker" else "m"):
            missing.remove(who)
            took[who].append(time - asked)
    return took


def evaluator(events, gil):
    """How long (us) a thread that has got the GIL after a wait keeps it. Before it has, it unlocks two mutexes (take_gil)."""
    took, unlocks, since = [], collections.Counter(), {}
    for time, event, thread, what in events:
        if event == "T" and what == gil:
            unlocks[thread] = 2
        elif event == "u" and unlocks[thread]:
            unlocks[thread] -= 1
            if not unlocks[thread]:
                since[thread] = time
        elif event == "m" and thread in since:
            took.append(time - since.pop(thread))
    return took
