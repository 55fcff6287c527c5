#include "analysis/limits.hpp"

#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

using trace::ThreadState;

Nanoseconds gil_wait(const StateTimes& s) {
    return s[ThreadState::waiting_gil] + s[ThreadState::forced_switch];
}

// What mostly happens while GILs are held.
std::string_view holders(const StateTimes& s) {
    return s[ThreadState::native] > s[ThreadState::bytecode] ? "C code" : "bytecode";
}

std::string idle_cores(const Figures& f) {
    return fmt::format("{} of {} idle", factor_text(f.cores * 1000 - f.cores_busy), count_text(f.cores, "core"));
}

// --- the rules, each with its threshold ------------------------------------------------------------------------------

std::optional<Limit> by_deadlock(const RunSummary& run, const Figures&) {
    if (run.outcome != trace::Outcome::deadlock) return {};
    return Limit{"deadlock", fmt::format("stops after {}: every thread left waits for another one for ever",
                                         duration_text(run.makespan))};
}

std::optional<Limit> by_failure(const RunSummary& run, const Figures&) {
    if (run.outcome != trace::Outcome::failed) return {};
    return Limit{"an error", fmt::format("stops after {}, {}", duration_text(run.makespan), run.failure)};
}

// The kernel has killed somebody.
std::optional<Limit> by_memory(const RunSummary& run, const Figures&) {
    const auto killed = std::find_if(run.processes.begin(), run.processes.end(), [](const auto& p) { return p.killed; });
    if (killed == run.processes.end()) return {};
    const auto all = std::count_if(run.processes.begin(), run.processes.end(), [](const auto& p) { return p.killed; });
    const std::string others = all > 1 ? fmt::format(" and {} more", all - 1) : "";
    return Limit{"memory: killed",
                 fmt::format("the kernel kills `{}`{} for lack of memory: it has {} when {} are in use after {}",
                             killed->name, others, bytes_text(killed->rss_peak), bytes_text(run.memory_peak),
                             duration_text(killed->end))};
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
    return Limit{"garbage collection",
                 fmt::format("garbage collection takes {} of the time on cores: {}, the longest {}",
                             percent_text(share), count_text(collections, "collection"),
                             duration_text(longest->gc_pauses.max))};
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
    const std::string copied = 100 * copies >= faults ? fmt::format(", {} of them copies after a fork", copies) : "";
    return Limit{"page faults", fmt::format("page faults take {} of the time on cores: {} of them{}",
                                            percent_text(share), faults, copied)};
}

// Requests that spend most of their time waiting for the GIL: the convoy effect.
std::optional<Limit> by_convoy(const RunSummary& run, const Figures& f) {
    const auto worst = std::max_element(run.requests.begin(), run.requests.end(), [](const auto& a, const auto& b) {
        return gil_wait(a.states) < gil_wait(b.states);
    });
    if (worst == run.requests.end()) return {};
    const std::int64_t share = permille(gil_wait(worst->states), worst->states.total());
    if (share < 500) return {};
    return Limit{"the GIL: convoy",
                 fmt::format("a convoy: `{}` waits for the GIL {} of its time (p50 {}); {} has it {} of the run",
                             worst->name, percent_text(share), duration_text(worst->latency.p50), holders(f.states),
                             percent_text(f.gil_held))};
}

// Without a GIL: cores take turns in writing the same memory.
std::optional<Limit> by_contended(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::contended], f.states.on_core());
    if (share < 250) return {};
    return Limit{"shared memory", fmt::format("memory that several cores write: threads on cores wait for it {} of the "
                                              "time",
                                              percent_text(share))};
}

// No core is left.
std::optional<Limit> by_cores(const RunSummary&, const Figures& f) {
    if (f.cores_busy < f.cores * 900) return {};
    if (f.cores == 1)
        return Limit{"the only core", fmt::format("the only core is busy {} of the time", percent_text(f.cores_busy))};
    return Limit{fmt::format("all {} cores busy", f.cores),
                 fmt::format("the cores: {} of {} are busy on average", factor_text(f.cores_busy), f.cores)};
}

// One GIL is always held, threads wait for it, and cores are idle.
std::optional<Limit> by_gil(const RunSummary&, const Figures& f) {
    if (f.gil_held < 850 || f.gil_wait < 50) return {};
    return Limit{fmt::format("the GIL, held {}", percent_text(f.gil_held)),
                 fmt::format("{} holds the GIL {} of the time; threads with work wait {} for it; {}", holders(f.states),
                             percent_text(f.gil_held), percent_text(f.gil_wait), idle_cores(f))};
}

// Threads that want to run wait for a lock of the program.
std::optional<Limit> by_lock(const RunSummary& run, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::waiting_lock], f.wanted);
    if (share < 250 || run.locks.empty()) return {};
    const auto waited = [](const LockSummary& l) {
        return l.kind.ends_with("lock") ? l.waits.mean * l.waits.count : 0;  // others are waited for without a need to run
    };
    const auto worst = std::max_element(run.locks.begin(), run.locks.end(),
                                        [&](const auto& a, const auto& b) { return waited(a) < waited(b); });
    return Limit{fmt::format("lock `{}`", worst->name),
                 fmt::format("the lock `{}`: threads with work wait for it {} of the time; it is held {}", worst->name,
                             percent_text(share), percent_text(permille(worst->held, run.makespan)))};
}

// Threads wait for a core, although not all are busy all the time. With most of them idle, the wait is for a sleeping
// core to wake up: another limit, below.
std::optional<Limit> by_runnable(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runnable], f.wanted);
    if (share < 200 || f.cores_busy < f.cores * 500) return {};
    return Limit{"the cores",
                 fmt::format("the cores: threads with work wait for one {} of the time", percent_text(share))};
}

// Threads wait for something outside.
std::optional<Limit> by_waiting(const RunSummary& run, const Figures& f) {
    const Nanoseconds io = f.states[ThreadState::io];
    const Nanoseconds sleep = f.states[ThreadState::sleeping];
    const Nanoseconds all =
        f.states.total() - f.states[ThreadState::joining] - f.states[ThreadState::waiting_signal];
    if (permille(io + sleep, all) < 500) return {};
    const std::string what = io >= sleep ? "io" : "sleep";
    return Limit{"waiting: " + what,
                 fmt::format("waiting: {} takes {} of the threads' time; the GIL is held {} of the run", what,
                             percent_text(permille(io + sleep, all)),
                             percent_text(permille(f.interpreter ? f.interpreter->gil.held : 0, run.makespan)))};
}

// Cores are idle, and threads with work wait all the same: a sleeping core needs time to wake up.
std::optional<Limit> by_wake_ups(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runnable], f.wanted);
    if (share < 200) return {};
    return Limit{"wake-ups",
                 fmt::format("wake-ups: of the time that its threads want to run, {} passes until a sleeping "
                             "core has woken up; {}",
                             percent_text(share), idle_cores(f))};
}

// Much of the work on the cores is the runtime's own: starting threads and processes, passing the GIL.
std::optional<Limit> by_overhead(const RunSummary&, const Figures& f) {
    const std::int64_t share = permille(f.states[ThreadState::runtime], f.states.on_core());
    if (share < 300) return {};
    return Limit{"start and switch costs", fmt::format("the runtime's own work (starting, switching, locking): {} of "
                                                       "the time on cores",
                                                       percent_text(share))};
}

// Nothing to wait for: fewer threads at work than cores.
std::optional<Limit> by_parallelism(const RunSummary&, const Figures& f) {
    if (f.working >= f.cores) return {};
    const std::string threads = f.working <= 1 ? "one thread at work" : fmt::format("{} threads at work", f.working);
    return Limit{threads, fmt::format("{}; {}", threads, idle_cores(f))};
}

Limit by_own_work(const RunSummary&, const Figures& f) {
    return {"its longest thread", fmt::format("the work of its longest thread; {}", idle_cores(f))};
}

constexpr std::array kLimitRules{by_deadlock, by_failure,   by_memory,   by_collector, by_paging,
                                 by_convoy,   by_contended, by_cores,    by_lock,      by_gil,
                                 by_runnable, by_waiting,   by_wake_ups, by_overhead,  by_parallelism};

}  // namespace

Figures figures(const RunSummary& run) {
    Figures f;
    f.cores = static_cast<std::int64_t>(run.cores.size());
    Nanoseconds busy = 0;
    for (const CoreSummary& core : run.cores) busy += core.busy;
    f.cores_busy = permille(busy, run.makespan);
    for (const ThreadSummary& thread : run.threads) {
        if (thread.process == trace::kSystemProcess || thread.process == trace::kClientsProcess) continue;
        f.states += thread.states;
        if (permille(thread.states.on_core(), run.makespan) >= 20) ++f.working;
    }
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
