"""The benchmark's counterpart of the model, in SimPy: CPU-bound threads under CPython's timed GIL on a few cores.

The same mechanisms at the same costs as model/ in the benchmark's configuration, read beside the C++: the GIL
(timed_gil.cpp), the C library's mutex, condition variable and semaphore, the futex, threads' bursts, cores, EEVDF,
and the start of threads. Simultaneous events have the same order (time, priority, sequence number), which is SimPy's
own, so both run the same history and count the same hand-offs. What this version leaves out makes it faster: it keeps
no thread states, emits no events, and knows one priority of threads and one speed of cores.

Each simulated thread is a SimPy process. What its process yields is always one event: the end of a burst on a core.
A preempted burst moves its waiting process to a later event (class Stretch), which is cheaper than
`Process.interrupt`: SimPy would queue a further event for that.

Run by the benchmark: gil_simpy.py CONFIGURATION, a JSON object; prints a JSON object.
"""

import json
import sys
import time
from bisect import bisect_left, insort
from bisect import bisect_left, insort
from collections import OrderedDict
from itertools import count
from types import SimpleNamespace

import simpy
from simpy.events import Event

# model/engine/event_queue.hpp, Priority. SimPy's own URGENT and NORMAL are not used, but at the start of a process.
BURST_END, INTERRUPT, TICK, DISPATCH = range(4)


class Alarm(Event):
    """A timeout with a priority, which can be cancelled: it stays in SimPy's queue, but nobody waits for it."""

    def __init__(self, env, delay, priority, callbacks):
        # As simpy.Timeout does it; only the priority is new.
        self.env = env
        self.callbacks = callbacks
        self._value = None
        self._ok = True
        env.schedule(self, priority, delay)

    def cancel(self):
        if self.callbacks is not None:
            self.callbacks = []


class SlackTimer:
    """model/machine/alarm.hpp: a timer with slack, in the list of its core, which holds them by the end of their slack."""

    def __init__(self, core, time, slack, expire):
        env = core.env
        self.core = core
        self.time = max(env.now, time)
        self.expire = expire
        self.key = (self.time + slack, next(core.timer_numbers))
        insort(core.timers, (self.key, self))
        self.interrupt = Alarm(env, self.key[0] - env.now, INTERRUPT, [core.timer_interrupt])
        self.arming = self.programming()
        self.settling = 0  # to set the core's timer back, if it was cancelled

    def programming(self):
        """Core time: none unless it is what the core's timer is programmed for."""
        is_next = self.core.timers[0][1] is self and self.key[0] < self.core.machine.tick_after(self.core.env.now)
        return self.core.config.timer_set_ns if is_next else 0

    def cancel(self):
        self.settling = self.programming()
        self.remove()

    def remove(self):
        self.interrupt.cancel()
        timers = self.core.timers
        place = bisect_left(timers, (self.key,))
        if place < len(timers) and timers[place][1] is self:
            del timers[place]


def done_event(env):
    """An event that is over: who yields it goes on at once."""
    event = Event(env)
    event._ok = True
    event._value = None
    event.callbacks = None
    return event


# --- model/machine: run_queue, eevdf ----------------------------------------------------------------------------------


class Eevdf:
    """The run queue of one core. All threads have niceness 0: virtual time is core time, and weights are 1."""

    def __init__(self, config):
        self.tree = []  # (deadline, sequence, thread): those who wait, and those who sleep with a debt
        self.delayed = 0
        self.sum = 0
        self.queued = 0
        self.last_average = 0
        self.sequence = 0
        self.slice = config.base_slice_ns * min(config.cores, 8).bit_length()
        self.lag_limit = max(2 * self.slice, config.tick_ns)

    def waiting(self):
        return len(self.tree) - self.delayed

    def average(self):
        return self.sum // self.queued if self.queued else self.last_average

    def eligible(self, thread):
        return thread.vruntime * self.queued <= self.sum

    def add(self, thread):
        self.sum += thread.vruntime
        self.queued += 1
        thread.queued = True

    def remove(self, thread):
        self.last_average = self.average()
        self.sum -= thread.vruntime
        self.queued -= 1
        thread.queued = False

    def insert(self, thread):
        self.sequence += 1
        thread.sequence = self.sequence
        insort(self.tree, (thread.deadline, thread.sequence, thread))

    def erase(self, thread):
        del self.tree[bisect_left(self.tree, (thread.deadline, thread.sequence))]

    def update_lag(self, thread):
        limit = self.lag_limit
        thread.lag = min(max(self.average() - thread.vruntime, -limit), limit)

    def enqueue(self, thread, is_new):
        if thread.delayed:
            self.update_lag(thread)
            thread.delayed = False
            self.delayed -= 1
            if thread.lag <= 0:
                return
            self.erase(thread)
            self.remove(thread)
            thread.lag = 0
        lag = 0
        if self.queued and thread.lag:
            inflated = abs(thread.lag) * (self.queued + 1) // self.queued
            lag = inflated if thread.lag > 0 else -inflated
        thread.vruntime = self.average() - lag
        thread.deadline = thread.vruntime + (self.slice // 2 if is_new else self.slice)
        self.add(thread)
        self.insert(thread)

    def dequeue(self, thread):
        self.update_lag(thread)
        self.erase(thread)
        self.remove(thread)
        if thread.delayed:
            thread.delayed = False
            self.delayed -= 1
            thread.lag = min(thread.lag, 0)

    def sleep(self, thread, for_good):
        if not for_good and not self.eligible(thread):
            thread.delayed = True
            self.delayed += 1
            self.insert(thread)
            return
        self.update_lag(thread)
        self.remove(thread)

    def best(self, current):
        if current is not None and not self.eligible(current):
            current = None
        if current is not None and current.vruntime < current.protected_until:
            return current
        queued, total = self.queued, self.sum
        for deadline, _, thread in self.tree:
            if current is not None and deadline > current.deadline:
                break
            if thread.vruntime * queued <= total:
                return thread
        if current is None and self.tree:
            return self.tree[0][2]
        return current

    def pick(self):
        while self.tree:
            thread = self.best(None)
            if thread.delayed:
                self.dequeue(thread)
                continue
            self.erase(thread)
            thread.protected_until = thread.deadline
            return thread
        return None

    def account(self, current, ran):
        if ran <= 0:
            return False
        current.vruntime += ran
        self.sum += ran
        served = current.vruntime >= current.deadline
        if served:
            current.deadline = current.vruntime + self.slice
        return self.queued > 1 and (served or current.vruntime >= current.protected_until)

    def pullable(self, cold_before):
        oldest = None
        for _, _, thread in self.tree:
            if thread.delayed or thread.last_ran > cold_before:
                continue
            if oldest is None or thread.last_ran < oldest.last_ran:
                oldest = thread
        return oldest


# --- model/machine: core ----------------------------------------------------------------------------------------------


class Utilization:
    """How busy something was lately."""

    HALF_LIFE = 32 * 1024 * 1000

    def __init__(self, share=0.0, time=0):
        self.share = share
        self.at = -time
        self.advance(0, True)

    def advance(self, now, ran):
        kept = 2.0 ** (-(now - self.at) / self.HALF_LIFE)
        self.share = self.share * kept + (1.0 - kept if ran else 0.0)
        self.at = now
        return self.share


class Core:
    def __init__(self, machine, number):
        self.machine = machine
        self.env = machine.env
        self.config = machine.config
        self.number = number
        self.queue = Eevdf(machine.config)
        self.current = None
        self.waking_up = False
        self.paying_debt = False
        self.need_resched = False
        self.idle_since = 0
        self.balance_failed = 0
        self.stretch_from = 0
        self.accounted_to = 0
        self.stretch = None  # the alarm at the end of what the current thread is doing
        self.tick_alarm = None
        self.reschedule_alarm = None
        self.timers = []  # SlackTimers by the end of their slack
        self.timer_numbers = count()
        self.in_interrupt = False
        self.interrupt_cost = 0
        self.resume_cost = 0
        self.utilization = Utilization()

    def idle(self):
        return self.current is None and not self.waking_up

    def load(self):
        return self.queue.waiting() + (self.current is not None)

    def idle_state(self):
        """How long the core takes to wake up, and whether it polls."""
        idle = self.env.now - self.idle_since
        found = 0, False
        for after, wake, polling in self.config.idle_states_ns:
            if after > idle:
                break
            found = wake, polling
        return found

    def enqueue(self, thread, is_new, delay):
        """True if whoever does it has to send this core an interrupt, unless it is itself."""
        still_queued = thread.delayed
        due = self.settle_ticks() if still_queued else self.settle_queue()
        self.queue.enqueue(thread, is_new)
        if still_queued:
            due = self.settle_queue() or due
        thread.home = self
        if self.current is None:
            if self.waking_up:
                return False
            self.waking_up = True
            wake, polling = self.idle_state()
            self.resume_cost = 0 if polling else min(self.config.resume_ns, wake)
            Alarm(self.env, wake - self.resume_cost, DISPATCH, [self.woken_up])
            return not polling
        self.arm_tick()
        if not due and self.queue.best(self.current) is not thread:
            return False
        if delay == 0:
            self.reschedule()
            return True
        if self.reschedule_alarm is not None:
            return False
        self.reschedule_alarm = Alarm(self.env, delay, INTERRUPT, [self.told_to_reschedule])
        return True

    def woken_up(self, _):
        self.waking_up = False
        following = self.queue.pick() or self.pull()
        if following is not None:
            following.debt += self.resume_cost
            self.switch_to(following)

    def told_to_reschedule(self, _):
        self.reschedule_alarm = None
        self.reschedule()

    def reschedule(self):
        previous = self.current
        if previous is None:
            return
        if self.in_interrupt or self.stretch is None or previous.in_kernel:
            self.need_resched = True
            return
        self.settle_work()
        self.settle_queue()
        self.queue.insert(previous)
        following = self.queue.pick()
        self.need_resched = False
        following.debt += self.interrupt_cost
        self.interrupt_cost = 0
        if following is previous:
            self.resume_burst()
        else:
            self.switch_to(following)

    def timer_interrupt(self, _):
        self.in_interrupt = True
        while self.timers and self.timers[0][1].time <= self.env.now:
            first = self.timers[0][1]
            first.remove()
            first.expire()
        self.in_interrupt = False
        if self.current is None:
            return
        self.interrupt_cost = self.config.timer_interrupt_ns
        if self.need_resched and not self.current.in_kernel:
            self.reschedule()
        else:
            self.settle_work()
            self.current.debt += self.interrupt_cost
            self.interrupt_cost = 0
            self.resume_burst()

    def switch_to(self, following):
        now = self.env.now
        previous = self.current
        self.withdraw()
        self.need_resched = False
        self.settle_utilization(following)
        if previous is not None:
            previous.core = None
            previous.last_ran = now
        self.current = following
        self.accounted_to = now
        if following is None:
            self.idle_since = now
            return
        following.core = self
        following.home = self
        following.debt += self.config.context_switch_ns
        if following.last_core is not None and following.last_core is not self:
            following.debt += self.config.migration_ns
        following.last_core = self
        self.arm_tick()
        self.resume_burst()

    def settle_utilization(self, following):
        now = self.env.now
        busy = self.utilization.advance(now, self.current is not None)
        if self.current is not None:
            self.current.utilization.advance(now, True)
        if following is None:
            return
        its = following.utilization.advance(now, False)
        left = following.last_core
        if left is self:
            return
        if left is not None:
            left.utilization.advance(now, left.current is not None)
            left.utilization.share -= its
        elif its == 0:
            spare = max(0.0, 1.0 - busy) / 2
            its = min(busy, spare) if busy > 0 else spare
            following.utilization.share += its
        self.utilization.share += its

    def leave(self, for_good):
        self.settle_queue()
        previous = self.current
        self.queue.sleep(previous, for_good)
        self.switch_to(self.queue.pick() or self.pull())

    def take_out(self, thread):
        self.settle_queue()
        self.queue.dequeue(thread)

    def begin_burst(self):
        """False: there is nothing to do."""
        current = self.current
        if self.need_resched and not current.in_kernel:
            self.settle_queue()
            self.queue.insert(current)
            following = self.queue.pick()
            self.need_resched = False
            if following is not current:
                self.switch_to(following)
                return True
        if current.remaining == 0 and current.debt == 0:
            return False
        self.resume_burst()
        return True

    def resume_burst(self):
        thread = self.current
        self.withdraw()
        if thread.in_runtime:
            thread.remaining += thread.debt
            thread.debt = 0
        self.paying_debt = thread.debt > 0
        self.stretch_from = self.env.now
        if self.paying_debt:
            self.stretch = Alarm(self.env, thread.debt, BURST_END, [self.debt_paid])
        else:
            # Fires what the thread's process waits for.
            self.stretch = Alarm(self.env, thread.remaining, BURST_END, thread.waiting)

    def withdraw(self):
        if self.stretch is not None:
            self.stretch.cancel()
            self.stretch = None

    def debt_paid(self, _):
        self.stretch = None
        self.current.debt = 0
        self.resume_burst()

    def settle_work(self):
        if self.current is None or self.stretch is None:
            return
        now = self.env.now
        elapsed = now - self.stretch_from
        thread = self.current
        if self.paying_debt:
            thread.debt -= min(thread.debt, elapsed)
        else:
            thread.remaining -= min(thread.remaining, elapsed)
        self.stretch_from = now

    def interrupt_burst(self):
        if self.stretch is None:
            return
        self.settle_work()
        self.current.cut_at_checkpoint()
        self.resume_burst()

    def settle_queue(self):
        due = self.settle_ticks()
        if self.current is None:
            return due
        due |= self.queue.account(self.current, self.env.now - self.accounted_to)
        self.accounted_to = self.env.now
        return due

    def settle_ticks(self):
        current = self.current
        if current is None:
            return False
        now = self.env.now
        due = False
        tick = self.machine.tick_after(self.accounted_to)
        if tick < now:
            period = self.config.tick_ns
            tick += max(0, (now - tick) // period - 2) * period
            while tick < now:
                due |= self.queue.account(current, tick - self.accounted_to)
                self.accounted_to = tick
                tick += period
        return due

    def arm_tick(self):
        if self.tick_alarm is None and self.queue.waiting() > 0:
            now = self.env.now
            self.tick_alarm = Alarm(self.env, self.machine.tick_after(now) - now, TICK, [self.tick])

    def tick(self, _):
        self.tick_alarm = None
        if self.current is None:
            return
        if self.settle_queue():
            self.reschedule()
        self.push_waiting()
        self.arm_tick()

    def taken_from(self, other):
        any_thread = self.balance_failed > 1
        cold = self.env.now - (0 if any_thread else self.config.migration_cost_ns)
        thread = other.queue.pullable(cold)
        if thread is None:
            return None
        self.balance_failed = 0
        other.take_out(thread)
        return thread

    def pull(self):
        busiest = None
        for core in self.machine.cores:
            if core is not self and core.load() > (busiest.load() if busiest else 1):
                busiest = core
        thread = self.taken_from(busiest) if busiest else None
        if thread is None:
            return None
        self.queue.enqueue(thread, False)
        thread.home = self
        return self.queue.pick()

    def push_waiting(self):
        if self.queue.waiting() == 0:
            return
        target = None
        for core in self.machine.cores:
            if core is self or core.load() + 2 > self.load():
                continue
            if target is None or core.load() < target.load():
                target = core
        if target is None:
            return
        thread = target.taken_from(self)
        if thread is None:
            target.balance_failed += 1
            return
        target.enqueue(thread, False, self.config.wake_busy_ns)


# --- model/machine: machine, thread, futex ----------------------------------------------------------------------------


class Machine:
    def __init__(self, env, config):
        self.env = env
        self.config = config
        self.done = done_event(env)
        self.cores = [Core(self, i) for i in range(config.cores)]

    def tick_after(self, moment):
        config = self.config
        if moment < config.tick_offset_ns:
            return config.tick_offset_ns
        return config.tick_offset_ns + ((moment - config.tick_offset_ns) // config.tick_ns + 1) * config.tick_ns

    def start_thread(self, thread, creator):
        """Yields the thread's first moment on a core."""
        thread.prepare(0, True, 0, False)
        best = creator.core if creator is not None else None
        for core in self.cores:
            if best is None or core.load() < best.load():
                best = core
        thread.wait()
        interrupted = best.enqueue(thread, True, self.config.wake_busy_ns)
        if interrupted and creator is not None and creator.core is not best:
            creator.debt += self.config.send_interrupt_ns

    def end_thread(self, thread):
        thread.core.leave(True)

    def wake(self, thread, waker):
        core = self.core_for_woken(thread)
        delay = 0
        if waker is None:
            if not core.in_interrupt:
                delay = self.config.wake_busy_ns
        elif waker.core is not core:
            delay = self.config.wake_busy_ns
        interrupted = core.enqueue(thread, False, delay)
        if interrupted and waker is not None and waker.core is not core:
            waker.debt += self.config.send_interrupt_ns

    def core_for_woken(self, thread):
        if thread.queued:
            return thread.home
        last = thread.last_core or self.cores[0]
        for i in range(len(self.cores)):
            core = self.cores[(last.number + i) % len(self.cores)]
            if core.idle():
                return core
        return last


class Thread:
    """A thread as the kernel sees it. Its process yields what `run`, `kernel`, `user_mode` and `block` return."""

    def __init__(self, machine):
        self.machine = machine
        self.waiting = None  # the callbacks of the event that the thread's process waits for
        self.core = None
        self.home = None
        self.last_core = None
        self.in_runtime = True
        self.in_kernel = False
        self.debt = self.remaining = self.total = self.cut = self.every = 0
        # struct sched_entity
        self.vruntime = self.deadline = self.lag = self.protected_until = self.sequence = 0
        self.last_ran = -2 ** 62
        self.utilization = Utilization()
        self.queued = self.delayed = False

    def prepare(self, work, in_runtime, every, in_kernel):
        self.in_runtime = in_runtime
        self.in_kernel = in_kernel
        self.remaining = self.total = work
        self.cut = 0
        self.every = every

    def wait(self):
        """An event that the core will trigger through its callbacks, when the thread's burst is over."""
        event = Event(self.machine.env)
        self.waiting = event.callbacks
        return event

    def burst(self):
        event = self.wait()
        if not self.core.begin_burst():
            return self.machine.done
        return event

    def run(self, work):
        self.prepare(work, True, 0, False)
        return self.burst()

    def kernel(self, work):
        self.prepare(work, True, 0, True)
        return self.burst()

    def to_checkpoint(self, work, every):
        self.prepare(work, False, every, False)
        return self.burst()

    def user_mode(self):
        if not self.core.need_resched and self.debt == 0:
            return self.machine.done
        return self.run(0)

    def block(self, after):
        self.prepare(after, True, 0, True)
        event = self.wait()
        self.core.leave(False)
        return event

    def interrupt(self):
        if self.every == 0 or self.remaining == 0:
            return
        if self.core is not None:
            self.core.interrupt_burst()
        else:
            self.cut_at_checkpoint()

    def cut_at_checkpoint(self):
        done = self.total - self.cut - self.remaining
        left = min(self.remaining, (done // self.every + 1) * self.every - done)
        self.cut += self.remaining - left
        self.remaining = left


class CacheLine:
    def __init__(self, config):
        self.transfer = config.cache_transfer_ns
        self.owner = None

    def fetch(self, thread):
        core = thread.last_core
        if core is self.owner:
            return 0
        first = self.owner is None
        self.owner = core
        return 0 if first else self.transfer


class Waiter:
    def __init__(self, futex, thread):
        self.futex = futex
        self.thread = thread
        self.timeout = None
        self.queued = True
        self.asleep = False
        self.expired = False

    def leave_queue(self):
        del self.futex.waiters[self]
        self.queued = False

    def expire(self):
        if not self.queued:
            return
        self.expired = True
        if self.asleep:
            self.thread.machine.wake(self.thread, None)


class Futex:
    WOKEN, CHANGED, TIMED_OUT = range(3)

    def __init__(self, config, value=0):
        self.config = config
        self.value = value
        self.waiters = OrderedDict()
        self.bucket = CacheLine(config)

    def look(self):
        return max(self.config.futex_call_ns - self.config.syscall_ns // 2, 0)

    def way_out(self):
        return self.config.futex_call_ns - self.look()

    def wait(self, thread, expected, deadline=None):
        config = self.config
        look = self.look() + self.bucket.fetch(thread)
        yield thread.kernel(look)
        if self.value != expected:
            yield thread.kernel(self.way_out())
            yield thread.user_mode()
            return Futex.CHANGED
        me = Waiter(self, thread)
        self.waiters[me] = None
        if deadline is not None:
            me.timeout = SlackTimer(thread.last_core, deadline, config.timer_slack_ns, me.expire)
        arming = me.timeout.arming if deadline is not None else 0
        yield thread.kernel(max(config.syscall_ns + config.futex_wait_ns - look, 0) + arming)
        if me.queued and not me.expired:
            me.asleep = True
            yield thread.block(config.syscall_ns)
        timed_out = me.queued
        if timed_out:
            me.leave_queue()
        if deadline is not None:
            yield thread.kernel(me.timeout.settling if thread.last_core is me.timeout.core else 0)
        yield thread.user_mode()
        return Futex.TIMED_OUT if timed_out else Futex.WOKEN

    def wake(self, waker, count=1):
        yield waker.kernel(self.look())
        if not self.waiters:
            yield waker.kernel(self.way_out())
            yield waker.user_mode()
            return
        self.bucket.fetch(waker)
        half = self.config.futex_wake_ns // 2
        yield waker.kernel(max(half - self.look(), 0))
        rest = 0
        while count > 0 and self.waiters:
            count -= 1
            first, _ = self.waiters.popitem(last=False)
            first.queued = False
            if first.timeout is not None and not first.expired:
                first.timeout.cancel()
            if first.asleep and not first.expired:
                waker.machine.wake(first.thread, waker)
                rest = self.config.futex_wake_ns - half
        yield waker.kernel(rest)
        yield waker.user_mode()


# --- model/sync -------------------------------------------------------------------------------------------------------


class Mutex:
    def __init__(self, config):
        self.word = Futex(config)
        self.line = CacheLine(config)

    def lock(self, thread):
        yield thread.run(self.line.fetch(thread))
        if self.word.value == 0:
            self.word.value = 1
        else:
            yield from self.sleep_until_taken(thread)

    def lock_after_wait(self, thread):
        yield thread.run(self.line.fetch(thread))
        yield from self.sleep_until_taken(thread)

    def sleep_until_taken(self, thread):
        while True:
            taken = self.word.value
            self.word.value = 2
            if taken == 0:
                return
            yield from self.word.wait(thread, 2)

    def unlock(self, thread):
        contended = self.word.value == 2
        self.word.value = 0
        if contended:
            yield from self.word.wake(thread)


class Group:
    def __init__(self, config):
        self.signals = Futex(config)
        self.closed = False
        self.references = Futex(config)
        self.unsignalled = 0


class ConditionVariable:
    """glibc's from 2.25 to 2.40: two groups of waiters."""

    def __init__(self, config):
        self.config = config
        self.groups = [Group(config), Group(config)]
        self.lock = Futex(config)
        self.line = CacheLine(config)
        self.g2 = 0
        self.waiters = 0
        self.next_waiter = 0
        self.g1_start = 0
        self.g2_start = 0

    def wait(self, thread, mutex, deadline=None):
        """Yields True if the deadline passed."""
        yield thread.run(self.line.fetch(thread))
        me = self.next_waiter
        self.next_waiter += 1
        slot = self.g2
        group = self.groups[slot]
        group.unsignalled += 1
        self.waiters += 1
        timed_out = False
        yield from mutex.unlock(thread)
        yield thread.run(self.config.condvar_wait_ns)
        while not group.closed:
            closed = me < self.g1_start
            if group.signals.value > 0:
                group.signals.value -= 1
                if closed and slot != self.g2:
                    group.signals.value += 1
                    yield from group.signals.wake(thread)
                break
            if closed:
                break
            group.references.value += 1
            end = yield from group.signals.wait(thread, 0, deadline)
            timed_out = end == Futex.TIMED_OUT
            group.references.value -= 1
            if group.references.value == 0 and group.references.waiters:
                yield from group.references.wake(thread)
            if timed_out:
                yield from self.cancel_waiting(thread, me, group)
                break
        self.waiters -= 1
        yield from mutex.lock_after_wait(thread)
        return timed_out

    def signal(self, thread):
        fetched = self.line.fetch(thread)
        yield thread.run(fetched)
        if self.waiters == 0:
            return
        yield from self.acquire_lock(thread)
        if self.groups[1 - self.g2].unsignalled == 0 and self.groups[self.g2].unsignalled > 0:
            yield from self.quiesce_and_switch_g1(thread)
        group = self.groups[1 - self.g2]
        posted = group.unsignalled > 0
        if posted:
            group.unsignalled -= 1
            group.signals.value += 1
        yield from self.release_lock(thread)
        if posted:
            yield thread.run(4 * fetched)
            yield from group.signals.wake(thread)

    def quiesce_and_switch_g1(self, thread):
        old = self.groups[1 - self.g2]
        old.closed = True
        while old.references.value > 0:
            yield from old.references.wait(thread, old.references.value)
        old.closed = False
        self.g1_start = self.g2_start
        self.g2_start = self.next_waiter
        old.signals.value = 0
        self.g2 = 1 - self.g2

    def cancel_waiting(self, thread, waiter, group):
        yield from self.acquire_lock(thread)
        signalled = waiter < self.g1_start or group.unsignalled == 0
        if not signalled:
            group.unsignalled -= 1
        yield from self.release_lock(thread)
        if signalled:
            yield from self.signal(thread)

    def acquire_lock(self, thread):
        while self.lock.value:
            yield from self.lock.wait(thread, 1)
        self.lock.value = 1

    def release_lock(self, thread):
        self.lock.value = 0
        if self.lock.waiters:
            yield from self.lock.wake(thread)


class Semaphore:
    def __init__(self, config):
        self.word = Futex(config)
        self.waiters = 0

    def try_wait(self):
        if self.word.value == 0:
            return False
        self.word.value -= 1
        return True

    def wait(self, thread):
        if self.try_wait():
            return
        self.waiters += 1
        while True:
            yield from self.word.wait(thread, 0)
            if self.try_wait():
                break
        self.waiters -= 1

    def post(self, thread):
        self.word.value += 1
        if self.waiters > 0:
            yield from self.word.wake(thread)


# --- model/interpreter ------------------------------------------------------------------------------------------------


class Gil:
    """struct _gil_runtime_state, take_gil and drop_gil of CPython 3.2 and later."""

    def __init__(self, env, config):
        self.env = env
        self.config = config
        self.locked = False
        self.last_holder = None
        self.switch_number = 0
        self.mutex = Mutex(config)
        self.cond = ConditionVariable(config)
        self.switch_mutex = Mutex(config)
        self.switch_cond = ConditionVariable(config)
        self.drop_request = False
        self.drop_request_line = CacheLine(config)
        self.hand_offs = 0

    def take(self, thread):
        yield thread.run(self.config.gil_overhead_ns)
        yield from self.mutex.lock(thread)
        while self.locked:
            saved_switch_number = self.switch_number
            deadline = self.env.now + max(self.config.switch_interval_ns, 1000)
            timed_out = yield from self.cond.wait(thread, self.mutex, deadline)
            if timed_out and self.locked and self.switch_number == saved_switch_number:
                self.drop_request = True
                self.drop_request_line.fetch(thread)
                self.last_holder.interrupt()
        yield from self.switch_mutex.lock(thread)
        self.locked = True
        if self.last_holder is not thread:
            self.hand_offs += self.last_holder is not None
            self.last_holder = thread
            self.switch_number += 1
        yield from self.switch_cond.signal(thread)
        yield from self.switch_mutex.unlock(thread)
        self.drop_request = False
        yield from self.mutex.unlock(thread)

    def drop(self, thread, at_exit=False):
        yield thread.run(self.config.gil_overhead_ns)
        self.last_holder = thread
        yield from self.mutex.lock(thread)
        self.locked = False
        yield from self.cond.signal(thread)
        yield from self.mutex.unlock(thread)
        if self.drop_request and not at_exit:
            yield from self.switch_mutex.lock(thread)
            if self.last_holder is thread:
                self.drop_request = False
                yield from self.switch_cond.wait(thread, self.switch_mutex)
            yield from self.switch_mutex.unlock(thread)

    def check_point(self, thread):
        if self.drop_request:
            yield thread.run(self.drop_request_line.fetch(thread))
            yield from self.drop(thread)
            yield from self.take(thread)

    def bytecode(self, thread, work):
        while work > 0:
            yield from self.check_point(thread)
            yield thread.to_checkpoint(work, self.config.checkpoint_every_ns)
            work -= thread.total - thread.cut


# --- model/workload ---------------------------------------------------------------------------------------------------


class Program:
    """The benchmark's: a main thread starts the others and joins them; each of them sleeps, then computes."""

    def __init__(self, env, config):
        self.env = env
        self.config = config
        self.machine = Machine(env, config)
        self.gil = Gil(env, config)
        self.unfinished = config.threads
        self.all_ended = Semaphore(config)
        self.main_joins = False
        self.launch(None, self.main)

    def launch(self, creator, body, *arguments):
        thread = Thread(self.machine)
        self.machine.start_thread(thread, creator)
        self.env.process(self.live(thread, body, *arguments))

    def live(self, thread, body, *arguments):
        first_moment = Event(self.env)
        first_moment.callbacks = thread.waiting
        yield first_moment
        yield from self.gil.take(thread)
        yield from body(thread, *arguments)

    def main(self, thread):
        for _ in range(self.config.threads):
            yield thread.run(self.config.thread_create_ns)
            started = Semaphore(self.config)
            self.launch(thread, self.worker, started)
            if not started.try_wait():
                yield from self.gil.drop(thread)
                yield from started.wait(thread)
                yield from self.gil.take(thread)
            yield from self.gil.check_point(thread)
        self.main_joins = True
        yield from self.gil.drop(thread)
        yield from self.all_ended.wait(thread)
        yield from self.gil.take(thread)

    def worker(self, thread, started):
        config = self.config
        yield thread.run(config.thread_bootstrap_ns)
        yield from started.post(thread)
        yield from self.gil.drop(thread)
        yield from self.sleep(thread, config.sleep_ns)
        yield from self.gil.take(thread)
        yield from self.gil.check_point(thread)
        yield from self.gil.bytecode(thread, config.work_ns)
        yield thread.run(config.thread_exit_ns)
        yield from self.gil.drop(thread, at_exit=True)
        self.unfinished -= 1
        if self.unfinished == 0 and self.main_joins:
            yield from self.all_ended.post(thread)
        self.machine.end_thread(thread)

    def sleep(self, thread, span):
        config = self.config
        end = self.env.now + span
        yield thread.kernel(config.syscall_ns)
        nap = SimpleNamespace(asleep=False, expired=False)

        def expire():
            nap.expired = True
            if nap.asleep:
                self.machine.wake(thread, None)

        timer = SlackTimer(thread.last_core, end, config.timer_slack_ns, expire)
        yield thread.kernel(timer.arming)
        if not nap.expired:
            nap.asleep = True
            yield thread.block(config.syscall_ns)
        yield thread.user_mode()


def main():
    config = SimpleNamespace(**json.loads(sys.argv[1]))
    env = simpy.Environment(initial_time=0)
    program = Program(env, config)
    begin = time.process_time()
    env.run(until=config.limit_ns + 1)
    seconds = time.process_time() - begin
    print(json.dumps({"hand_offs": program.gil.hand_offs, "seconds": seconds}))


if __name__ == "__main__":
    main()
