// The machine's half of a calibration as a configuration file.

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "analysis/measure/data_profile.hpp"
#include "analysis/measure/gil_race.hpp"
#include "analysis/measure/profile.hpp"

namespace gilsim::analysis {
namespace {

// The version in `Linux 6.1.0 x86_64`, `glibc 2.36`.
std::string second_word(const std::string& text) {
    const auto space = text.find(' ');
    return space == std::string::npos ? "" : text.substr(space + 1);
}

// Who wakes a thread right after it has fallen asleep need not interrupt its core, which is still on its way into
// idleness.
bool polls_first(const Profile& profile) {
    const Quantiles* soon = profile.find("wake_soon_call");
    const Quantiles* later = profile.find("wake_later_call");
    return soon != nullptr && later != nullptr && profile.find("halts") != nullptr && 2 * soon->p50 < later->p50;
}

// By how many percent the one takes longer than the other; `how` tells of both.
void percent_longer(Profile& profile, const std::string& key, const Costs& python, const char* longer,
                    const char* shorter, const char* how) {
    const Quantiles* one = find_cost(python, longer);
    const Quantiles* other = find_cost(python, shorter);
    if (one == nullptr || other == nullptr || other->p50 <= 0) return;
    const double more = 100 * (one->p50 / other->p50 - 1);
    profile.value(key, std::to_string(std::max(0LL, std::llround(more))),
                  fmt::format(fmt::runtime(how), spread(*one), spread(*other)));
}

// What runs first after a sleep, as so many percent more than it takes warm.
void first_run(Profile& profile, const std::string& key, const Costs& python, const char* part) {
    percent_longer(profile, key, python, part, "later_run",
                   "Python: calls of the library and on a socket after a sleep {}; the third time {}");
}

// What a core remembers of the code that it has run.
void code_memory(Profile& profile, const Costs& python, bool guest) {
    const Quantiles* held = find_cost(python, "code_held");
    if (held == nullptr) return;
    profile.line("  code_memory:");
    profile.value(
        "    holds", calibrated(held->p50 / 1.5),
        fmt::format("Python: pieces of the library's code in turn take longer than each right after itself, by "
                    "half of the most with {}; of 1.5 times what is held half is displaced",
                    spread(*held)));
    percent_longer(profile, "    displaced", python, "code_in_turn", "code_alone",
                   "Python: twenty pieces in turn {}; each right after itself {}");
    if (guest)
        percent_longer(
            profile, "    after_exit", python, "first_run_exit", "later_run_exit",
            "Python: calls of the library and on a socket after the core's timer was programmed {}; the third "
            "time {}");
}

// Core time of a futex call that wakes somebody without an interrupt.
double futex_wake(const Profile& profile) {
    if (polls_first(profile)) return profile.find("wake_soon_call")->p50;
    const Quantiles* trip = profile.find("ping_pong_same");
    return trip != nullptr ? trip->p50 / 2 * 5 / 9 : 0;
}

// From a thread's call until it has left its core; 0: not measured. The wake call that comes just too late decides
// halfway.
double falls_asleep(const Profile& profile) {
    const Quantiles* asleep = profile.find("falls_asleep");
    return asleep != nullptr ? asleep->p50 + futex_wake(profile) / 2 : 0;
}

// Core time of a switch to another thread; 0: not measured.
double context_switch(const Profile& profile) {
    const Quantiles* alone = profile.find("yield_alone");
    const Quantiles* shared = profile.find("yield_shared");
    return alone != nullptr && shared != nullptr ? std::max(100.0, shared->p50 / 2 - alone->p50) : 0;
}

// Of a call whose thread has slept in it.
double way_out(const Profile& profile) {
    const Quantiles* syscall = profile.find("syscall");
    return syscall != nullptr ? syscall->p50 : 0;
}

// A latency that was taken until the woken thread was back from its call. The switch to it and its way out of the
// kernel count by themselves; so does what the waker's call takes until it decides.
std::string after_expiry(const Profile& profile, const Quantiles& latency, double before = 0) {
    const double known = before + context_switch(profile) + way_out(profile);
    return calibrated_span(latency.p50 - known, latency.p90 - known);
}
std::string after_call(const Profile& profile, const Quantiles& latency) {
    return after_expiry(profile, latency, futex_wake(profile) / 2);
}
constexpr const char* kLess = "; less the calls' own time and the switch";

// How late a thread runs after it is woken on an idle core, by how long that core has been idle.
void idle_states(Profile& profile, const Costs& python) {
    struct State {
        const char* probe;
        const char* first_run;
        const char* after;  // the geometric mean of its sleep and the one before
        const char* how;
    };
    constexpr std::array<State, 5> kStates{
        {{"wake_later", "first_run_100us", "0us", "a futex wake 30 us after its thread has begun to sleep"},
         {"late_100us", "first_run_100us", "55us", "lateness of a timer without slack after 0.1 ms of idleness"},
         {"late_1ms", "first_run_1ms", "300us", "the same after 1 ms"},
         {"late_4ms", "first_run_4ms", "2ms", "the same after 4 ms"},
         {"late_16ms", "first_run_16ms", "8ms", "the same after 16 ms"}}};
    if (profile.find("late_100us") == nullptr) return;
    profile.line("  idle_states:");
    const bool polls = polls_first(profile);
    if (polls) {
        const Quantiles* soon = profile.find("wake_soon");
        profile.value("    - after", "0us", "the start");
        profile.value("      wake", after_call(profile, *soon),
                      "gilsim-probe: a futex wake 2 us after its thread has begun to sleep: " + spread(*soon) + kLess);
        profile.value("      polling", "true",
                      "that call interrupts nobody: " + spread(*profile.find("wake_soon_call")));
    }
    bool first = !polls;
    for (const State& state : kStates) {
        const Quantiles* q = profile.find(state.probe);
        if (q == nullptr) continue;
        const bool by_call = &state == kStates.data();  // the others are timers'
        if (polls && by_call)
            profile.value("    - after", calibrated(profile.find("halts")->p50),
                          "from then on calls take microseconds");
        else
            profile.value("    - after", first ? "0us" : state.after, "geometric mean of the sleeps measured");
        profile.value("      wake", by_call ? after_call(profile, *q) : after_expiry(profile, *q),
                      fmt::format("gilsim-probe: {}: {}{}", state.how, spread(*q), kLess));
        first_run(profile, "      first_run", python, state.first_run);
        first = false;
    }
}

void switches(Profile& profile) {
    const Quantiles* alone = profile.find("yield_alone");
    const Quantiles* shared = profile.find("yield_shared");
    const Quantiles* trip = profile.find("ping_pong_same");
    const Quantiles* syscall = profile.find("syscall");
    if (alone == nullptr || shared == nullptr || trip == nullptr || syscall == nullptr) return;
    const double context = context_switch(profile);
    profile.value("  context_switch", calibrated(context),
                  fmt::format("gilsim-probe: sched_yield to another thread and back {}, alone {}", spread(*shared),
                              spread(*alone)));
    profile.median("  futex_call", "futex_call", "gilsim-probe: a futex call for nobody, or whose value has changed");
    profile.median("  sched_yield", "yield_alone", "gilsim-probe: sched_yield that finds nobody");
    if (const Quantiles* asleep = profile.find("falls_asleep"))
        profile.value(
            "  futex_wait", calibrated(falls_asleep(profile) - syscall->p50),
            fmt::format(
                "gilsim-probe: a wake call comes too late for a thread that calls the kernel to sleep, and finds "
                "it asleep, after {}; and half a wake call, less a system call",
                spread(*asleep)));
    else
        profile.value(
            "  futex_wait", calibrated(std::max(100.0, trip->p50 / 2 - context) * 4 / 9),
            fmt::format(
                "gilsim-probe: futex ping-pong on one core {}: two wakes, waits and switches; 4 of 9 of the rest",
                spread(*trip)));
    if (polls_first(profile))
        profile.value("  futex_wake", calibrated(futex_wake(profile)),
                      "gilsim-probe: a call that wakes a thread whose core has not halted yet: " +
                          spread(*profile.find("wake_soon_call")));
    else
        profile.value("  futex_wake", calibrated(futex_wake(profile)),
                      fmt::format("gilsim-probe: five ninths of half a futex ping-pong on one core {}", spread(*trip)));
}

void scheduler(Profile& profile, const Host& host) {
    const std::string kernel = second_word(host.kernel);
    profile.line("scheduler:");
    profile.value("  policy", version_at_least(kernel, 6, 6) ? "eevdf" : "cfs", host.kernel + "; EEVDF from 6.6 on");
    if (const Quantiles* tick = profile.find("tick"))
        profile.value("  tick", calibrated(tick->p50), "resolution of CLOCK_MONOTONIC_COARSE, which ticks advance");
    if (const Quantiles* busy = profile.find("pack_below"))
        // Others who happen to wait there drive it away earlier: the greatest samples tell.
        profile.value(
            "  pack_below", fmt::format("{:.0f}", busy->p90),
            fmt::format(
                "gilsim-probe: how busy, in percent, a core was when a thread woken there went to the idle one: "
                "10 %, 50 %, 90 % of {} samples {:.0f}, {:.0f}, {:.0f}; the last",
                busy->n, busy->p10, busy->p50, busy->p90));
}

// What a thread pays itself when it is woken on a core that has halted.
void resume(Profile& profile) {
    const Quantiles* wait = profile.find("wait_long");
    if (wait == nullptr || profile.find("falls_asleep") == nullptr) return;
    profile.value(
        "  resume",
        calibrated(std::max(0.0, wait->p50 - falls_asleep(profile) - context_switch(profile) - 2 * way_out(profile))),
        fmt::format("gilsim-probe: core time of a futex wait of 1 ms {}, less falling asleep, a switch, the "
                    "way out and the calls that read that time",
                    spread(*wait)));
}

// What telling another core costs, beside the call.
void send_interrupt(Profile& profile, const std::string& key, const char* probe) {
    const Quantiles* call = profile.find(probe);
    if (call == nullptr) return;
    const double least = std::max(0.0, call->p50 - futex_wake(profile));
    profile.value(key, calibrated_span(least, std::max(least, call->p90 - futex_wake(profile))),
                  fmt::format("gilsim-probe: a futex wake of a thread on an idle core {}, less {} for the call",
                              spread(*call), calibrated(futex_wake(profile))));
}

// Wake-ups of a CPU that never sleeps for longer are a good deal faster: its host polls for them.
void halt_polling(Profile& profile, const Costs& python) {
    const Quantiles* polled = profile.find("wake_polled");
    const Quantiles* later = profile.find("wake_later");
    if (polled == nullptr || later == nullptr || polled->p50 > 0.8 * later->p50) return;
    profile.line("  halt_polling:");
    if (const Quantiles* longest = profile.find("polled_for"); longest != nullptr && longest->p50 > 0)
        profile.value("    most", calibrated(longest->p50),
                      "gilsim-probe: the longest of regular sleeps after which wake-ups are fast: " + spread(*longest));
    else
        profile.value("    most", "200us", "KVM's default halt_poll_ns: the host's cannot be read from inside");
    profile.value(
        "    wake", after_call(profile, *polled),
        fmt::format("gilsim-probe: a futex wake 30 us after its thread has begun to sleep, on a CPU that never sleeps "
                    "for longer: {}; after a longer sleep {}{}",
                    spread(*polled), spread(*later), kLess));
    send_interrupt(profile, "    send_interrupt", "wake_polled_call");
    const Quantiles* turn = profile.find("turn_core_time");
    const Quantiles* call = profile.find("wake_polled_call");
    if (turn != nullptr && call != nullptr)
        profile.value(
            "    resume",
            calibrated(std::max(
                0.0, turn->p50 - call->p50 - falls_asleep(profile) - context_switch(profile) - way_out(profile))),
            fmt::format(
                "gilsim-probe: core time a turn of two threads that wake each other, each on a CPU of its own: {}, "
                "less the wake call, {}, falling asleep, a switch and the way out",
                spread(*turn), spread(*call)));
    first_run(profile, "    first_run", python, "first_run_polled");
}

// The C library's code of a wait and a signal: what both take in an interval of 5 ms, less the rest of it. Warm, the
// former was counted; the slowdown follows from that.
void condition_variable(Profile& profile, const scenario::ColdCodeSpec& cold) {
    const Quantiles* joins = profile.find("joins_waiters");
    const Quantiles* posts = profile.find("posts_signal");
    const Quantiles* call = profile.find("futex_call");
    const Quantiles* syscall = profile.find("syscall");
    const Quantiles* line = profile.find("cache_line");
    if (joins == nullptr || posts == nullptr || call == nullptr || syscall == nullptr || line == nullptr) return;
    const double lost = cold.lost(5 * kMillisecond);
    // A waiter gives the mutex up by a call for nobody, and is in its next call when that looks at the futex; the
    // signal has to fetch the condition from it.
    const double look = std::max(0.0, call->p50 - syscall->p50 / 2);
    const double calls = call->p50 + look * static_cast<double>(cold.kernel_slowdown) * lost + look;
    const auto warm = static_cast<double>(scenario::CostSpec{}.condvar_wait);
    const double longer = std::max(1.0, (joins->p50 + line->p50 - calls) / warm);
    profile.value(
        "    condvar_slowdown", fmt::format("{:.0f}", (longer - 1) / lost),
        fmt::format(
            "gilsim-probe: until so long after a second wait of 5 ms in a row has begun a signal finds the waiter "
            "awake: {}; less two futex calls",
            spread(*joins)));
    // Fetched: the mutex, the condition, and that by who sees it. How it varies decides who gets the signal.
    const auto posted = [&](double whole) { return std::max(1.0, (whole - 3 * line->p50) / longer); };
    profile.value(
        "  condvar_signal", calibrated_spread(posted(posts->p10), posted(posts->p50), posted(posts->p90)),
        fmt::format("gilsim-probe: from locking the mutex after computing for 5 ms until another CPU sees the "
                    "signal {}; less three transfers, by how much longer such code takes then",
                    spread(*posts)));
}

// What decides who gets the GIL, and what of it has gone cold after a while.
void race_for_gil(Profile& profile, const Calibration& calibration) {
    const std::optional<GilRace> race = gil_race(calibration);
    if (!race) return;
    const auto at = [&](const char* name) { return spread(calibration.interpreter.at(name)); };
    profile.value("  deadline", calibrated_span(race->asker, race->asker_tail),
                  "log of Python's calls: from the time-out of a wait for the GIL of 0.1 ms to the next wait: " +
                      at("asker_100us"));
    profile.line("  cold_code:");
    profile.value(
        "    slowdown", std::to_string(race->cold.slowdown),
        fmt::format("the same log: that time after waits of 5 ms {}, of 20 ms {}; until the holder locks the GIL's "
                    "mutex {}, {}, {}",
                    at("asker_5ms"), at("asker_20ms"), at("holder_100us"), at("holder_5ms"), at("holder_20ms")));
    const Quantiles* warm = profile.find("futex_warm");
    const Quantiles* cold = profile.find("futex_cold");
    if (warm != nullptr && cold != nullptr)
        profile.value(
            "    kernel_slowdown", std::to_string(race->cold.kernel_slowdown),
            fmt::format(
                "gilsim-probe: a wake call for nobody and a wait whose value has changed after 20 ms of sleep {}, "
                "the third time {}",
                spread(*cold), spread(*warm)));
    profile.value("    half_life", calibrated(static_cast<double>(race->cold.half_life)), "the same log");
    condition_variable(profile, race->cold);
}

// What changes of page tables take from others.
void shootdown(Profile& profile, const Costs& python) {
    const Quantiles* takes = find_cost(python, "shootdown_takes");
    const Quantiles* waits = find_cost(python, "shootdown_waits");
    if (takes == nullptr || waits == nullptr) return;
    profile.line("  shootdown:");
    profile.value(
        "    takes", calibrated(takes->p50),
        "Python: how long a loop that reads the clock is interrupted while another CPU starts and ends processes: " +
            spread(*takes));
    profile.value(
        "    waits", calibrated(waits->p50),
        "Python: how much longer a process's start and end takes beside it, by each interrupt: " + spread(*waits));
    profile.median("    replaced", "page_replaced_beside",
                   "gilsim-probe: what a write to a page that was used and is shared since a fork takes longer while "
                   "another CPU computes");
}

// What takes the core from a loop that only reads the clock.
void noise(Profile& profile) {
    const Quantiles* every = profile.find("noise_every");
    const Quantiles* takes = profile.find("noise_takes");
    if (every == nullptr || takes == nullptr) return;
    profile.line("  noise:");
    profile.value("    every", calibrated_span(every->p50, every->p90),
                  "gilsim-probe: of a loop that reads the clock, from one interruption of 1 us or more to the next: " +
                      spread(*every));
    profile.value("    takes", calibrated_span(takes->p50, takes->p90),
                  "gilsim-probe: how long they take, those within 0.1 ms together: " + spread(*takes));
}

}  // namespace

std::string machine_yaml(const Calibration& calibration) {
    const Host& host = calibration.host;
    Profile profile(calibration.machine);
    profile.line("# Written by gilsim calibrate. gilsim-probe: medians of samples taken with nothing else to do.");
    profile.disturbed(calibration);
    profile.line("about: " + quoted(machine_text(host) + ", " + host.kernel));
    profile.value("cores", std::to_string(host.cores), "CPUs online");
    profile.value("memory", fmt::format("{}MiB", host.memory >> 20), "sysconf(_SC_PHYS_PAGES)");
    caches_section(profile);
    paging_section(profile);
    scheduler(profile, host);
    if (!calibration.machine.empty()) profile.line("costs:");
    switches(profile);
    idle_states(profile, calibration.interpreter);
    resume(profile);
    if (host.guest) halt_polling(profile, calibration.interpreter);
    code_memory(profile, calibration.interpreter, host.guest);
    race_for_gil(profile, calibration);
    noise(profile);
    shootdown(profile, calibration.interpreter);
    if (const Quantiles* q = profile.find("wake_busy"))
        profile.value("  wake_busy", after_call(profile, *q),
                      "gilsim-probe: futex wake of a thread on a core where another computes: " + spread(*q) + kLess);
    if (const Quantiles* q = profile.find("late_busy"); q != nullptr && q->p10 < 200e3)
        profile.value(
            "  timer_interrupt", after_expiry(profile, {q->n, q->p10, q->p10, std::min(q->p50, 4 * q->p10), q->p90}),
            "gilsim-probe: lateness of a timer without slack beside a thread that computes, its least tenth: " +
                spread(*q) + kLess);
    profile.median("  timer_slack", "timer_slack", "prctl(PR_GET_TIMERSLACK)");
    profile.median("  syscall", "syscall", "gilsim-probe: getppid");
    profile.median("  timer_set", "timer_set",
                   "gilsim-probe: a call that sets this CPU's timer or sets it back, less one that changes nothing");
    if (const Quantiles* asked = find_cost(calibration.interpreter, "ask_device"))
        profile.value(
            "  ask_device", calibrated(asked->p50),
            "Python: arming the timer of the kernel that `gilsim measure` takes for a device: " + spread(*asked));
    send_interrupt(profile, "  send_interrupt", "wake_later_call");
    if (const Quantiles* q = profile.find("cache_line")) {
        profile.value("  cache_transfer", calibrated_span(q->p50, std::max(q->p90, 2 * q->p50)),
                      "gilsim-probe: half of a round trip of an atomic between two cores: " + spread(*q));
        profile.value("  migration", calibrated(20 * q->p50), "assumed: two dozen cache lines to be fetched");
    }
    profile.median("  contended_line", "contended_line", "gilsim-probe: two cores that add to one number, 1000 times");
    ipc_section(profile);
    profile.value("condvar",
                  version_at_least(second_word(calibration.python.c_library), 2, 41) ? "glibc-2.41" : "glibc-2.25",
                  calibration.python.c_library.empty() ? "assumed" : calibration.python.c_library);
    return profile.text();
}

}  // namespace gilsim::analysis
