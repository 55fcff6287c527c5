"""Reports in a real browser: they load without errors or a network, show the figures of summary.json, and can be zoomed.

    browser_test.py GILSIM                         runs the tests; exit status 77: there is no Chromium
    browser_test.py --screenshot PNG REPORT HEIGHT FROM TO   takes a picture of the top of a report, its timeline zoomed (ns)
"""

import json
import os
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import chromium  # noqa: E402

SCENARIO = """
gilsim: 1
title: Why is the echo server slow <b>while</b> one thread crunches numbers?
machine: laptop-2
interpreter: cpython-3.11
parameters: {requests: 40}
programs:
  crunch: [{compute: {work: 400ms, label: crunch}}]
  serve:
    - repeat:
        times: "${requests}"
        do: [{request: {name: echo, do: [{io: {time: 2ms, label: recv}}, {compute: {work: 100us, label: answer}}]}}]
variants:
  alone: {threads: {server: {run: serve}}}
  convoy: {threads: {server: {run: serve}, cruncher: {run: crunch}}}
"""

HEAP = """
gilsim: 1
machine: laptop-2
interpreter: cpython-3.11
programs: {fill: [{allocate: {objects: 400000, size: 40B, values: [28B], into: kept}}]}
threads: {main: fill}
"""

SWEEP = """
gilsim: 1
title: How far do processes scale?
machine: {base: laptop-2, cores: 8}
interpreter: cpython-3.11
parameters: {workers: 1, work: 40ms}
programs: {work: [{compute: "${work / workers}"}]}
variants:
  processes: {processes: {worker: {count: "${workers}", run: work}}}
  threads: {threads: {worker: {count: "${workers}", run: work}}}
sweep: {grid: {workers: [1, 2, 4, 6, 8]}, repeat: 2}
"""

RECORD = {
    "record": 1, "name": "one <b>thread</b>", "about": "A computation, alone.",
    "where": {"machine": "a machine", "kernel": "Linux 6.1", "c_library": "glibc 2.36", "python": "CPython 3.11"},
    "scenario": {"text": "gilsim: 1\nmachine: laptop-2\ninterpreter: cpython-3.11\nparameters: {work: 1s}\n"
                         "programs: {p: [{compute: '${work}'}]}\nthreads: {main: p}\n"},
    "inputs": {"alone": {"unit": "s", "about": "the work alone"}}, "set": {"parameters.work": "alone"},
    "figures": {"end": "makespan_ns"},
    "outputs": {"wall": {"unit": "s", "kind": "makespan", "predicted_by": "end"},
                "rate": {"unit": "per_s", "kind": "throughput", "predicted_by": "1 / end"}},
    "cells": [
        {"name": "as predicted", "given": {"cpus": 1},
         "repetitions": [{"inputs": {"alone": 0.1}, "outputs": {"wall": 0.1 * f, "rate": 10 / f}} for f in (0.97, 1.0, 1.04)]},
        {"name": "thrice as long", "repetitions": [{"inputs": {"alone": 0.1}, "outputs": {"wall": 0.3 * f}} for f in (0.97, 1, 1.04)]}],
}

failures = []


def check(what, condition, details=""):
    print(("ok      " if condition else "FAILED  ") + what + (f": {details}" if details and not condition else ""))
    if not condition:
        failures.append(what)


def value_at(summary, path):
    """The value of `variants.NAME.requests.KIND.latency.p50_ns` in a summary."""
    here = summary
    for key in path.split("."):
        here = next(e for e in here if e["name"] == key) if isinstance(here, list) else here[key]
    return here


def quiet(page, what):
    check(f"{what}: no errors on the console", not page.errors, page.errors[:3])
    foreign = [u for u in page.fetched if not u.startswith(("file:", "data:", "about:"))]
    check(f"{what}: nothing is fetched from a network", not foreign, foreign[:3])
    page.errors.clear()


def run_report(page, folder, file):
    page.open(file)
    check("a run: the page is complete", page.js("window.gilsim && window.gilsim.ready") is True)
    check("a run: its title is text", page.js("document.querySelector('h1').textContent").find("<b>while</b>") > 0)
    with open(os.path.join(folder, "summary.json")) as f:
        summary = json.load(f)
    shown = page.js("[...document.querySelectorAll('[data-figure]')].map(e => [e.dataset.figure, e.dataset.value, e.textContent])")
    check("a run: its table has figures", len(shown) >= 8, len(shown))
    for path, value, _ in shown:
        check(f"a run: {path} is that of summary.json", str(value_at(summary, path)) == value, value)
    spans = [(int(v), t) for p, v, t in shown if p.endswith("_ns")]
    told = page.js(f"{json.dumps([v for v, _ in spans])}.map(window.gilsim.duration)")
    check("a run: figures are shown with units", all(t == text for t, (_, text) in zip(told, spans)), told)
    check("a run: all of the summary is in the page", page.js("JSON.stringify(window.gilsim.data.summary)") ==
          json.dumps(summary, separators=(",", ":"), ensure_ascii=False))
    check("a run: the convoy is found, with a simulated cure", page.js(
        "document.querySelector('[data-finding=convoy] .trial.up b').textContent").startswith("×"))


def timeline(page):
    domain = lambda: page.js("window.gilsim.timeline.domain")  # noqa: E731
    page.js("window.gilsim.timeline.canvas.scrollIntoView({block: 'center'}), window.gilsim.timeline.canvas.focus()")
    all_of_it = domain()
    colors = page.js("""(() => {
        const t = window.gilsim.timeline, d = t.context.getImageData(0, 0, t.canvas.width, t.canvas.height).data, seen = new Set();
        for (let i = 0; i < d.length; i += 4) seen.add(d[i] << 16 | d[i + 1] << 8 | d[i + 2]);
        return seen.size; })()""")
    check("timeline: it is drawn", colors > 10, colors)
    page.press("+")
    nearer = domain()
    check("timeline: + zooms in", 0 < nearer[1] - nearer[0] < 0.8 * (all_of_it[1] - all_of_it[0]), nearer)
    page.press("ArrowRight")
    moved = domain()
    check("timeline: an arrow moves", moved[0] > nearer[0], moved)
    page.press("0")
    check("timeline: 0 shows all", abs(domain()[1] - all_of_it[1]) < 2 and abs(domain()[0]) < 2, domain())
    box = page.js("(b => [b.left + b.width / 2, b.top + b.height / 2])(window.gilsim.timeline.canvas.getBoundingClientRect())")
    page.wheel(*box, -400)
    wheeled = domain()
    check("timeline: the wheel zooms", wheeled[1] - wheeled[0] < 0.9 * (all_of_it[1] - all_of_it[0]), wheeled)
    page.press("0")
    page.js("document.querySelector('ol.waits button').click()")
    page.settle()
    wait = page.js("window.gilsim.data.runs.find(r => r.variant === 'convoy').waits.worst[0]")
    at = domain()
    check("timeline: a wait is shown on demand", at[0] < wait["begin_ns"] and wait["begin_ns"] + wait["ns"] < at[1], at)
    page.js("document.querySelector('#tabs button').click()")
    page.settle()
    check("timeline: another variant is shown", page.js("window.gilsim.timeline.run.variant") == "alone")
    page.js("document.querySelector('header button').click()")
    page.settle()
    page.js("document.querySelector('header button').click()")
    page.call("Emulation.setEmulatedMedia", media="print")
    page.settle()
    page.call("Emulation.setEmulatedMedia", media="")


def million(page):
    """A timeline of a million slices: what a frame takes is printed; only what is out of all proportion fails, as machines differ."""
    frames = page.js("""(() => {
        const bytes = [], put = n => { for (; n >= 128; n = Math.floor(n / 128)) bytes.push(n % 128 + 128); bytes.push(n); };
        const lanes = 20, each = 50000;
        for (let l = 0; l < lanes; ++l) { put(each); for (let i = 0; i < each; ++i) { put(1000 + i * 7919 % 977); put(1 + (i + l) % 7); } }
        let text = ''; for (let i = 0; i < bytes.length; i += 8192) text += String.fromCharCode(...bytes.slice(i, i + 8192));
        const run = {makespan_ns: each * 2000, timeline: {packed: btoa(text), threads: [], grain_ns: 0,
            lanes: Array.from({length: lanes}, (_, i) => ({kind: 'thread', name: 't' + i}))}};
        const place = d3.select('body').append('div'), t = new Timeline(place, run), times = [];
        for (let k = 0; k < 12; ++k) {
            t.domain = [t.end * k / 40, t.end * (1 - k / 14)];
            const begin = performance.now(); t.draw(); t.context.getImageData(0, 0, 1, 1); times.push(performance.now() - begin);
        }
        place.remove();
        return times; })()""")
    mean = sum(frames) / len(frames)
    print(f"        a frame of a million slices takes {mean:.0f} ms on average, {max(frames):.0f} ms at most")
    check("timeline: a million slices stay fluid", mean < 5000, frames)


def sweep_report(page, file):
    page.open(file)
    check("a sweep: the page is complete", page.js("window.gilsim && window.gilsim.ready") is True)
    check("a sweep: a curve per variant", page.js("document.querySelectorAll('.sweep .curve').length") >= 2)
    check("a sweep: a speed-up with a fit", page.js("document.querySelectorAll('.sweep .fit').length") >= 1)
    quiet(page, "a sweep")


def memory_report(page, file):
    page.open(file)
    check("memory: a curve for the process and the machine", page.js("document.querySelectorAll('#memory path[stroke-width]').length") == 3)
    check("memory: the longest collection is told", page.js("document.querySelector('#memory ol.waits li').textContent").startswith(
        "main, generation 2: "))
    check("memory: each state has a colour of its own",
          page.js("window.gilsim.data.states.every(s => getComputedStyle(document.documentElement).getPropertyValue('--' + s.name))"))
    check("memory: collections are a finding", page.js("document.querySelector('[data-finding=collector] .trial.up b') !== null"))
    quiet(page, "memory")


def record_report(page, file):
    page.open(file)
    check("a record: the page is complete", page.js("window.gilsim && window.gilsim.ready") is True)
    check("a record: its name is text", page.js("document.querySelector('#accuracy h3').textContent") == "one <b>thread</b>")
    check("a record: its verdict is told", page.js("document.querySelector('#accuracy .verdict').textContent").startswith("2 makespan (median "))
    rows = page.js("[...document.querySelectorAll('#accuracy .comparisons tr')].slice(1).map(r => [...r.querySelectorAll('td')].map(c => c.textContent))")
    check("a record: a row for each figure", [r[:3] for r in rows] == [
        ["as predicted", "wall", "100.0 ms"], ["as predicted", "rate", "10 /s"], ["thrice as long", "wall", "300.0 ms"]], rows)
    check("a record: interval, prediction and errors", rows[2][3:7] == ["291.0 ms to 312.0 ms", "100.0 ms", "64 %", "67 %"]
          and rows[0][5] == "0 %", rows)
    marks = page.js("[...document.querySelectorAll('#accuracy .comparisons circle')].map(c => [c.getAttribute('class'), Number(c.getAttribute('cx'))])")
    check("a record: what is inside of the interval differs from what is not", [m[0] for m in marks] == ["inside", "inside", "outside"], marks)
    check("a record: the marks lie where the ratios say", abs(marks[0][1] - marks[1][1]) < 1 < marks[2][1] - marks[0][1], marks)
    inputs = page.js("[...document.querySelectorAll('#accuracy .inputs tr')].slice(1).map(r => [...r.querySelectorAll('td')].map(c => c.textContent))")
    check("a record: its inputs with units", inputs[0][:3] == ["as predicted (3 repetitions, 3 quiet)", "cpus", "1"]
          and inputs[1][1:] == ["alone", "100.0 ms", "", "the work alone"], inputs)
    check("a record: where it was measured", page.js("document.querySelector('#accuracy .where').textContent").startswith(
        "Measured on a machine; Linux 6.1; glibc 2.36; CPython 3.11."))
    check("a record: the summary by kind", page.js("document.querySelectorAll('#kinds tr').length") == 3)
    page.js("document.querySelector('header button').click()")
    quiet(page, "a record")


def main():
    if len(sys.argv) > 2 and sys.argv[1] == "--screenshot":
        page = chromium.Page()
        page.open(sys.argv[3])
        page.js(f"window.gilsim.timeline.show({sys.argv[5]}, {sys.argv[6]})")
        page.settle()
        page.screenshot(sys.argv[2], height=int(sys.argv[4]))
        page.close()
        return 0
    if chromium.find() is None:
        print("there is no Chromium here: apt-get install chromium")
        return 77
    gilsim = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        def run(*words):
            subprocess.run([gilsim, *words], check=True, stdout=subprocess.DEVNULL, cwd=folder)

        for name, text in (("convoy.yaml", SCENARIO), ("scale.yaml", SWEEP), ("heap.yaml", HEAP)):
            with open(os.path.join(folder, name), "w") as f:
                f.write(text)
        run("run", "convoy.yaml", "--trace", "full", "-o", "out")
        run("report", "out", "-o", "run.html")
        run("run", "heap.yaml", "--trace", "full", "-o", "heap")
        run("report", "heap", "-o", "heap.html")
        run("sweep", "scale.yaml", "-o", "scale.sqlite")
        run("report", "scale.sqlite", "-o", "sweep.html")
        with open(os.path.join(folder, "record.json"), "w") as f:
            json.dump(RECORD, f)
        run("report", "record.json", "-o", "record.html")
        page = chromium.Page()
        try:
            run_report(page, os.path.join(folder, "out"), os.path.join(folder, "run.html"))
            timeline(page)
            quiet(page, "a run")
            million(page)
            memory_report(page, os.path.join(folder, "heap.html"))
            sweep_report(page, os.path.join(folder, "sweep.html"))
            record_report(page, os.path.join(folder, "record.html"))
        finally:
            page.close()
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
