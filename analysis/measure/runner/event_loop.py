"""An event loop of asyncio and its tasks. Python 3.6 and later."""
import asyncio
import os
import socket
import threading
import traceback
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor

from device import Timer, has_timers
from outside import BACKLOG, MOST, listener
from program import Unsupported
from units import now


class Task:
    """What a task has of its own: the `me` of coroutines. The rest is its thread's."""

    def __init__(self, thread, loop):
        self.thread = thread
        self.loop = loop
        self.process, self.plan = thread.process, thread.plan
        self.latencies, self.draws = thread.latencies, thread.draws
        self.touched = thread.touched
        self.begun = list(thread.begun)
        self.futures = defaultdict(list)
        self.tasks = []

    def create_task(self, body):
        self.tasks.append(self.loop.loop.create_task(whole(Task(self.thread, self.loop), body)))


async def whole(me, body):
    """A task's life: its program, and the tasks that it has created."""
    await body(me)
    while me.tasks:
        tasks, me.tasks = me.tasks, []
        await asyncio.wait(tasks)
        for task in tasks:
            task.result()


def run(me, body):
    """asyncio.run, whose executor has as many threads as the measured machine would give it."""
    from process import default_workers
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    pool = ThreadPoolExecutor(default_workers(me.process.job))
    loop.set_default_executor(pool)
    try:
        loop.run_until_complete(whole(Task(me, Loop(loop, me.process)), body))
    finally:
        pool.shutdown()
        asyncio.set_event_loop(None)
        loop.close()


def warm_up(process):
    """A loop's first turns and connections import modules: not in the measured run."""
    ready = listener()

    def ask():
        for _ in range(2):
            connection = socket.create_connection(ready.getsockname())
            connection.send(b"x")
            connection.shutdown(socket.SHUT_WR)
            connection.recv(MOST)
        ready.shutdown(socket.SHUT_RDWR)

    async def answer(me):
        await me.loop.io(1e-5)

    async def body(me):
        await me.loop.to_thread(lambda me: None)
        await me.loop.serve(ready, answer, me)
    client = threading.Thread(target=ask)
    client.start()
    run(process.main, body)
    client.join()


class Answer:
    """A device behind a file descriptor that the loop watches: a timer that ends the wait."""

    def __init__(self, loop):
        if not has_timers():
            raise Unsupported("io inside an event loop needs timerfd and ctypes")
        self.timer = Timer("CDLL")  # like a request that is sent, arming it releases the GIL
        self.loop = loop
        self.future = None
        loop.add_reader(self.timer.fd, self.readable)

    def readable(self):
        os.read(self.timer.fd, 8)
        self.future.set_result(None)

    def wait(self, time):
        self.future = self.loop.create_future()
        self.timer.arm(time)
        return self.future


class Loop:
    """What coroutines of the scenario await."""

    def __init__(self, loop, process):
        self.loop = loop
        self.process = process
        self.answers = []
        self.serving = []
        self.sleep = asyncio.sleep
        loop.set_exception_handler(self.trouble)

    async def io(self, time):
        answer = self.answers.pop() if self.answers else Answer(self.loop)
        await answer.wait(time)
        self.answers.append(answer)

    def until(self, date, late):
        """A date by call_at; how late its callback runs is appended to `late`."""
        future = self.loop.create_future()

        def tick():
            if late is not None:
                late.append(now() - date)
            future.set_result(None)
        self.loop.call_at(self.loop.time() + (date - now()), tick)
        return future

    def to_thread(self, body):
        call = getattr(asyncio, "to_thread", None)  # 3.9
        return call(self.process.call, body) if call else self.loop.run_in_executor(None, self.process.call, body)

    async def serve(self, listener, handle, me):
        """A server of streams, until the clients shut the socket down."""
        finished = self.loop.create_future()
        handlers = []

        async def connection(reader, writer):
            ended = self.loop.create_future()
            handlers.append(ended)
            try:
                own = Task(me.thread, self)
                while True:
                    request = await reader.read(MOST)
                    if not request:
                        break
                    await handle(own)
                    writer.write(request)
                writer.close()
            finally:
                ended.set_result(None)
        server = await asyncio.start_server(connection, sock=listener.dup(), backlog=BACKLOG)
        self.serving.append((listener, finished))
        await finished
        server.close()
        if handlers:
            await asyncio.wait(handlers)

    def trouble(self, loop, context):
        """accept() fails on a socket that has been shut down: its clients are done. All else is an error."""
        if isinstance(context.get("exception"), OSError):
            done = [entry for entry in self.serving if not accepts(entry[0])]
            for entry in done:
                self.serving.remove(entry)
                entry[1].set_result(None)
            if done or not self.serving:
                return
        error = context.get("exception")
        lines = traceback.format_exception(type(error), error, error.__traceback__) if error else [context["message"]]
        self.process.failures.append("".join(lines))


def accepts(listener):
    return listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) != 0
