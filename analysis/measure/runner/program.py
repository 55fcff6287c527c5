"""Programs of a scenario as Python functions: the operations become source text, so that little runs between them.

The function of a program is `def program(me)`: `me` is the thread that runs it (process.py). What operations refer to (a
number of steps, a lock) becomes a local variable of the function, set in its first lines. Inside an event loop it is
`async def coroutine(me)`, and `me` is the task.
"""
from contextlib import contextmanager
from itertools import repeat

import units


class Unsupported(Exception):
    """This Python, or this runner, cannot do what the variant asks for: it is skipped, with this reason."""


class Code(object):
    """The source text of one function, as operations write it; `asynchronous`: of a coroutine function."""

    def __init__(self, plan, asynchronous=False):
        self.plan = plan
        self.asynchronous = asynchronous
        self.head = []
        self.lines = []
        self.depth = 1
        self.loops = 0
        self.names = {}

    def line(self, text):
        self.lines.append("    " * self.depth + text)

    @contextmanager
    def block(self, text):
        """`text` (`while True:`) and, indented, what is written within."""
        self.line(text)
        self.depth += 1
        if self.depth > 19:
            raise Unsupported("programs nested deeper than Python's blocks can be")
        before = len(self.lines)
        yield
        if len(self.lines) == before:
            self.line("pass")
        self.depth -= 1

    def variable(self, prefix="v"):
        """A name that nothing else has."""
        self.loops += 1
        return "%s_%d" % (prefix, self.loops)

    def local(self, expression):
        """A local variable that holds the value of an expression over `me`, evaluated once per call."""
        if expression not in self.names:
            self.names[expression] = self.variable("local")
            self.head.append("    %s = %s" % (self.names[expression], expression))
        return self.names[expression]

    def constant(self, value):
        """A local variable that holds an object known now."""
        self.plan.constants.append(value)
        return self.local("me.plan.constants[%d]" % (len(self.plan.constants) - 1))

    def amount(self, span, convert):
        """An expression for a span's next value, after `convert` (seconds to steps, say)."""
        values = [convert(v) for v in units.samples(span, self.plan.seed + len(self.plan.spans))]
        if len(values) == 1:
            return repr(values[0])
        self.plan.spans.append(values)
        return "next(%s)" % self.local("me.draws[%d]" % (len(self.plan.spans) - 1))

    def object(self, name):
        """A local variable that holds an object of the process (a lock)."""
        return self.local("me.process.objects[%r]" % name)

    def need(self, cost):
        """A prediction of this needs that cost, measured alone."""
        self.plan.costs.add(cost)

    def operations(self, program):
        """The operations of a list, one after the other."""
        for operation in program:
            (word, value), = operation.items()
            row = self.plan.table.get(word)
            if row is None:
                raise Unsupported("the runner has no operation '%s'" % word)
            shorthand, write = row
            if shorthand is not None and (not isinstance(value, dict) or units.is_span(value)):
                value = {shorthand: value}
            write(self, value)

    def wait(self, call, coroutine, target=""):
        """Something that takes time: a call, or inside an event loop a coroutine to be awaited."""
        self.line(target + ("await " + coroutine if self.asynchronous else call))

    def body(self, program, asynchronous):
        """The name of a function of its own for operations that another thread or task does."""
        return self.plan.write("body", program, asynchronous)

    def text(self, name):
        define = "async def" if self.asynchronous else "def"
        return "\n".join(["%s %s(me):" % (define, name)] + self.head + (self.lines or ["    pass"])) + "\n"


class Plan(object):
    """The programs that a variant uses, ready to run: {name: function}. Made before the clock starts."""

    def __init__(self, variant, used, units_of_work, table):
        self.table = table
        self.units = units_of_work
        self.seed = int(variant.get("seed", 1)) * 1000003
        self.constants = []
        self.spans = []
        self.costs = set()
        self.objects = variant.get("objects", {})
        self.variant = variant
        self.requests = []
        self.functions = {}
        self.source = ""
        self.written = 0
        self.names = {}
        self.used = list(used)  # what threads begin with
        self.todo = []  # programs that others run
        for name in self.used:
            self.function(name)
        while self.todo:
            name, program, asynchronous = self.todo.pop()
            code = Code(self, asynchronous)
            code.operations(program)
            self.source += code.text(name)
        space = {"now": units.now, "repeat": repeat, "next": next, "max": max, "int": int}
        exec(compile(self.source, "<programs>", "exec"), space)  # where each function finds the others, too
        self.space = space
        for name in self.used:
            self.functions[name] = space[self.function(name)]

    def kind_of(self, name):
        """The kind of an object."""
        value = self.objects[name]
        return value["kind"] if isinstance(value, dict) else value

    def write(self, prefix, program, asynchronous):
        """The name of a function that does these operations; it will be written."""
        self.written += 1
        name = "%s_%d" % (prefix, self.written)
        self.todo.append((name, program, asynchronous))
        return name

    def function(self, name, asynchronous=False):
        """The name of a program's function, or coroutine function."""
        if (name, asynchronous) not in self.names:
            prefix = "coroutine" if asynchronous else "program"
            self.names[name, asynchronous] = self.write(prefix, self.variant["programs"][name], asynchronous)
        return self.names[name, asynchronous]

    def request(self, name):
        """The number of a kind of requests."""
        if name not in self.requests:
            self.requests.append(name)
        return self.requests.index(name)
