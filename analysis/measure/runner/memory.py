"""Operations on memory: as operations.py, and part of its table. Objects are real ones of the sizes that the scenario
gives: lists (40 B and an array), tuples (24 B and a reference each), and as values ints, floats and bytes."""
import gc
import sys
from array import array

from program import Unsupported
from units import is_default_thresholds, now, size

TRACKED = []  # an object that the collector tracks: what refers to it stays tracked, too
OFFSET = 1 << 20  # ints below 257 exist already


def own_size(thing):
    """Without the collector's header, which sys.getsizeof counts."""
    return thing.__sizeof__()


def value(wanted):
    """An expression over `i` for an untracked object of that size."""
    for expression, sample in (("i + %d" % OFFSET, OFFSET), ("float(i)", 1.5)):
        if own_size(sample) == wanted:
            return expression
    if wanted > own_size(b"") + 1 and sys.version_info >= (3,):
        return "bytes(%d)" % (wanted - own_size(b""))
    raise Unsupported("this Python has no untracked object of %d bytes" % wanted)


def thing(what):
    """An expression over `i` for an object of a set."""
    for key in ("immortal", "scattered", "make"):
        if what.get(key):
            raise Unsupported("the runner makes no objects with '%s'" % key)
    if sys.version_info < (3, 2):
        raise Unsupported("objects have other sizes in this Python")
    own, values = size(what["size"]), [value(size(v)) for v in what.get("values", [])]
    buffers = [size(buffer) for buffer in what.get("buffers", [])]
    places = sum(buffers) // 8  # of a list, filled up with None
    if what.get("references", len(values)) not in (len(values), places):
        raise Unsupported("the runner makes no objects with references to others")
    if not what.get("tracked", True):
        if values or buffers:
            raise Unsupported("the runner makes no untracked objects that hold others")
        return value(own)
    if own == own_size([]) and len(buffers) == 1:
        if len(values) + what.get("cyclic", False) > places:
            raise Unsupported("an array of %d bytes has no room for its values" % buffers[0])
        return "[%s]" % ", ".join(values + ["None"] * (places - len(values)))
    places = (own - own_size(())) // 8
    if not buffers and not what.get("cyclic") and len(values) < places and own == own_size((None,) * places):
        return "(%s)" % ", ".join(values + ["tracked"] * (places - len(values)))
    raise Unsupported("the runner has no objects of %d bytes with buffers of %s" % (own, buffers))


def allocate(code, what):
    """A kept set is a list of lists, one per operation."""
    code.need("memory")
    count, made = what.get("objects", 1), thing(what)
    if "tracked" in made:
        code.head.append("    tracked = %s" % code.constant(TRACKED))
    if what.get("by", "bytecode") == "native":
        if made != "[i + %d]" % OFFSET or "into" not in what:
            raise Unsupported("the runner makes only lists of a number, kept in a set, by one C call")
        made = "list(map(list, zip(range(%d, %d))))" % (OFFSET, OFFSET + count)
    elif what.get("cyclic"):
        return cyclic(code, what, count, made)
    elif "into" in what:
        made = "[%s for i in range(%d)]" % (made, count)
    else:
        with code.block("for i in range(%d):" % count):
            code.line("x = %s" % made)
        code.line("x = None")
        return
    code.line("%s.append(%s)" % (code.local("me.process.sets[%r]" % what["into"]), made))


def cyclic(code, what, count, made):
    """Each refers to itself by its last place."""
    kept = code.variable("kept")
    code.line("%s = []" % kept)
    with code.block("for i in range(%d):" % count):
        code.line("x = %s" % made)
        code.line("x[-1] = x")
        if "into" in what:
            code.line("%s.append(x)" % kept)
    code.line("x = None")
    if "into" in what:
        code.line("%s.append(%s)" % (code.local("me.process.sets[%r]" % what["into"]), kept))
    code.line("%s = None" % kept)


def free(code, what):
    kept = code.local("me.process.sets[%r]" % what["set"])
    if "objects" in what:
        code.line("%s(%s, %d)" % (code.constant(drop), kept, what["objects"]))
    else:
        code.line("del %s[:]" % kept)


def drop(kept, count):
    """The oldest objects of a set go."""
    while kept and count >= len(kept[0]):
        count -= len(kept.pop(0))
    if kept and count:
        del kept[0][:count]


def walk(code, what):
    if "work" in what:
        raise Unsupported("the runner walks a set without work of its own")
    part = code.variable("part")
    with code.block("for %s in %s:" % (part, code.local("me.process.sets[%r]" % what["set"]))):
        with code.block("for x in %s:" % part):
            if what.get("values"):
                with code.block("for y in x:"):
                    code.line("pass")
    code.line("x = y = None")


def collector(code, what):
    name = what["do"]
    if not hasattr(gc, name):
        raise Unsupported("this Python has no gc.%s()" % name)
    code.need("memory")
    code.line("%s()" % code.constant(getattr(gc, name)))


def set_collector(interpreter):
    """As the scenario says, unless that is what some Python does anyway: then it is left as this one has it."""
    said = interpreter.get("memory", {}).get("gc", {})
    if not said.get("enabled", True):
        gc.disable()
    if "thresholds" in said and not is_default_thresholds(said["thresholds"]):
        gc.set_threshold(*said["thresholds"])


class Pauses(object):
    """How long collections of this process take from now on, and how many there are."""

    def __init__(self):
        self.times, self.since = array("d"), array("d", [0.0])  # a number kept would hold the arena that it is in
        gc.callbacks.append(self.told)

    def told(self, phase, _):
        if phase == "start":
            self.since[0] = now()
        else:
            self.times.append(now() - self.since[0])

    def outputs(self):
        gc.callbacks.remove(self.told)
        return {"gc_collections": len(self.times), "gc_total": sum(self.times), "gc_longest": max(self.times or [0.0])}


MEMORY = {
    "allocate": (None, allocate),
    "free": ("set", free),
    "walk": ("set", walk),
    "gc": ("do", collector),
}
