"""What objects, their collector and memory cost in this Python, measured alone: parts of interpreter.py."""
import gc
import os
import resource
import subprocess
import sys

import python
from units import now
from work import timed

LIST = 112  # bytes of a list of one number, its header, array and number
COUNT = 20000  # lists: in the last-level cache, and their memory is there from the first round on
MANY = 300000  # beyond what an allocator keeps
OFFSET = 1 << 20  # ints below 257 exist already


def kept(count):
    return [[i + OFFSET] for i in range(count)]


def arenas():
    """Lists that keep the memory of COUNT others, some in each arena: else each arena is given back as soon as it is empty, and
    making lists is page faults."""
    return kept(COUNT + COUNT // 4)[::1000]


def short_lived(count):
    for i in range(count):
        [i + OFFSET]


def walked(lists):
    for _ in lists:
        pass


def near(job):
    """How many lists stay in the core's own cache."""
    return int(min(COUNT, max(2000, job["core_cache"] / 2 // LIST))) if job["core_cache"] else COUNT


def python_objects(job):
    """Lists of one number: made, made and dropped at once, dropped, walked over; per object, object, block, object. And a page
    fault on the way, with what comes of it."""
    gc.disable()
    keeper = arenas()
    made, remade, freed = [], [], []
    for _ in range(21):
        remade.append(timed(short_lived, COUNT) / COUNT)
        begin = now()
        lists = kept(COUNT)
        made.append((now() - begin) / COUNT)
        begin = now()
        del lists
        freed.append((now() - begin) / COUNT / 3)
    lists = kept(near(job))
    walks = [timed(walked, lists) / len(lists) for _ in range(101)]
    del keeper, lists
    block = sorted(freed)[len(freed) // 2]
    result = {"make": [max(0.0, time - 3 * block) for time in made], "free": freed, "walk": walks,
              "remake": [max(0.0, time - 6 * block) for time in remade]}
    faults = page_faults(sorted(made)[len(made) // 2])
    if len(faults) > 2:
        result["fault"] = faults
    return result


def page_faults(make):
    """Many lists made in new memory, less what they take in memory that is there and in cache: a fault. (Made again where they were,
    they have to be fetched from farther away than pages that the kernel has just cleared.) All are held until the end: the frames
    of those given back would be in the cache."""
    samples, held = [], []
    for _ in range(5):
        before, begin = resource.getrusage(resource.RUSAGE_SELF).ru_minflt, now()
        lists = kept(MANY)
        took = now() - begin
        faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
        held.append(lists)
        if faults > MANY // 100:  # an allocator may have kept its memory
            samples.append((took - MANY * make) / faults)
    return samples


PLACES = 32  # of a wider list


def set_aside():
    """What the interpreter has already is collected no more, where it can be (3.7): on a busy host, whose cache others use, it would
    cost more, and vary more, than what is measured."""
    gc.collect()
    if hasattr(gc, "freeze"):
        gc.freeze()


def collections(job):
    """Full collections: at the start, with lists of one number more, with as many wider ones instead of them, for each reference
    that these have more; a young one of nothing."""
    gc.disable()
    gc.collect()
    count = len(gc.get_objects())
    alone = [timed(lambda _: gc.collect(), None) for _ in range(9)]
    set_aside()
    base = sorted(timed(lambda _: gc.collect(), None) for _ in range(51))[25]
    keeper = kept(near(job))
    gc.collect()
    more = [timed(lambda _: gc.collect(), None) - base for _ in range(51)]
    result = {"collect_start": [time / count for time in alone], "collect_object": [time / len(keeper) for time in more]}
    keeper = kept(COUNT)
    narrow = sorted(timed(lambda _: gc.collect(), None) for _ in range(9))[4]
    for one in keeper:
        one.extend([None] * (PLACES - 1))
    result["collect_reference"] = [max(0.0, timed(lambda _: gc.collect(), None) - narrow) / COUNT / (PLACES - 1) for _ in range(9)]
    del keeper
    if not python.free_threaded():  # there is no young generation alone
        result["collect_nothing"] = [timed(lambda _: gc.collect(0), None) for _ in range(51)]
    return result


def garbage(job):
    """A collection of lists that refer to themselves, less one of as many that live; a list, less its two blocks."""
    gc.disable()
    set_aside()
    keeper = arenas()
    freed, dead, alive = [], [], []
    for _ in range(15):
        lists = [[] for _ in range(COUNT)]
        for one in lists:
            one.append(one)
        gc.collect()
        alive.append(timed(lambda _: gc.collect(), None))
        del lists, one
        dead.append(timed(lambda _: gc.collect(), None))
        lists = kept(COUNT)
        begin = now()
        del lists
        freed.append((now() - begin) / COUNT / 3)
    del keeper
    block = sorted(freed)[len(freed) // 2]
    base = sorted(alive)[len(alive) // 2]
    return {"collected": [max(0.0, (time - base) / COUNT - 2 * block) for time in dead]}


FRESH = """
import gc, multiprocessing, os, sys, threading
try:
    with open("/proc/self/smaps_rollup") as file:
        lines = list(file)
    private, resident = [sum(int(line.split()[1]) << 10 for line in lines if line.startswith(start))
                         for start in ("Private_", "Rss:")]
    shared = resident - private
except (IOError, OSError):
    private = shared = 0
getattr(sys, "_debugmallocstats", int)()
sizes = [sys.getsizeof(one, 0) for one in gc.get_objects()]
print("%d %d %d %d" % (len(sizes), sum(sizes), private, shared))
"""


def footprint(job):
    """A fresh interpreter that has imported threading and multiprocessing: objects, their mean size, its own memory, that
    of others, too (code, libraries); and what a forked child writes first. Numbers and bytes."""
    fresh = subprocess.Popen([sys.executable, "-c", FRESH], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    told, statistics = fresh.communicate()
    if fresh.returncode != 0:
        raise RuntimeError("a fresh interpreter failed: " + statistics.decode())
    count, size, private, shared = [int(word) for word in told.split()]
    result = {"heap_objects": [count], "object_size": [size / float(count)]}
    room = python.unused_pools(statistics)
    if room is not None:
        result["room"] = [room]
    if private:
        result.update({"private": [private], "shared": [shared],
                       "fork_touched": [touched_by_child() for _ in range(5)]})
    return result


def touched_by_child():
    """What a child owns alone right after a fork."""
    ends = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(ends[1], str(python.unique_bytes()).encode())
        os._exit(0)
    os.close(ends[1])
    told = os.read(ends[0], 100)
    os.close(ends[0])
    os.waitpid(child, 0)
    return int(told)
