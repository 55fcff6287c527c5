// The Python's half of a calibration as a configuration file.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "analysis/measure/gil_race.hpp"
#include "analysis/measure/profile.hpp"

namespace gilsim::analysis {
namespace {

// The cost of 1000 references, of which one was measured.
void thousand(Profile& profile, const char* key, const char* name, const char* what) {
    if (const Quantiles* q = profile.find(name))
        profile.value(
            key, calibrated(1000 * q->p50),
            fmt::format("references to {} taken and dropped by C code, 1000 of them; one: {}", what, spread(*q)));
}

// Starts of processes.
void processes(Profile& profile) {
    profile.median("fork", "fork", "Process.start() by fork");
    profile.median("fork_child", "fork_child", "from its return to the child's program");
    profile.median("spawn", "spawn", "Process.start() by spawn, without a main module");
    profile.median("spawn_child", "spawn_child", "from its return to the child's program");
    const Quantiles* launch = profile.find("forkserver_launch");
    const Quantiles* spawn = profile.find("spawn");
    if (launch != nullptr && spawn != nullptr)
        profile.value("forkserver_start", calibrated(std::max(0.0, launch->p50 - spawn->p50)),
                      fmt::format("what the first start() by forkserver takes longer than others {}, less `spawn`",
                                  calibrated(launch->p50)));
    profile.median("forkserver_request", "forkserver_request", "core time of the parent in start() by forkserver");
    profile.median("forkserver_fork", "forkserver_fork", "the rest of start(), on one CPU");
    profile.median("forkserver_child", "forkserver_child", "from the return of start() to the child's program");
    profile.median("process_exit", "fork_exit",
                   "from the end of a forked child's program to the end of its join(), less the parent's core time");
    profile.median("spawn_exit", "spawn_exit", "the same of a spawned child");
    profile.median("tracker_start", "tracker",
                   "core time of a process that has imported what the resource tracker needs");
    for (const std::string method : {"fork", "spawn", "forkserver"})
        if (const Quantiles* times = profile.find(method + "_shootdowns"))
            profile.value(
                method + "_shootdowns", fmt::format("{:.0f}", times->p50),
                fmt::format(
                    "how often a loop on another CPU that reads the clock is interrupted from such a child's start "
                    "to its end: 10 % to 90 % of {} samples {:.0f} to {:.0f}",
                    times->n, times->p10, times->p90));
    profile.median("process_join", "fork_join", "core time of the parent in join()");
    profile.median("subinterpreter_create", "subinterpreter_create", "create() of the module for sub-interpreters");
    profile.median("subinterpreter_destroy", "subinterpreter_destroy", "its destroy()");
}

// What a thread runs after a wait, cold, as so much warm code: by how much longer other code took after as long a
// sleep.
void evaluator(Profile& profile) {
    struct Cold {
        const char* evaluator;
        const char* first_run;
    };
    constexpr std::array<Cold, 2> kCold{{{"evaluator_5ms", "first_run_4ms"}, {"evaluator_20ms", "first_run_16ms"}}};
    const Quantiles* warm = profile.find("later_run");
    if (warm == nullptr) return;
    double median = 0;
    double tail = 0;
    std::string both;
    for (const Cold& c : kCold) {
        const Quantiles* took = profile.find(c.evaluator);
        const Quantiles* cold = profile.find(c.first_run);
        if (took == nullptr || cold == nullptr || cold->p50 <= 0) return;
        median += took->p50 * warm->p50 / cold->p50 / kCold.size();
        tail += took->p90 * warm->p50 / cold->p50 / kCold.size();
        both += (both.empty() ? "" : "; ") + spread(*took);
    }
    profile.value(
        "evaluator", calibrated_span(median, tail),
        fmt::format("log of this Python's calls: from having the GIL, after waits of 5 and 20 ms, to the next "
                    "sleep {}; by what other code took after sleeps of 4 and 16 ms, and warm",
                    both));
}

void pickling(Profile& profile) {
    profile.median("pickle", "pickle", "pickle.dumps and loads of a tuple, the mean of both");
    profile.median("pickle_mib", "pickle_mib", "the same of 1 MiB of bytes, less that");
    profile.median("shareable_mib", "shareable_mib", "1 MiB of bytes received from a channel between interpreters");
    if (profile.find("dumps") == nullptr) return;
    profile.line("pickling:");
    profile.median("  dumps", "dumps", "ForkingPickler.dumps(None); before 3.3 cPickle.dumps");
    profile.median("  loads", "loads", "its loads");
    profile.median("  object", "object", "a list of 100,000 ints, each");
    profile.median("  load_object", "load_object", "its loads");
    profile.median("  reference", "reference", "a function, less None");
    profile.median("  load_reference", "load_reference", "its loads");
    profile.median("  instance", "instance", "an object with four attributes, one a function, less the function");
    profile.median("  load_instance", "load_instance", "its loads");
}

// A Connection's code: what is left of its calls without those of the system, during which they do without the GIL.
void connection(Profile& profile, const Profile& machine) {
    const Quantiles* both = machine.find("pipe_byte");
    const Quantiles* gil = profile.find("gil");
    if (both == nullptr || gil == nullptr) return;
    const auto code = [&](const char* name, const char* call, int calls) {
        if (const Quantiles* q = profile.find(name))
            profile.value(
                name, calibrated(std::max(0.0, q->p50 - calls * (both->p50 / 2 + gil->p50))),
                fmt::format("{} of 100 bytes through a pipe, less {} and as often the GIL released and taken: {}", call,
                            calls == 1 ? "its system call" : "its two system calls", spread(*q)));
    };
    code("connection_send", "Connection.send_bytes()", 1);
    code("connection_receive", "Connection.recv_bytes()", 2);
}

// What runs first after a fork.
void forked(Profile& profile, const Profile& machine) {
    if (profile.find("forked_calls") == nullptr) return;
    profile.line("  forked:");
    profile.number(
        "    calls", "forked_calls",
        "page faults of calls of the library's, the first time after os.fork() less the second, by 100 calls "
        "of functions in Python; the mean of child and parent");
    profile.number("    dumps", "forked_dumps", "the same of ForkingPickler.dumps(None), after these");
    profile.number("    loads", "forked_loads", "its loads, then");
    profile.number("    thread", "forked_thread", "start and join of a thread, then");
    const Quantiles* copy = machine.find("page_copy");
    const Quantiles* inherited = machine.find("page_inherited");
    if (const Quantiles* page = profile.find("forked_page"); copy != nullptr && inherited != nullptr)
        profile.value("    reads", calibrated(std::max(0.0, page->p50 - copy->p50 - inherited->p50)),
                      "how much longer they took than the second time, in the child, by those faults: " +
                          spread(*page) + ", less `copy` and `inherited_page`");
}

void memory(Profile& profile, const Calibration& calibration) {
    const Profile machine(calibration.machine);
    if (profile.find("free") == nullptr) return;
    profile.line("memory:");
    profile.median("  make", "make", "a comprehension of lists of one number, less their three blocks");
    profile.median("  remake", "remake", "lists of one number made and dropped one by one, less their three blocks");
    profile.median("  allocate", "free", "taken to be as dear as freeing a block");
    profile.median("  free", "free", "dropping a list of lists of one number, a third of each");
    profile.median("  walk", "walk", "a loop over lists of one number, in cache");
    if (const Quantiles* q = profile.find("fault"), *touch = machine.find("page_touch");
        q != nullptr && touch != nullptr) {
        const Quantiles* cold = machine.find("page_cold");
        profile.value(
            "  after_fault", calibrated(std::max(0.0, q->p50 - std::max(touch->p50, cold != nullptr ? cold->p50 : 0))),
            "300,000 lists of one number made in new memory, less made in cache, a page fault: " + spread(*q) +
                ", less first_touch and cold_frame");
    }
    const bool c_library = !calibration.python.free_threaded;  // otherwise mimalloc serves big blocks, too
    if (const Quantiles* q = machine.find("malloc"); q != nullptr && c_library)
        profile.value("  allocate_big", calibrated(q->p50), "gilsim-probe: malloc of 600 to 4000 bytes: " + spread(*q));
    if (const Quantiles* q = machine.find("free"); q != nullptr && c_library)
        profile.value("  free_big", calibrated(q->p50), "gilsim-probe: free of them in another order: " + spread(*q));
    profile.number("  start_objects", "heap_objects",
                   "len(gc.get_objects()) with threading and multiprocessing imported");
    profile.bytes("  start_object_size", "object_size", "sys.getsizeof() of them, mean");
    profile.bytes("  start_memory", "private", "the same interpreter's private memory (smaps_rollup)");
    profile.bytes("  start_shared", "shared", "the rest of its resident memory: code and libraries");
    profile.bytes("  start_room", "room", "pools that nobody uses in its arenas (sys._debugmallocstats)");
    profile.bytes("  fork_touched", "fork_touched", "private memory of a child right after os.fork()");
    forked(profile, machine);
    if (profile.find("collect_object") == nullptr) return;
    profile.line("  gc:");
    if (calibration.settings.contains("thresholds")) {
        const nlohmann::json& thresholds = calibration.settings["thresholds"];
        profile.value("    thresholds", thresholds.dump(), "gc.get_threshold()");
        if (calibration.python.minor == "3.14" && !calibration.python.free_threaded)
            profile.value("    collector", thresholds.back() == 0 ? "incremental" : "generational",
                          "by its third threshold, which the incremental one has no use for (Python/gc.c)");
    }
    profile.median("    start", "collect_nothing", "gc.collect(0) right after a collection");
    profile.median("    collected", "collected",
                   "gc.collect() with 20,000 lists that refer to themselves, less one in which they live, less their "
                   "blocks; a list");
    const Quantiles* object = profile.find("collect_object");
    const Quantiles* reference = profile.find("collect_reference");
    const double each = reference != nullptr ? reference->p50 : 0;
    profile.value(
        "    object", calibrated(std::max(0.0, object->p50 - each)),
        "gc.collect() with lists of one number more, in cache, a list, less its reference: " + spread(*object));
    profile.value("    reference", calibrated(each),
                  reference != nullptr
                      ? "gc.collect() with 20,000 lists of 32 places instead of one, a place: " + spread(*reference)
                      : "in the cost of the object");
    profile.median("    start_object", "collect_start", "gc.collect() at the start, per object");
}

}  // namespace

std::string interpreter_yaml(const Calibration& calibration, const std::string& base) {
    const PythonFacts& python = calibration.python;
    const nlohmann::json& settings = calibration.settings;
    Profile profile(calibration.interpreter);
    profile.line("# Written by gilsim calibrate. Times: medians, measured alone and pinned to one CPU.");
    profile.disturbed(calibration);
    profile.line("about: " + quoted(python.about));
    if (!base.empty()) profile.line("base: " + base);
    profile.value("version", quoted(python.full_version()), "platform.python_version()");
    const bool ticks = python.version.starts_with("2.");
    profile.value("gil", python.free_threaded ? "free_threaded" : ticks ? "tick" : "timed", "by version and build");
    if (version_at_least(python.minor, 3, 13) && !python.free_threaded)
        profile.value("drop_request", "thread", "by version (Python/ceval_gil.c)");
    if (version_at_least(python.minor, 3, 12)) profile.value("own_gil", "true", "by version (PEP 684)");
    if (settings.contains("switch_interval"))
        profile.value("switch_interval", calibrated(settings["switch_interval"].get<double>() * 1e9),
                      "sys.getswitchinterval()");
    if (settings.contains("check_interval"))
        profile.value("check_interval", std::to_string(settings["check_interval"].get<int>()),
                      "sys.getcheckinterval()");
    if (const Quantiles* q = profile.find("turn")) {
        profile.value("checkpoint_every", calibrated(std::max(1.0, q->p10)),
                      "a turn of a loop of float arithmetic, whose backward jump is the check point, at times all over "
                      "the calibration, 10th percentile: " +
                          spread(*q));
        profile.value("pace", fmt::format("{:.0f}", 1e6 / q->p10),
                      "such turns in a millisecond; what took longer while turns did is corrected by it");
    }
    if (const Quantiles* q = profile.find("gil"))
        profile.value(
            "gil_overhead", calibrated(q->p50 / 2),
            "half of a C call that releases and takes the GIL, less the same call that does not: " + spread(*q));
    if (const std::optional<GilRace> race = gil_race(calibration))
        profile.value(
            "request_overhead", calibrated_span(race->holder, race->holder_tail),
            "log of this Python's calls: from the time-out of a wait for the GIL of 0.1 ms until its holder locks its "
            "mutex: " +
                spread(calibration.interpreter.at("holder_100us")) +
                ", less fetching the request, half a turn, and drop_gil's own cost");
    evaluator(profile);
    profile.median("lock_call", "lock_call", "acquire() and release() of a lock that nobody else wants, halved");
    profile.median(
        "library_call", "library_call",
        "put() and get() of a queue that nobody else uses, less 9 calls of C methods, by their 13 Python functions");
    connection(profile, Profile(calibration.machine));
    profile.median("future_submit", "future_submit",
                   "ThreadPoolExecutor.submit(), 200 times while its thread is busy, each");
    profile.median("future_run", "future_run", "its thread, from one of these calls of nothing to the next");
    thousand(profile, "refcount", "refcount", "an object of the thread's own");
    if (python.free_threaded) thousand(profile, "refcount_shared", "refcount_shared", "an object of another thread");
    thousand(profile, "refcount_uncounted", "refcount_uncounted", "None");
    profile.median("thread_create", "thread_create", "CPU time of Thread.start() in the parent");
    profile.median("thread_bootstrap", "thread_bootstrap", "CPU time of a thread before its program");
    profile.median("thread_exit", "thread_exit", "the rest of the CPU time of start() and join()");
    if (settings.contains("start_method"))
        profile.value("start_method", settings["start_method"].get<std::string>(),
                      "multiprocessing.get_start_method()");
    processes(profile);
    pickling(profile);
    memory(profile, calibration);
    return profile.text();
}

}  // namespace gilsim::analysis
