"""A thread that waits for the GIL again and again, and one that holds it: what calibrate_gil.py has logged.

    python gil_race.py INTERVAL ROUNDS HOLDER_CPU ASKER_CPU
"""
import os
import sys
import threading
import time

INTERVAL, ROUNDS, HOLDER_CPU, ASKER_CPU = float(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4])
ended = []


def hold():
    os.sched_setaffinity(0, [HOLDER_CPU])
    while not ended:
        pass


def ask():
    os.sched_setaffinity(0, [ASKER_CPU])
    for _ in range(ROUNDS):
        time.sleep(INTERVAL / 2)
    ended.append(True)


sys.setswitchinterval(INTERVAL)
both = [threading.Thread(target=part) for part in (hold, ask)]
for thread in both:
    thread.start()
for thread in both:
    thread.join()
