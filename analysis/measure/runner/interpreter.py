"""What the mechanisms of this Python cost, measured alone: the Python half of `gilsim calibrate`.

    python interpreter.py JOB

JOB names a folder and the `part` to measure (a row of PARTS); `result.json` there: {"values": {name: {"p10", "p50", "p90",
"n"}}, in seconds, "python": facts}. Pinned to one CPU by its caller, so that CPU time is all there is.
"""
import ctypes
import gc
import json
import sys
import threading
import time

import calibrate_code as code
import calibrate_forked
import calibrate_gil
import calibrate_memory as memory
import calibrate_processes as processes
import costs
import main
import python
from units import cpu_now, now
from work import Unit, bytecode, timed


def turn(job):
    """A turn of a loop in bytecode: from one check point to the next."""
    return {"turn": [Unit(bytecode).step]}


def gil(job):
    """Releasing and taking the GIL with nobody else: a C call that does so, less the same call that does not."""
    def calls(function):
        for _ in range(2000):
            function(1)
    release, hold = ctypes.CDLL(None).abs, ctypes.PyDLL(None).abs
    return {"gil": [(timed(calls, release) - timed(calls, hold)) / 2000 for _ in range(31)]}


def lock(job):
    """A call of a method of a lock."""
    own = threading.Lock()

    def pairs(count):
        for _ in range(count):
            own.acquire()
            own.release()
    return {"lock_call": [timed(pairs, 2000) / 4000 for _ in range(31)]}


PYTHON_CALLS, C_CALLS = 13, 9  # of a put and a get (Lib/queue.py, threading.py: Condition's, too)


def library(job):
    """A call of a small Python function of the standard library: a queue's put and get consist of such calls."""
    lock_call = sorted(lock(job)["lock_call"])[15]
    pairs = [costs.queue(None)["queue_pair"] for _ in range(7)]
    return {"library_call": [(pair - C_CALLS * lock_call) / PYTHON_CALLS for pair in pairs]}


def future(job):
    """A call in a pool of threads: submitted, and carried out, while nobody else wants the GIL."""
    try:
        from concurrent.futures import ThreadPoolExecutor
    except ImportError:  # 2.7
        return {}
    result, count = {"future_submit": [], "future_run": []}, 200
    pool, busy = ThreadPoolExecutor(1), threading.Lock()
    for _ in range(30):
        busy.acquire()
        pool.submit(busy.acquire)
        begin = now()
        first = pool.submit(now)
        for _ in range(count):
            pool.submit(int)
        submitted = now()
        last = pool.submit(now)
        busy.release()
        result["future_submit"].append((submitted - begin) / (count + 1))
        result["future_run"].append((last.result() - first.result()) / (count + 1))
        busy.release()
    pool.shutdown()
    return result


def refcounts(job):
    result = {"refcount": [costs.touches(object()) / 1000 for _ in range(7)],
              "refcount_uncounted": [costs.touches(None) / 1000 for _ in range(7)]}
    if python.free_threaded():
        made = []
        maker = threading.Thread(target=lambda: made.append(object()))
        maker.start()
        maker.join()
        result["refcount_shared"] = [costs.touches(made[0]) / 1000 for _ in range(7)]
    return result


def thread(job):
    """CPU time of a thread's start: in the parent, in the child before its program, and the rest."""
    clock = cpu_now
    creates, boots, exits = [], [], []
    for _ in range(200):
        begun = []
        begin, all_begin = clock(), cpu_time()
        one = threading.Thread(target=lambda: begun.append(clock()))
        one.start()
        created = clock() - begin
        one.join()
        creates.append(created)
        boots.append(begun[0])
        exits.append(max(0.0, cpu_time() - all_begin - created - begun[0]))
    return {"thread_create": creates, "thread_bootstrap": boots, "thread_exit": exits}


def cpu_time():
    """CPU time of the process, all its threads, those that have ended included."""
    if hasattr(time, "process_time"):
        return time.process_time()
    return time.clock()


PARTS = {"turn": turn, "gil": gil, "lock": lock, "library": library, "future": future, "first_run": code.first_run, "code_memory": code.code_memory, "gil_race": calibrate_gil.gil_race, "ask_device": code.ask_device, "thread": thread, "refcounts": refcounts,
         "objects": memory.python_objects, "collections": memory.collections, "garbage": memory.garbage, "footprint": memory.footprint,
         "fork": processes.process("fork", 31), "spawn": processes.process("spawn", 7), "forkserver": processes.process("forkserver", 16), "tracker": processes.tracker, "forked": calibrate_forked.forked, "shootdowns": processes.shootdowns,
         "connection": processes.connection, "pickling": processes.pickling, "plain_pickle": processes.plain_pickle, "shareable": processes.shareable,
         "subinterpreter": processes.subinterpreter}


def settings():
    """What this Python does unless it is told otherwise."""
    import multiprocessing
    method = getattr(multiprocessing, "get_start_method", lambda: "fork")()
    result = {"start_method": method, "thresholds": gc.get_threshold()}
    if hasattr(sys, "getswitchinterval"):
        result["switch_interval"] = sys.getswitchinterval()
    else:
        result["check_interval"] = sys.getcheckinterval()
    return result


if __name__ == "__main__":
    with open(sys.argv[1]) as file:
        job = json.load(file)
    found = PARTS[job["part"]](job)
    main.answer(job, {"turn": Unit(bytecode).step,  # after the part, which may be about a process that has just begun
                      "values": found,
                      "settings": settings()})
