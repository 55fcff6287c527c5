"""What logs of pthread_log.c say of CPython's GIL (3.2 and later): what its steps take, and who gets it.

    python3 tests/truth/pthread_log.py LOG...

All times in us. An asker is a thread whose timed wait for the GIL has timed out; the holder's next signal answers it.
"""
import collections
import sys


def quantiles(values):
    values = sorted(values)
    if not values:
        return "none"
    return "%6d: " % len(values) + "  ".join("%8.2f" % values[int(len(values) * q)] for q in (0.1, 0.25, 0.5, 0.75, 0.9))


def events(name):
    lines = [line.split() for line in open(name)]
    lines = sorted((float(a), b, c, int(d), e) for a, b, c, d, e in (line for line in lines if len(line) == 5))
    gil = collections.Counter(line[4] for line in lines if line[1] == "t").most_common(1)[0][0]
    taken = collections.Counter(line[4] for line in lines if line[1] == "s" and line[4] != gil).most_common(1)[0][0]
    names = {("t", gil): "waits", ("O", gil): "timed out", ("T", gil): "woken", ("s", gil): "drops", ("S", gil): "dropped",
             ("s", taken): "takes", ("w", taken): "forced wait", ("W", taken): "forced wait over"}
    for time, call, thread, core, what in lines:
        if (call, what) in names:
            yield time, names[call, what], thread, core


def main(logs):
    steps = collections.defaultdict(list)
    outcome = collections.defaultdict(lambda: [0, 0])
    for log in logs:
        last, waiting, asker, answer = {}, set(), None, None
        for time, what, thread, core in events(log):
            before, step = last.get(thread, (time, None))
            if what == "waits":
                waiting.add(thread)
                if step == "timed out":
                    steps["from a time-out to the next wait"].append(time - before)
                    asker = (thread, before, time, core)
            elif what == "drops" and asker and thread != asker[0]:
                steps["from a time-out to the holder's signal"].append(time - asker[1])
                if len(waiting) > 1 and core != asker[3]:
                    answer = (asker[0], time - asker[2])
                asker = None
            elif what == "dropped" and step == "drops":
                steps["a signal"].append(time - before)
            elif what == "forced wait":
                steps["from the signal to the forced wait"].append(time - before)
            elif what == "forced wait over":
                steps["a forced wait"].append(time - before)
            elif what == "takes":
                waiting.discard(thread)
                if answer:
                    outcome[min(round(answer[1], 1), 2.0)][thread != answer[0]] += 1
                    answer = None
            last[thread] = (time, what)
    print("%-42s number      10 %%      25 %%      50 %%      75 %%      90 %%" % "")
    for step, values in steps.items():
        print("%-42s %s" % (step, quantiles(values)))
    if outcome:
        print("\nWith several waiting, the asker on another core than the holder: who gets the GIL, by the time from the asker's "
              "next wait to the signal")
        for time in sorted(outcome):
            asker, other = outcome[time]
            print("%s%.1f  asker %5d, other %5d" % (">=" if time == 2 else "  ", time, asker, other))
        asker, other = (sum(one[i] for one in outcome.values()) for i in (0, 1))
        print("asker: %.0f %%" % (100.0 * asker / (asker + other)))


if __name__ == "__main__":
    main(sys.argv[1:])
