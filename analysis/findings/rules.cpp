#include <algorithm>
#include <array>
#include <optional>

#include <fmt/format.h>

#include "analysis/findings/finding.hpp"
#include "analysis/insight/words.hpp"
#include "analysis/limits.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

using trace::ThreadState;

// What the rules look at.
struct Facts {
    explicit Facts(const RunAnalysis& r)
        : run(r), words(r), figures(analysis::figures(r.summary())), matrix(r.blame().matrix()) {
        states.resize(r.threads().parties().size());
        for (std::size_t i = 0; i < r.summary().threads.size(); ++i) {
            const int party = r.threads().party(static_cast<int>(i));
            if (party >= 0) states[static_cast<std::size_t>(party)] += r.summary().threads[i].states;
        }
        for (const Blame& b : matrix) waited[static_cast<std::size_t>(b.wanted)] += b.time;
    }
    [[nodiscard]] const Doing& doing(int id) const { return run.threads().doings()[static_cast<std::size_t>(id)]; }
    [[nodiscard]] const std::string& party(int id) const {
        return run.threads().parties()[static_cast<std::size_t>(id)].name;
    }
    [[nodiscard]] std::string label(int id) const { return run.directory().labels[static_cast<std::size_t>(id)]; }

    const RunAnalysis& run;
    Words words;
    Figures figures;
    std::vector<Blame> matrix;
    std::vector<StateTimes> states;       ///< by party
    std::array<Nanoseconds, 3> waited{};  ///< by Wanted
};

// Time in which threads wanted something of this machine: neither slept nor waited for devices or for each other's end.
Nanoseconds wanted(const StateTimes& s) {
    return s.total() - s[ThreadState::sleeping] - s[ThreadState::io] - s[ThreadState::joining];
}

// Adds up entries of the matrix, by a key of each; the largest sum first.
template <class Key>
auto sums(const Facts& f, Wanted what, const Key& key) {
    std::vector<std::pair<std::decay_t<decltype(*key(f.matrix.front()))>, Nanoseconds>> result;
    for (const Blame& b : f.matrix) {
        if (b.wanted != what) continue;
        const auto k = key(b);
        if (!k) continue;
        const auto found = std::find_if(result.begin(), result.end(), [&](const auto& r) { return r.first == *k; });
        if (found == result.end()) {
            result.emplace_back(*k, b.time);
        } else {
            found->second += b.time;
        }
    }
    std::stable_sort(result.begin(), result.end(), [](const auto& a, const auto& b) { return a.second > b.second; });
    return result;
}

// The kind of request that spends the largest share of its time waiting for the GIL; null: none.
const RequestSummary* waiting_request(const Facts& f) {
    const RequestSummary* worst = nullptr;
    Nanoseconds longest = 0;
    for (const RequestSummary& r : f.run.summary().requests) {
        if (r.states[ThreadState::waiting_gil] <= longest) continue;
        longest = r.states[ThreadState::waiting_gil];
        worst = &r;
    }
    return worst;
}

// --- the rules
// --------------------------------------------------------------------------------------------------------

// C code that holds the GIL while others wait for it.
void native_holds(const Facts& f, std::vector<Finding>& out) {
    const Nanoseconds all = f.waited[0];
    if (permille(all, wanted(f.figures.states)) < 100) return;
    const auto labels = sums(f, Wanted::gil, [&](const Blame& b) -> std::optional<int> {
        const Doing& d = f.doing(b.holder);
        if (b.holder == Threads::kNobody || d.state != ThreadState::native || d.label < 0) return std::nullopt;
        return d.label;
    });
    if (labels.empty() || permille(labels[0].second, all) < 300) return;
    const auto& [label, time] = labels[0];
    const auto holders = sums(f, Wanted::gil, [&, l = label](const Blame& b) -> std::optional<int> {
        const Doing& d = f.doing(b.holder);
        return b.holder != Threads::kNobody && d.label == l ? std::optional(d.party) : std::nullopt;
    });
    const std::string name = f.label(label);
    const std::string group = f.party(holders[0].first);
    Finding found;
    found.id = "native_holds_gil";
    found.title = fmt::format("C code in `{}` holds the GIL while other threads wait for it", name);
    found.evidence = fmt::format(
        "Threads wait for the GIL {} of the time in which they have work. {} of that waiting ({}) passed while {} was "
        "in "
        "`{}`, C code that holds the GIL and has no check points.",
        percent_text(permille(all, wanted(f.figures.states))), percent_text(permille(time, all)), duration_text(time),
        group, name);
    found.advice = fmt::format(
        "Release the GIL in `{}` if it touches no Python objects (Py_BEGIN_ALLOW_THREADS, `nogil` in "
        "Cython), or move that work to processes.",
        name);
    if (const auto* request = waiting_request(f)) found.subject = request->name;
    found.changes = {release_gil(name), use_processes(group)};
    out.push_back(std::move(found));
}

// Threads with short turns queue behind threads with long ones, again and again.
void convoy(const Facts& f, std::vector<Finding>& out) {
    struct Victim {
        int interpreter;
        int party;
        const GilUser* use;
    };
    std::optional<Victim> worst;
    const auto& users = f.run.gil_use().users();
    for (std::size_t i = 0; i < users.size(); ++i) {
        for (std::size_t p = 0; p < users[i].size(); ++p) {
            const GilUser& u = users[i][p];
            const Distribution waits = u.waits.distribution();
            const Distribution holds = u.holds.distribution();
            const bool convoyed = waits.count >= 10 && holds.count > 0 && waits.mean >= 5 * holds.mean &&
                                  permille(u.wait_total, wanted(f.states[p])) >= 400;
            if (convoyed && (!worst || u.wait_total > worst->use->wait_total))
                worst = Victim{static_cast<int>(i), static_cast<int>(p), &u};
        }
    }
    if (!worst) return;
    const auto holders = sums(f, Wanted::gil, [&](const Blame& b) -> std::optional<int> {
        const Doing& d = f.doing(b.holder);
        const bool other = b.holder != Threads::kNobody && d.party >= 0 && d.party != worst->party;
        return other && f.doing(b.waiter).party == worst->party ? std::optional(b.holder) : std::nullopt;
    });
    Nanoseconds waited = 0;  // also in waits that never ended
    for (const Blame& b : f.matrix)
        if (b.wanted == Wanted::gil && f.doing(b.waiter).party == worst->party) waited += b.time;
    if (holders.empty() || permille(holders[0].second, waited) < 300) return;
    const Doing& holder = f.doing(holders[0].first);
    const std::string victim = f.party(worst->party);
    const std::string group = f.party(holder.party);
    const Distribution waits = worst->use->waits.distribution();
    const Distribution holds = worst->use->holds.distribution();
    const Nanoseconds patience = f.run.gil_use().patience(worst->interpreter);
    Finding found;
    found.id = "convoy";
    found.title = fmt::format("A convoy: {} waits for {} each time it wants the GIL", victim, group);
    found.evidence = fmt::format(
        "{} took the GIL {} times after a wait of {} on average (p99 {}), to use it for {} on average: {} of its time "
        "with work is waiting for the GIL. {} of that waiting was filled by {}.",
        victim, waits.count, duration_text(waits.mean), duration_text(waits.p99), duration_text(holds.mean),
        percent_text(permille(worst->use->wait_total, wanted(f.states[static_cast<std::size_t>(worst->party)]))),
        percent_text(permille(holders[0].second, waited)), f.words.doing(holders[0].first));
    if (patience > 0)
        found.evidence += fmt::format(" In {} of its waits its patience ran out: it had to ask for the GIL after {}.",
                                      percent_text(permille(worst->use->asked, waits.count)), duration_text(patience));
    found.advice = fmt::format(
        "Move the work of {} to processes, so that {} has a GIL of its own; or shorten the switch interval "
        "(sys.setswitchinterval), which makes each wait shorter at the price of more hand-offs.",
        group, victim);
    if (const auto* request = waiting_request(f)) found.subject = request->name;
    found.changes = {use_processes(group)};
    if (holder.state == ThreadState::native && holder.label >= 0)
        found.changes.push_back(release_gil(f.label(holder.label)));
    if (patience > kMillisecond) found.changes.push_back(switch_interval(kMillisecond / 2));
    out.push_back(std::move(found));
}

// Several threads compute with one GIL, and cores are idle.
void gil_bound(const Facts& f, std::vector<Finding>& out) {
    const Figures& x = f.figures;
    if (x.gil_held < 850 || x.gil_wait < 200 || x.cores_busy > (x.cores - 1) * 1000 + 500) return;
    // There must be something to run beside the busiest thread.
    Nanoseconds busiest = 0;
    for (const ThreadSummary& t : f.run.summary().threads) busiest = std::max(busiest, t.states.on_core());
    if (permille(x.states.on_core() - busiest, f.run.summary().makespan) < 200) return;
    const auto groups = sums(f, Wanted::gil, [&](const Blame& b) -> std::optional<int> {
        const Doing& d = f.doing(b.holder);
        const bool ran = b.holder != Threads::kNobody && d.state == ThreadState::bytecode && d.party >= 0;
        return ran ? std::optional(d.party) : std::nullopt;
    });
    if (groups.empty() || permille(groups[0].second, f.waited[0]) < 500) return;
    const std::string group = f.party(groups[0].first);
    Finding found;
    found.id = "gil_bound";
    found.title = "One GIL for more work than one core can do";
    found.evidence = fmt::format(
        "The GIL is held {} of the run and threads with work wait for it {} of the time, {} of that for bytecode of "
        "{}; "
        "meanwhile {} of {} are idle.",
        percent_text(x.gil_held), percent_text(x.gil_wait), percent_text(permille(groups[0].second, f.waited[0])),
        group, factor_text(x.cores * 1000 - x.cores_busy), count_text(x.cores, "core"));
    found.advice = "Run the work in processes or in an interpreter without a GIL. More threads do not help.";
    found.changes = {use_processes(group)};
    out.push_back(std::move(found));
}

// Threads wait for a lock of the program.
void lock_bound(const Facts& f, std::vector<Finding>& out) {
    const Nanoseconds all = f.waited[2];
    if (permille(all, wanted(f.figures.states)) < 200) return;
    const auto locks = sums(f, Wanted::lock, [](const Blame& b) { return std::optional(b.lock); });
    const auto& [lock, time] = locks[0];
    const auto holders = sums(f, Wanted::lock, [&, l = lock](const Blame& b) -> std::optional<int> {
        return b.lock == l && b.holder != Threads::kNobody ? std::optional(b.holder) : std::nullopt;
    });
    if (holders.empty()) return;
    Finding found;
    found.id = "lock_bound";
    found.title = fmt::format("Threads wait for lock `{}`", lock);
    found.evidence = fmt::format(
        "Threads with work wait for lock `{}` {} of the time ({} in all). {} of that passed while its holder was: {}.",
        lock, percent_text(permille(time, wanted(f.figures.states))), duration_text(time),
        percent_text(permille(holders[0].second, time)), f.words.doing(holders[0].first));
    found.advice =
        "Do less while holding it (no io, no waiting), or split it, so that threads that touch different "
        "data take different locks.";
    found.changes = {without_lock(lock)};
    out.push_back(std::move(found));
}

// More threads are ready to run than there are cores.
void core_bound(const Facts& f, std::vector<Finding>& out) {
    const Figures& x = f.figures;
    const std::int64_t share = permille(x.states[ThreadState::runnable], x.wanted);
    if (share < 200 || x.cores_busy < x.cores * 850) return;
    Finding found;
    found.id = "core_bound";
    found.title = x.cores == 1 ? "One core for more threads than one" : "More threads than cores have work";
    found.evidence =
        fmt::format("Threads with work are ready but without a core {} of the time; {} of {} are busy on average.",
                    percent_text(share), factor_text(x.cores_busy), count_text(x.cores, "core"));
    found.advice = "More cores, or fewer threads and processes: what waits for a core gains nothing by being many.";
    found.changes = {more_cores(x.cores * 2)};
    out.push_back(std::move(found));
}

// Garbage collections that stop everybody.
void collector(const Facts& f, std::vector<Finding>& out) {
    const auto longest = f.run.memory().collections();
    const std::int64_t share = permille(f.figures.states[ThreadState::collecting], f.figures.states.on_core());
    if (share < 100 || longest.empty()) return;
    std::int64_t collections = 0;
    for (const ProcessSummary& process : f.run.summary().processes) collections += process.collections;
    Finding found;
    found.id = "collector";
    found.title = "Garbage collections stop the program";
    found.evidence = fmt::format(
        "{} take {} of the time on cores; nobody else runs Python meanwhile. The longest, by {}, lasts {}.",
        count_text(collections, "collection"), percent_text(share), f.words.thread(longest[0].thread),
        duration_text(longest[0].end - longest[0].begin));
    found.advice =
        "After the program has loaded what it keeps, call gc.freeze(), so that collections no longer look at it; raise the "
        "thresholds where few objects are in cycles.";
    found.changes = {rarer_collections(), without_collector()};
    out.push_back(std::move(found));
}

// Nobody can go on.
void deadlock(const Facts& f, std::vector<Finding>& out) {
    if (f.run.summary().outcome != trace::Outcome::deadlock) return;
    Finding found;
    found.id = "deadlock";
    found.title = "A deadlock";
    found.evidence = fmt::format("The run stops after {}: threads wait for one another for ever.",
                                 duration_text(f.run.summary().makespan));
    for (const Wait& wait : f.run.blame().worst(Wanted::lock)) {
        if (!wait.ended) found.evidence += " " + f.words.wait(wait) + ".";
    }
    found.advice = "Take locks in the same order everywhere.";
    out.push_back(std::move(found));
}

constexpr std::array kRules{deadlock, native_holds, convoy, gil_bound, lock_bound, core_bound, collector};

}  // namespace

std::vector<Finding> find(const RunAnalysis& run) {
    std::vector<Finding> found;
    if (run.summary().makespan == 0) return found;
    const Facts facts(run);
    for (const auto rule : kRules) rule(facts, found);
    return found;
}

}  // namespace gilsim::analysis
