// Calibrations as configuration files.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "analysis/measure/calibrate.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::analysis {
namespace {

// Three digits: no measurement here is better.
Nanoseconds whole(double nanoseconds) {
    Nanoseconds unit = 1;
    while (nanoseconds >= 1000 * static_cast<double>(unit)) unit *= 10;
    return std::max<Nanoseconds>(0, std::llround(nanoseconds / static_cast<double>(unit))) * unit;
}
std::string duration(double nanoseconds) {
    return scenario::format_duration(whole(nanoseconds));
}
// A random duration around the samples: their median, and their 90th percentile for the tail, because the 99th of a few
// hundred samples is what the rest of the machine did.
std::string span(double median, double tail) {
    const Nanoseconds least = std::max<Nanoseconds>(1, whole(median));
    return fmt::format("{{lognormal: {{median: {}, p99: {}}}}}", scenario::format_duration(least),
                       scenario::format_duration(std::max(least + 1, whole(tail))));
}
// A text of YAML, whatever is in it.
std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump();
}
std::string spread(const Quantiles& q) {
    return fmt::format("{}, 10 % to 90 % of {} samples {} to {}", duration(q.p50), q.n, duration(q.p10),
                       duration(q.p90));
}

/// A file being written, line by line.
class Profile {
public:
    explicit Profile(const Costs& costs) : costs_(costs) {}

    [[nodiscard]] const Quantiles* find(const char* name) const {
        const auto found = costs_.find(name);
        return found == costs_.end() ? nullptr : &found->second;
    }
    void line(const std::string& text) { text_ += text + "\n"; }
    void value(const std::string& key, const std::string& value, const std::string& source) {
        line(fmt::format("{}: {{value: {}, source: {}}}", key, value, quoted(source)));
    }
    /// The median of one cost, if it was measured.
    void median(const std::string& key, const char* name, const std::string& how) {
        if (const Quantiles* q = find(name)) value(key, duration(q->p50), fmt::format("{}: {}", how, spread(*q)));
    }
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    const Costs& costs_;
    std::string text_;
};

void disturbed(Profile& profile, const Calibration& calibration) {
    if (!calibration.quiet())
        profile.line(fmt::format("# The machine was not quiet: others used {:.0f} % of its CPU time. Calibrate again.",
                                 calibration.foreign * 100));
}

bool at_least(const std::string& version, int major, int minor) {
    int a = 0, b = 0;
    if (std::sscanf(version.c_str(), "%d.%d", &a, &b) != 2) return false;
    return a > major || (a == major && b >= minor);
}

// The version in `Linux 6.1.0 x86_64`, `glibc 2.36`.
std::string second_word(const std::string& text) {
    const auto space = text.find(' ');
    return space == std::string::npos ? "" : text.substr(space + 1);
}

// How late a thread runs after it is woken on an idle core, by how long that core has been idle: timers without slack.
void idle_states(Profile& profile) {
    struct State {
        const char* probe;
        const char* after;  // the geometric mean of its sleep and the one before
        const char* sleep;
    };
    constexpr std::array<State, 4> kStates{{{"late_100us", "0us", "0.1 ms"},
                                            {"late_1ms", "300us", "1 ms"},
                                            {"late_4ms", "2ms", "4 ms"},
                                            {"late_16ms", "8ms", "16 ms"}}};
    if (profile.find(kStates[0].probe) == nullptr) return;
    profile.line("  idle_states:");
    for (const State& state : kStates) {
        const Quantiles* q = profile.find(state.probe);
        if (q == nullptr) continue;
        profile.value("    - after", state.after, "geometric mean of the sleeps measured");
        profile.value("      wake", span(q->p50, q->p90),
                      fmt::format("gilsim-probe: a timer without slack after {} of idleness is late by {}", state.sleep,
                                  spread(*q)));
    }
}

void switches(Profile& profile) {
    const Quantiles* alone = profile.find("yield_alone");
    const Quantiles* shared = profile.find("yield_shared");
    const Quantiles* trip = profile.find("ping_pong_same");
    if (alone == nullptr || shared == nullptr || trip == nullptr) return;
    const double context = std::max(100.0, shared->p50 / 2 - alone->p50);
    const double futex = std::max(100.0, trip->p50 / 2 - context);
    profile.value("  context_switch", duration(context),
                  fmt::format("gilsim-probe: sched_yield to another thread and back {}, alone {}", spread(*shared),
                              spread(*alone)));
    const std::string how =
        fmt::format("gilsim-probe: futex ping-pong on one core {}: two wakes, waits and switches; 4 of 9 of the rest",
                    spread(*trip));
    profile.value("  futex_wait", duration(futex * 4 / 9), how);
    profile.value("  futex_wake", duration(futex * 5 / 9), "the same; 5 of 9 of it");
}

void scheduler(Profile& profile, const Host& host) {
    const std::string kernel = second_word(host.kernel);
    profile.line("scheduler:");
    profile.value("  policy", at_least(kernel, 6, 6) ? "eevdf" : "cfs", host.kernel + "; EEVDF from 6.6 on");
    if (const Quantiles* tick = profile.find("tick"))
        profile.value("  tick", duration(tick->p50), "resolution of CLOCK_MONOTONIC_COARSE, which ticks advance");
    if (const Quantiles* busy = profile.find("pack_below"))
        // Others who happen to wait there drive it away earlier: the greatest samples tell.
        profile.value(
            "  pack_below", fmt::format("{:.0f}", busy->p90),
            fmt::format(
                "gilsim-probe: how busy, in percent, a core was when a thread woken there went to the idle one: "
                "10 %, 50 %, 90 % of {} samples {:.0f}, {:.0f}, {:.0f}; the last",
                busy->n, busy->p10, busy->p50, busy->p90));
}

// What a timer costs the thread that arms it.
void timer_set(Profile& profile) {
    const Quantiles* timed = profile.find("nap_timed");
    const Quantiles* woken = profile.find("nap_woken");
    if (timed == nullptr || woken == nullptr) return;
    profile.value(
        "  timer_set", duration(std::max(50.0, timed->p50 - woken->p50)),
        fmt::format("gilsim-probe: core time of a sleep of 1 ms that a timer ends {}, that another thread ends {}",
                    spread(*timed), spread(*woken)));
}

// What telling another core costs, beside the call.
void send_interrupt(Profile& profile) {
    const Quantiles* call = profile.find("wake_call");
    const Quantiles* trip = profile.find("ping_pong_same");
    if (call == nullptr || trip == nullptr) return;
    const double wake = trip->p50 / 2 * 5 / 9;
    const double least = std::max(0.0, call->p50 - wake);
    profile.value("  send_interrupt", span(least, std::max(least, call->p90 - wake)),
                  fmt::format("gilsim-probe: a futex wake of a thread on an idle core {}, less {} for the call",
                              spread(*call), duration(wake)));
}

// The cost of 1000 references, of which one was measured.
void thousand(Profile& profile, const char* key, const char* name, const char* what) {
    if (const Quantiles* q = profile.find(name))
        profile.value(
            key, duration(1000 * q->p50),
            fmt::format("references to {} taken and dropped by C code, 1000 of them; one: {}", what, spread(*q)));
}

void memory(Profile& profile) {
    if (profile.find("free") == nullptr) return;
    profile.line("memory:");
    profile.median("  make", "make", "lists of one number made and dropped, less their three blocks");
    profile.median("  allocate", "free", "taken to be as dear as freeing a block");
    profile.median("  free", "free", "dropping a list of lists of one number, a third of each");
    profile.median("  walk", "walk", "a loop over lists of one number, in cache");
    if (const Quantiles* q = profile.find("heap_objects"))
        profile.value("  start_objects", fmt::format("{:.0f}", q->p50 / 1e9), "len(gc.get_objects())");
    if (profile.find("collect_object") == nullptr) return;
    profile.line("  gc:");
    profile.median("    object", "collect_object", "gc.collect() with 100,000 lists of one number more, a list");
    profile.value("    reference", "0ns", "in the cost of the object");
    profile.median("    start_object", "collect_start", "gc.collect() at the start, per object");
}

// What the kernel does with pages.
void paging(Profile& profile) {
    if (const Quantiles* q = profile.find("cache"); q != nullptr && q->p50 > 0)
        profile.line(fmt::format("cache:\n  size: {{value: {}KiB, source: sysconf(_SC_LEVEL3_CACHE_SIZE)}}",
                                 static_cast<std::int64_t>(q->p50) >> 10));
    if (profile.find("page_touch") == nullptr) return;
    profile.line("paging:");
    profile.median("  first_touch", "page_touch", "gilsim-probe: first write to a page of a mapping");
    profile.median("  copy", "page_copy", "gilsim-probe: write to a page shared since a fork");
    profile.median("  reuse", "page_reuse", "gilsim-probe: write to a page that was shared, and is no longer");
    profile.median("  fork_page", "page_fork", "gilsim-probe: fork() with 64 MiB more");
    profile.median("  release_page", "page_release", "gilsim-probe: munmap");
}

}  // namespace

std::string machine_yaml(const Calibration& calibration) {
    const Host& host = calibration.host;
    Profile profile(calibration.machine);
    profile.line("# Written by gilsim calibrate. gilsim-probe: medians of samples taken with nothing else to do.");
    disturbed(profile, calibration);
    profile.line("about: " + quoted(machine_text(host) + ", " + host.kernel));
    profile.value("cores", std::to_string(host.cores), "CPUs online");
    profile.value("memory", fmt::format("{}MiB", host.memory >> 20), "sysconf(_SC_PHYS_PAGES)");
    paging(profile);
    scheduler(profile, host);
    if (!calibration.machine.empty()) profile.line("costs:");
    switches(profile);
    idle_states(profile);
    if (const Quantiles* q = profile.find("wake_busy"))
        profile.value("  wake_busy", span(q->p50, q->p90),
                      "gilsim-probe: futex wake of a thread on a core where another computes: " + spread(*q));
    if (const Quantiles* q = profile.find("late_busy"); q != nullptr && q->p10 < 200e3)
        profile.value(
            "  timer_interrupt", span(q->p10, std::min(q->p50, 4 * q->p10)),
            "gilsim-probe: lateness of a timer without slack beside a thread that computes, its least tenth: " +
                spread(*q));
    profile.median("  timer_slack", "timer_slack", "prctl(PR_GET_TIMERSLACK)");
    profile.median("  syscall", "syscall", "gilsim-probe: getppid");
    timer_set(profile);
    send_interrupt(profile);
    if (const Quantiles* q = profile.find("cache_line")) {
        profile.value("  cache_transfer", span(q->p50, std::max(q->p90, 2 * q->p50)),
                      "gilsim-probe: half of a round trip of an atomic between two cores: " + spread(*q));
        profile.value("  migration", duration(20 * q->p50), "assumed: two dozen cache lines to be fetched");
    }
    profile.value("condvar", at_least(second_word(calibration.python.c_library), 2, 41) ? "glibc-2.41" : "glibc-2.25",
                  calibration.python.c_library.empty() ? "assumed" : calibration.python.c_library);
    return profile.text();
}

std::string interpreter_yaml(const Calibration& calibration, const std::string& base) {
    const PythonFacts& python = calibration.python;
    const nlohmann::json& settings = calibration.settings;
    Profile profile(calibration.interpreter);
    profile.line("# Written by gilsim calibrate. Times: medians, measured alone and pinned to one CPU.");
    disturbed(profile, calibration);
    profile.line("about: " + quoted(python.about));
    if (!base.empty()) profile.line("base: " + base);
    profile.value("version", "\"" + python.minor + "\"", "platform.python_version()");
    const bool ticks = python.version.starts_with("2.");
    profile.value("gil", python.free_threaded ? "free_threaded" : ticks ? "tick" : "timed", "by version and build");
    if (at_least(python.minor, 3, 13) && !python.free_threaded)
        profile.value("drop_request", "thread", "by version (Python/ceval_gil.c)");
    if (settings.contains("switch_interval"))
        profile.value("switch_interval", duration(settings["switch_interval"].get<double>() * 1e9),
                      "sys.getswitchinterval()");
    if (settings.contains("check_interval"))
        profile.value("check_interval", std::to_string(settings["check_interval"].get<int>()),
                      "sys.getcheckinterval()");
    if (const Quantiles* q = profile.find("turn"))
        profile.value("checkpoint_every", duration(std::max(1.0, q->p50)),
                      "a turn of a loop of float arithmetic, whose backward jump is the check point: " + spread(*q));
    if (const Quantiles* q = profile.find("gil"))
        profile.value(
            "gil_overhead", duration(q->p50 / 2),
            "half of a C call that releases and takes the GIL, less the same call that does not: " + spread(*q));
    profile.median("lock_call", "lock_call", "acquire() and release() of a lock that nobody else wants, halved");
    profile.median(
        "library_call", "library_call",
        "put() and get() of a queue that nobody else uses, less 9 calls of C methods, by their 13 Python functions");
    thousand(profile, "refcount", "refcount", "an object of the thread's own");
    if (python.free_threaded) thousand(profile, "refcount_shared", "refcount_shared", "an object of another thread");
    thousand(profile, "refcount_uncounted", "refcount_uncounted", "None");
    profile.median("thread_create", "thread_create", "CPU time of Thread.start() in the parent");
    profile.median("thread_bootstrap", "thread_bootstrap", "CPU time of a thread before its program");
    profile.median("thread_exit", "thread_exit", "the rest of the CPU time of start() and join()");
    if (settings.contains("start_method"))
        profile.value("start_method", settings["start_method"].get<std::string>(),
                      "multiprocessing.get_start_method()");
    profile.median("fork", "fork", "Process.start() by fork");
    profile.median("fork_child", "fork_child", "from its return to the child's program");
    profile.median("spawn", "spawn", "Process.start() by spawn");
    profile.median("spawn_child", "spawn_child", "from its return to the child's program");
    profile.median("forkserver_child", "forkserver_child", "from the return of start() to the child's program");
    profile.median("process_exit", "fork_exit", "from the end of a forked child's program to the end of its join()");
    profile.median("spawn_exit", "spawn_exit", "from the end of a spawned child's program to the end of its join()");
    memory(profile);
    return profile.text();
}

}  // namespace gilsim::analysis
