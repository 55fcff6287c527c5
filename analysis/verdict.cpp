#include "analysis/verdict.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/format.h>

#include "analysis/crossover.hpp"
#include "analysis/limits.hpp"
#include "analysis/text.hpp"
#include "analysis/text_table.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kLines = 15;

// One variant, ready to be shown and compared.
struct Entry {
    const RunSummary* run;
    Figures figures;
    Limit limit;
    const RequestSummary* requests;  // the kind the verdict shows; null: none
    std::int64_t gain = 1000;        // against the first variant, in permille; 0: cannot be compared
};

// The kind of request with the most completions over all variants; empty: there is none.
std::string main_request(const ScenarioSummary& summary) {
    std::vector<std::pair<std::string, std::int64_t>> counts;
    for (const RunSummary& run : summary.variants) {
        for (const RequestSummary& request : run.requests) {
            auto found = std::find_if(counts.begin(), counts.end(), [&](auto& c) { return c.first == request.name; });
            if (found == counts.end()) found = counts.insert(counts.end(), {request.name, 0});
            found->second += request.count;
        }
    }
    const auto most = std::max_element(counts.begin(), counts.end(),
                                       [](const auto& a, const auto& b) { return a.second < b.second; });
    return most == counts.end() || most->second == 0 ? "" : most->first;
}

// Whether the variants are to be compared by throughput: they ran equally long, and they served requests.
bool by_throughput(const std::vector<Entry>& entries) {
    const Nanoseconds first = entries.front().run->makespan;
    return std::all_of(entries.begin(), entries.end(), [&](const Entry& e) {
        return e.requests != nullptr && e.requests->count > 0 &&
               std::abs(permille(e.run->makespan, first) - 1000) <= kEquallyLong;
    });
}

std::vector<Entry> entries_of(const ScenarioSummary& summary) {
    const std::string kind = main_request(summary);
    std::vector<Entry> entries;
    for (const RunSummary& run : summary.variants) {
        const auto found = std::find_if(run.requests.begin(), run.requests.end(),
                                        [&](const RequestSummary& r) { return !kind.empty() && r.name == kind; });
        entries.push_back({&run, figures(run), limit_of(run), found == run.requests.end() ? nullptr : &*found, 1000});
    }
    return entries;
}

void compare(std::vector<Entry>& entries, bool throughput) {
    const Entry& first = entries.front();
    for (Entry& e : entries) {
        const bool comparable = !ended_badly(e.run->outcome) && !ended_badly(first.run->outcome) &&
                                (throughput || (e.run->outcome == trace::Outcome::completed &&
                                                first.run->outcome == trace::Outcome::completed));
        if (!comparable) {
            e.gain = 0;
        } else if (throughput) {
            // From counts rather than from rounded rates.
            e.gain = permille(e.requests->count, first.requests->count) * 1000 /
                     permille(e.run->makespan, first.run->makespan);
        } else {
            e.gain = permille(first.run->makespan, e.run->makespan);
        }
        if (comparable) e.gain = std::max<std::int64_t>(e.gain, 1);
    }
}

// --- the table -------------------------------------------------------------------------------------------------------

std::string makespan_text(const RunSummary& run) {
    return (run.outcome == trace::Outcome::completed ? "" : "> ") + duration_text(run.makespan);
}

// Page faults by which a process that has forked, or been forked, comes to run the library's code: in a run of a pool
// with one worker (CPython 3.13) 43 of the worker, 150 of its parent. More are taken for its program's.
constexpr std::int64_t kOfCode = 256;

// Whether its programs allocate: then the table tells how much.
bool uses_memory(const RunSummary& run) {
    return std::any_of(run.processes.begin(), run.processes.end(),
                       [](const ProcessSummary& p) { return p.page_faults > kOfCode || p.collections > 0; });
}

// What a forked process has alone at most, after its program copied pages that it shared with its parent; 0: none did.
Bytes child_uss(const RunSummary& run) {
    Bytes most = 0;
    for (const ProcessSummary& process : run.processes)
        if (process.pages_copied > kOfCode && process.start > 0) most = std::max(most, process.uss_peak);
    return most;
}

std::string longest_collection(const RunSummary& run) {
    Nanoseconds longest = 0;
    for (const ProcessSummary& process : run.processes) longest = std::max(longest, process.gc_pauses.max);
    return longest == 0 ? "-" : duration_text(longest);
}

std::vector<TextRow> rows_of(const std::vector<Entry>& entries, bool throughput) {
    const auto with_requests =
        std::find_if(entries.begin(), entries.end(), [](const Entry& e) { return e.requests != nullptr; });
    const bool requests = with_requests != entries.end();
    TextRow header{"variant"};
    if (throughput) {
        header.push_back(with_requests->requests->name + "/s");
    } else {
        header.emplace_back("makespan");
    }
    header.emplace_back("speed-up");
    if (requests) header.insert(header.end(), {"p50", "p99"});
    header.insert(header.end(), {"cores busy", "GIL wait"});
    // Programs that allocate are about memory; the others about the GIL's hand-offs.
    const bool memory = std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return uses_memory(*e.run); });
    const bool copies = std::any_of(entries.begin(), entries.end(), [](const Entry& e) { return child_uss(*e.run) > 0; });
    if (memory) {
        header.emplace_back("memory");
        if (copies) header.emplace_back("child's USS");
        header.emplace_back("longest GC");
    } else {
        header.emplace_back("hand-offs/s");
    }
    header.emplace_back("limited by");
    std::vector<TextRow> rows{std::move(header)};
    for (const Entry& e : entries) {
        TextRow row{e.run->name};
        row.push_back(throughput ? std::to_string(e.requests->throughput_per_s) : makespan_text(*e.run));
        row.push_back(e.gain == 0 ? "-" : factor_text(e.gain));
        if (requests) {
            const bool any = e.requests != nullptr && e.requests->latency.count > 0;
            row.push_back(any ? duration_text(e.requests->latency.p50) : "-");
            row.push_back(any ? duration_text(e.requests->latency.p99) : "-");
        }
        row.push_back(fmt::format("{} of {}", factor_text(e.figures.cores_busy), e.figures.cores));
        row.push_back(percent_text(e.figures.gil_wait));
        if (memory) {
            row.push_back(bytes_text(e.run->memory_peak));
            if (copies) row.push_back(child_uss(*e.run) > 0 ? bytes_text(child_uss(*e.run)) : "-");
            row.push_back(longest_collection(*e.run));
        } else {
            row.push_back(e.figures.interpreter == nullptr ? "-" : std::to_string(e.figures.handoffs_per_s));
        }
        row.push_back(e.limit.what);
        rows.push_back(std::move(row));
    }
    return rows;
}

// --- the words -------------------------------------------------------------------------------------------------------

const Entry& winner_of(const std::vector<Entry>& entries) {
    // The first of equals: a variant must be better to displace an earlier one.
    const Entry* best = &entries.front();
    for (const Entry& e : entries) {
        if (e.gain > best->gain + kEqual) best = &e;
    }
    return *best;
}

// What differs where the speed does not: how often the GIL changes hands. Empty unless that is by a factor of two.
std::string handoffs_text(const std::vector<Entry>& entries) {
    const auto [least, most] = std::minmax_element(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return a.figures.handoffs_per_s < b.figures.handoffs_per_s;
    });
    if (most->figures.handoffs_per_s < 2 * std::max<std::int64_t>(least->figures.handoffs_per_s, 1)) return "";
    return fmt::format(", but the GIL changes hands {} times a second in {}, {} times in {}",
                       least->figures.handoffs_per_s, least->run->name, most->figures.handoffs_per_s, most->run->name);
}

std::string winner_text(const std::vector<Entry>& entries, const Entry& best, bool throughput) {
    const Entry& first = entries.front();
    const std::string_view measure = throughput ? "throughput" : "speed";
    if (std::all_of(entries.begin() + 1, entries.end(), [](const Entry& e) { return e.gain == 0; }))
        return "The variants cannot be compared: not every one ran to its end.";
    if (best.run == first.run) {
        const auto all_equal = std::all_of(entries.begin(), entries.end(), [](const Entry& e) {
            return e.gain != 0 && std::abs(e.gain - 1000) <= kEqual;
        });
        if (all_equal)
            return fmt::format("No variant makes a difference to the {} (all within 3 %){}.", measure,
                               handoffs_text(entries));
        const Entry& worst = *std::min_element(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
            return (a.gain == 0 ? 1000 : a.gain) < (b.gain == 0 ? 1000 : b.gain);
        });
        return fmt::format("{} wins; {} has {} of its {}.", first.run->name, worst.run->name, percent_text(worst.gain),
                           measure);
    }
    std::string tied;
    for (const Entry& e : entries) {
        if (e.run != best.run && e.gain != 0 && std::abs(e.gain - best.gain) <= kEqual)
            tied += (tied.empty() ? ", with " : ", ") + e.run->name;
    }
    if (!tied.empty()) tied += " on a par";
    return fmt::format("{} wins: {} times the {} of {}, {} of {} busy{}.", best.run->name, factor_text(best.gain),
                       measure, first.run->name, factor_text(best.figures.cores_busy),
                       count_text(best.figures.cores, "core"), tied);
}

// One sentence per kind of limit, for all the variants that share it.
std::vector<std::string> limits_text(const std::vector<Entry>& entries) {
    struct Sharers {
        const Entry* first;
        std::string names;
    };
    std::vector<Sharers> groups;
    for (const Entry& e : entries) {
        const auto same = std::find_if(groups.begin(), groups.end(),
                                       [&](const Sharers& g) { return g.first->limit.what == e.limit.what; });
        if (same == groups.end()) {
            groups.push_back({&e, e.run->name});
        } else {
            same->names += ", " + e.run->name;
        }
    }
    std::vector<std::string> lines;
    for (const Sharers& g : groups) lines.push_back(g.names + ": " + g.first->limit.evidence + ".");
    return lines;
}

}  // namespace

std::string verdict(const ScenarioSummary& summary, bool color) {
    std::vector<std::string> lines;
    wrap(lines, summary.title.empty() ? summary.scenario : summary.title);
    if (summary.variants.empty()) return lines.front() + "\n";
    std::vector<Entry> entries = entries_of(summary);
    const bool throughput = by_throughput(entries);
    compare(entries, throughput);
    const Entry& best = winner_of(entries);

    lines.emplace_back();
    const std::vector<std::string> table = layout(rows_of(entries, throughput));
    for (std::size_t i = 0; i < table.size(); ++i) {
        const bool emphasise = color && entries.size() > 1 && i > 0 && entries[i - 1].run == best.run && best.gain != 0;
        lines.push_back(emphasise ? "\x1b[1m" + table[i] + "\x1b[0m" : table[i]);
    }
    lines.emplace_back();

    const std::vector<std::string> crossings = crossovers(summary);
    if (!crossings.empty())
        wrap(lines, fmt::format("{}", fmt::join(crossings, " ")));
    else if (entries.size() > 1)
        wrap(lines, winner_text(entries, best, throughput));
    std::vector<std::string> words = crossings.empty() ? limits_text(entries) : std::vector<std::string>{};
    for (const Entry& e : entries) {
        if (e.run->outcome == trace::Outcome::limit && !throughput)
            words.push_back(e.run->name + ": stopped at its time limit before its work was done.");
        for (const std::string& wait : e.run->deadlock) words.push_back("  " + wait);
    }
    for (std::size_t i = 0; i < words.size(); ++i) {
        std::vector<std::string> wrapped;
        wrap(wrapped, words[i]);
        const std::size_t needed = wrapped.size() + (i + 1 < words.size() ? 1 : 0);
        if (lines.size() + needed > std::max(kLines, table.size() + 8)) {
            lines.emplace_back("... more with --json.");
            break;
        }
        lines.insert(lines.end(), wrapped.begin(), wrapped.end());
    }
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace gilsim::analysis
