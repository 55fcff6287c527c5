#include "analysis/insight/difference.hpp"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "analysis/insight/words.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kRows = 8;

// Something that both runs may have, and its time in each.
struct Pair {
    Nanoseconds before = 0;
    Nanoseconds after = 0;
    [[nodiscard]] Nanoseconds change() const { return std::abs(after - before); }
};
using Pairs = std::map<std::string, Pair>;

// Thread time by group and state.
void states(const RunAnalysis& run, Nanoseconds Pair::*side, Pairs& pairs) {
    for (std::size_t i = 0; i < run.summary().threads.size(); ++i) {
        const int party = run.threads().party(static_cast<int>(i));
        if (party < 0) continue;
        for (const auto& row : trace::kStates) {
            const Nanoseconds time = run.summary().threads[i].states[row.state];
            const auto& name = run.threads().parties()[static_cast<std::size_t>(party)].name;
            if (time > 0) pairs[fmt::format("{}: {}", name, row.about)].*side += time;
        }
    }
}

void waits(const RunAnalysis& run, Nanoseconds Pair::*side, Pairs& pairs) {
    const Words words(run);
    for (const Blame& b : run.blame().matrix()) {
        const Doing& waiter = run.threads().doings()[static_cast<std::size_t>(b.waiter)];
        const std::string who =
            waiter.party < 0 ? "others" : run.threads().parties()[static_cast<std::size_t>(waiter.party)].name;
        const std::string what = b.wanted == Wanted::lock  ? "lock `" + b.lock + "`"
                                 : b.wanted == Wanted::gil ? "the GIL"
                                                           : "a core";
        pairs[fmt::format("{} for {}, had by {}", who, what, words.doing(b.holder))].*side += b.time;
    }
}

void path(const RunAnalysis& run, Nanoseconds Pair::*side, Pairs& pairs) {
    if (run.summary().outcome != trace::Outcome::completed) return;
    const Words words(run);
    for (const Share& s : run.critical_path().path()) pairs[words.doing(s.doing)].*side += s.time;
}

void section(std::string& out, const std::string& title, const Pairs& pairs, Nanoseconds least) {
    std::vector<std::pair<std::string, Pair>> rows;
    for (const auto& row : pairs) {
        if (row.second.change() >= least) rows.push_back(row);
    }
    if (rows.empty()) return;
    std::stable_sort(rows.begin(), rows.end(),
                     [](const auto& x, const auto& y) { return x.second.change() > y.second.change(); });
    out += "\n" + title + "\n";
    for (std::size_t i = 0; i < rows.size() && i < kRows; ++i)
        out += fmt::format("  {:>8} -> {:>8}  {}\n", duration_text(rows[i].second.before),
                           duration_text(rows[i].second.after), rows[i].first);
    if (rows.size() > kRows) out += fmt::format("  and {} smaller ones\n", rows.size() - kRows);
}

std::string factor(std::int64_t before, std::int64_t after) {
    return before > 0 && after > 0 ? fmt::format("  ({} times)", factor_text(permille(after, before))) : "";
}

void gils(std::string& out, const RunSummary& before, const RunSummary& after) {
    for (const InterpreterSummary& b : before.interpreters) {
        const auto a = std::find_if(after.interpreters.begin(), after.interpreters.end(),
                                    [&](const auto& i) { return i.name == b.name && i.process == b.process; });
        if (a == after.interpreters.end() || (b.gil.handoffs == 0 && a->gil.handoffs == 0)) continue;
        out += fmt::format("GIL {}: hand-offs {} -> {}, waits {} -> {}, p50 {} -> {}, p99 {} -> {}\n", b.name,
                           b.gil.handoffs, a->gil.handoffs, b.gil.waits.count, a->gil.waits.count,
                           duration_text(b.gil.waits.p50), duration_text(a->gil.waits.p50),
                           duration_text(b.gil.waits.p99), duration_text(a->gil.waits.p99));
    }
}

void requests(std::string& out, const RunSummary& before, const RunSummary& after) {
    for (const RequestSummary& b : before.requests) {
        const auto a = std::find_if(after.requests.begin(), after.requests.end(),
                                    [&](const RequestSummary& r) { return r.name == b.name; });
        if (a == after.requests.end()) continue;
        out += fmt::format("requests {}: {}/s -> {}/s, p50 {} -> {}, p99 {} -> {}\n", b.name, b.throughput_per_s,
                           a->throughput_per_s, duration_text(b.latency.p50), duration_text(a->latency.p50),
                           duration_text(b.latency.p99), duration_text(a->latency.p99));
    }
}

}  // namespace

std::string difference(const RunAnalysis& before, const RunAnalysis& after, const std::string& a,
                       const std::string& b) {
    const RunSummary& x = before.summary();
    const RunSummary& y = after.summary();
    std::string out = fmt::format("{} -> {}\n\n", a, b);
    out += fmt::format("makespan: {} -> {}{}\n", duration_text(x.makespan), duration_text(y.makespan),
                       factor(x.makespan, y.makespan));
    if (x.outcome != y.outcome)
        out += fmt::format("outcome: {} -> {}\n", trace::name(x.outcome), trace::name(y.outcome));
    gils(out, x, y);
    requests(out, x, y);

    const Nanoseconds least = std::max<Nanoseconds>(1, std::max(x.makespan, y.makespan) / 100);
    const auto both = [&](auto collect) {
        Pairs pairs;
        collect(before, &Pair::before, pairs);
        collect(after, &Pair::after, pairs);
        return pairs;
    };
    const std::size_t head = out.size();
    section(out, "Time of threads:", both(states), least);
    section(out, "Waiting:", both(waits), least);
    section(out, "On the critical path:", both(path), least);
    if (out.size() == head) out += "\nNothing else differs by 1 % of the makespan.\n";
    out += fmt::format("\nOne run each, with {}: what is chance, several seeds tell (gilsim sweep with repeat: 5).\n",
                       x.seed == y.seed ? "the same seed" : "different seeds");
    return out;
}

}  // namespace gilsim::analysis
