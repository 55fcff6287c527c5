#include "analysis/limits.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

using trace::ThreadState;

Nanoseconds gil_wait(const StateTimes& s) {
    return s[ThreadState::waiting_gil] + s[ThreadState::forced_switch];
}

// What mostly happens while GILs are held.
std::string holders(const StateTimes& s) {
    return s[ThreadState::native] > s[ThreadState::bytecode] ? "C code" : "bytecode";
}

Amount percent(std::int64_t permille) {
    return {permille, percent_text};
}
Amount factor(std::int64_t permille) {
    return {permille, factor_text};
}
Amount duration(Nanoseconds t) {
    return {t, duration_text};
}
Amount bytes(Bytes size) {
    return {size, bytes_text};
}
Amount number(std::int64_t count) {
    return {count, [](std::int64_t n) { return std::to_string(n); }};
}

// How many cores are idle on average, and of how many.
std::pair<Amount, Amount> idle_cores(const Figures& f) {
    return {factor(f.cores * 1000 - f.cores_busy), {f.cores, [](std::int64_t n) { return count_text(n, "core"); }}};
}

// --- the rules, each with its threshold ------------------------------------------------------------------------------

std::optional<Limit> by_deadlock(const RunSummary& run, const Figures&) {
    if (run.outcome != trace::Outcome::deadlock) return {};
    return Limit{"deadlock", {"stops after ", duration(run.makespan), ": threads wait for one another for ever"}};
}

std::optional<Limit> by_failure(const RunSummary& run, const Figures&) {
    if (run.outcome != trace::Outcome::failed) return {};
    return Limit{"an error", {"stops after ", duration(run.makespan), ", " + run.failure}};
}

// The kernel has killed somebody.
std::optional<Limit> by_memory(const RunSummary& run, const Figures&) {
    const auto killed = std::find_if(run.processes.begin(), run.processes.end(), [](const auto& p) { return p.killed; });
    if (killed == run.processes.end()) return {};
    const auto all = std::count_if(run.processes.begin(), run.processes.end(), [](const auto& p) { return p.killed; });
    const std::string others = all > 1 ? fmt::format(" and {} more", all - 1) : "";
    return Limit{
        "memory: killed",
        {"the kernel kills `" + killed->name + "`" + others + " for lack of memory: it has ", bytes(killed->rss_peak),
         " when ", bytes(run.memory_peak), " are in use after ", duration(killed->end)}};
}

// Much of the time on cores goes to the collector.
std::optional<Limit> by_collector(const RunSummary& run, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::collecting], f.states.on_core());
    if (share < 250) return {};
    const auto longest = std::max_element(run.processes.begin(), run.processes.end(), [](const auto& a, const auto& b) {
        return a.gc_pauses.max < b.gc_pauses.max;
    });
    std::int64_t collections = 0;
    for (const ProcessSummary& process : run.processes) collections += process.collections;
    const Amount counted{collections, [](std::int64_t n) { return count_text(n, "collection"); }};
    return Limit{"garbage collection",
                 {"garbage collection takes ", percent(share), " of the time on cores: ", counted, ", the longest ",
                  duration(longest->gc_pauses.max)}};
}

// Much of the time on cores goes to page faults.
std::optional<Limit> by_paging(const RunSummary& run, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::paging], f.states.on_core());
    if (share < 250) return {};
    std::int64_t faults = 0;
    std::int64_t copies = 0;
    for (const ProcessSummary& process : run.processes) {
        faults += process.page_faults;
        copies += process.pages_copied;
    }
    const std::string takes = "page faults take ";
    if (100 * copies < faults)
        return Limit{"page faults", {takes, percent(share), " of the time on cores: ", number(faults), " of them"}};
    return Limit{"page faults",
                 {takes, percent(share), " of the time on cores: ", number(faults), " of them, ", number(copies),
                  " of them copies after a fork"}};
}

// Requests that spend most of their time waiting for the GIL: the convoy effect.
std::optional<Limit> by_convoy(const RunSummary& run, const Figures& f) {
    const auto worst = std::max_element(run.requests.begin(), run.requests.end(), [](const auto& a, const auto& b) {
        return gil_wait(a.states) < gil_wait(b.states);
    });
    if (worst == run.requests.end()) return {};
    const std::int64_t share = permille(gil_wait(worst->states), worst->states.total());
    if (share < 500) return {};
    return Limit{
        "the GIL: convoy",
        {"a convoy: `" + worst->name + "` waits for the GIL ", percent(share), " of its time (p50 ",
         duration(worst->latency.p50), "); " + holders(f.states) + " has it ", percent(f.gil_held), " of the run"}};
}

// Without a GIL: cores take turns in writing the same memory.
std::optional<Limit> by_contended(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::contended], f.states.on_core());
    if (share < 250) return {};
    return Limit{"shared memory",
                 {"memory that several cores write: threads on cores wait for it ", percent(share), " of the time"}};
}

// No core is left.
std::optional<Limit> by_cores(const RunSummary&, const Figures& f) {
    if (f.cores_busy < f.cores * 900) return {};
    if (f.cores == 1) return Limit{"the only core", {"the only core is busy ", percent(f.cores_busy), " of the time"}};
    return Limit{fmt::format("all {} cores busy", f.cores),
                 {"the cores: ", factor(f.cores_busy), " of ", number(f.cores), " are busy on average"}};
}

// Of the time in which threads want to run: that for which they wait for the busiest GIL.
std::int64_t busiest_gil_wait(const RunSummary& run, const Figures& f) {
    const std::string& process = f.interpreter->process;
    Nanoseconds waited = 0;
    for (const ThreadSummary& thread : run.threads) {
        if (thread.process == process) waited += gil_wait(thread.states);
    }
    // Threads do not tell for which of several in their process; what has been waited for in vain is not in `waits`.
    const auto own = std::count_if(run.interpreters.begin(), run.interpreters.end(),
                                   [&](const InterpreterSummary& i) { return i.process == process; });
    const Distribution& waits = f.interpreter->gil.waits;
    return permille(own == 1 ? waited : std::min(waited, waits.mean * waits.count), f.wanted);
}

// One GIL is always held, threads wait for that very one, and cores are idle.
std::optional<Limit> by_gil(const RunSummary& run, const Figures& f) {
    if (f.gil_held < 850) return {};
    const std::int64_t waited = busiest_gil_wait(run, f);
    if (waited < 50) return {};
    const auto [idle, cores] = idle_cores(f);
    return Limit{"the GIL, held " + percent_text(f.gil_held),
                 {holders(f.states) + " holds the GIL ", percent(f.gil_held), " of the time; threads with work wait ",
                  percent(waited), " for it; ", idle, " of ", cores, " idle"}};
}

// Threads that want to run wait for a lock: one of the program's, or an object's own, without a GIL.
std::optional<Limit> by_lock(const RunSummary& run, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::waiting_lock], f.wanted);
    if (share < 250) return {};
    if (run.locks.empty())
        return Limit{"locks of objects",
                     {"objects that several threads use (critical sections): threads with work wait for their locks ",
                      percent(share), " of the time"}};
    const auto waited = [](const LockSummary& l) {
        return l.kind.ends_with("lock") ? l.waits.mean * l.waits.count : 0;  // others are waited for without a need to run
    };
    const auto worst = std::max_element(run.locks.begin(), run.locks.end(),
                                        [&](const auto& a, const auto& b) { return waited(a) < waited(b); });
    return Limit{"lock `" + worst->name + "`",
                 {"the lock `" + worst->name + "`: threads with work wait for it ", percent(share),
                  " of the time; it is held ", percent(permille(worst->held, run.makespan))}};
}

// Without a GIL: threads stand still because one has stopped the world, as a collection does.
std::optional<Limit> by_stops(const RunSummary&, const Figures& f) {
    const Nanoseconds stopped = f.states[ThreadState::world_stopped];
    const std::int64_t share = permille(stopped, f.wanted + stopped);
    if (share < 100) return {};
    return Limit{"stop-the-world",
                 {"stop-the-world: threads with work stand still ", percent(share), " of the time, while ",
                  f.states[ThreadState::collecting] > 0 ? "another one collects garbage" : "another one works alone"}};
}

// Threads wait for a core, although not all are busy all the time. With most of them idle, the wait is for a sleeping
// core to wake up: another limit, below.
std::optional<Limit> by_runnable(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runnable], f.wanted);
    if (share < 200 || f.cores_busy < f.cores * 500) return {};
    return Limit{"the cores", {"the cores: threads with work wait for one ", percent(share), " of the time"}};
}

// Threads wait for something outside.
std::optional<Limit> by_waiting(const RunSummary&, const Figures& f) {
    const Nanoseconds io = f.states[ThreadState::io];
    const Nanoseconds sleep = f.states[ThreadState::sleeping];
    const Nanoseconds all =
        f.states.total() - f.states[ThreadState::joining] - f.states[ThreadState::waiting_signal];
    const std::int64_t share = permille(io + sleep, all);
    if (share < 500) return {};
    const std::string what = io >= sleep ? "io" : "sleep";
    const std::string takes = "waiting: " + what + " takes ";
    if (f.interpreter == nullptr) return Limit{"waiting: " + what, {takes, percent(share), " of the threads' time"}};
    return Limit{
        "waiting: " + what,
        {takes, percent(share), " of the threads' time; the GIL is held ", percent(f.gil_held), " of the run"}};
}

// Cores are idle, and threads with work wait all the same: a sleeping core needs time to wake up.
std::optional<Limit> by_wake_ups(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runnable], f.wanted);
    if (share < 200) return {};
    const auto [idle, cores] = idle_cores(f);
    return Limit{"wake-ups",
                 {"wake-ups: of the time that its threads want to run, ", percent(share),
                  " passes until a sleeping core has woken up; ", idle, " of ", cores, " idle"}};
}

// Much of the work on the cores is the runtime's own: starting threads and processes, passing the GIL.
std::optional<Limit> by_overhead(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runtime], f.states.on_core());
    if (share < 300) return {};
    return Limit{"start and switch costs",
                 {"the runtime's own work (starting, switching, locking): ", percent(share), " of the time on cores"}};
}

// Nothing to wait for: fewer threads at work than cores.
std::optional<Limit> by_parallelism(const RunSummary&, const Figures& f) {
    if (f.working >= f.cores) return {};
    const auto [idle, cores] = idle_cores(f);
    if (f.working <= 1) return Limit{"one thread at work", {"one thread at work; ", idle, " of ", cores, " idle"}};
    return Limit{fmt::format("{} threads at work", f.working),
                 {"at most ", number(f.working), " threads are at work at a time; ", idle, " of ", cores, " idle"}};
}

Limit by_own_work(const RunSummary&, const Figures& f) {
    const auto [idle, cores] = idle_cores(f);
    return {"its longest thread", {"the work of its longest thread; ", idle, " of ", cores, " idle"}};
}

constexpr std::array kLimitRules{by_deadlock,  by_failure,  by_memory,   by_collector,  by_paging, by_convoy,
                                 by_contended, by_cores,    by_lock,     by_stops,      by_gil,    by_runnable,
                                 by_waiting,   by_wake_ups, by_overhead, by_parallelism};

// Whether a thread is at work: it has little else to do, and is not just passing by.
bool works(const ThreadSummary& thread, const RunSummary& run) {
    const Nanoseconds busy = thread.states.on_core();
    return permille(busy, run.makespan) >= 20 && permille(busy, thread.end - thread.start) >= 100;
}

// How many of them exist at a time, at most.
std::int64_t most_at_a_time(const std::vector<const ThreadSummary*>& threads) {
    std::vector<std::pair<Nanoseconds, std::int64_t>> changes;  // at the same date, ends come before starts
    for (const ThreadSummary* thread : threads) {
        changes.emplace_back(thread->start, 1);
        changes.emplace_back(thread->end, -1);
    }
    std::sort(changes.begin(), changes.end());
    std::int64_t now = 0;
    std::int64_t most = 0;
    for (const auto& [date, change] : changes) most = std::max(most, now += change);
    return most;
}

}  // namespace

Figures figures(const RunSummary& run) {
    Figures f;
    f.cores = static_cast<std::int64_t>(run.cores.size());
    Nanoseconds busy = 0;
    for (const CoreSummary& core : run.cores) busy += core.busy;
    f.cores_busy = permille(busy, run.makespan);
    std::vector<const ThreadSummary*> working;
    for (const ThreadSummary& thread : run.threads) {
        if (thread.process == trace::kSystemProcess || thread.process == trace::kClientsProcess) continue;
        f.states += thread.states;
        if (works(thread, run)) working.push_back(&thread);
    }
    f.working = most_at_a_time(working);
    f.wanted =
        f.states.on_core() + f.states[ThreadState::runnable] + f.states[ThreadState::waiting_lock] + gil_wait(f.states);
    f.gil_wait = permille(gil_wait(f.states), f.wanted);
    for (const InterpreterSummary& interpreter : run.interpreters) {
        if (interpreter.gil.acquisitions == 0) continue;
        if (f.interpreter == nullptr || interpreter.gil.held > f.interpreter->gil.held) f.interpreter = &interpreter;
    }
    if (f.interpreter != nullptr) {
        f.gil_held = permille(f.interpreter->gil.held, run.makespan);
        f.handoffs_per_s = f.interpreter->gil.handoffs * 1000 / std::max<Nanoseconds>(run.makespan / kMillisecond, 1);
    }
    return f;
}

Limit limit_of(const RunSummary& run) {
    const Figures f = figures(run);
    for (const auto rule : kLimitRules) {
        if (std::optional<Limit> limit = rule(run, f)) return *std::move(limit);
    }
    return by_own_work(run, f);
}

}  // namespace gilsim::analysis
