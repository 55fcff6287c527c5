#include "analysis/verdict.hpp"

#include <algorithm>
#include <iterator>
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

// Requests that a variant has served.
std::int64_t served(const Entry& e) {
    return e.requests == nullptr ? 0 : e.requests->count;
}

// Whether the variants are to be compared by throughput: they served requests, for equally long or for as long as they
// were let.
bool by_throughput(const std::vector<Entry>& entries) {
    const Nanoseconds first = entries.front().run->makespan;
    const bool stopped = std::any_of(entries.begin(), entries.end(),
                                     [](const Entry& e) { return e.run->outcome == trace::Outcome::limit; });
    return served(entries.front()) > 0 && std::all_of(entries.begin(), entries.end(), [&](const Entry& e) {
               return stopped || (served(e) > 0 && std::abs(permille(e.run->makespan, first) - 1000) <= kEquallyLong);
           });
}

// Whether makespans differ by more than is told as equal.
bool lengths_differ(const std::vector<Entry>& entries) {
    const Nanoseconds first = entries.front().run->makespan;
    return std::any_of(entries.begin(), entries.end(),
                       [&](const Entry& e) { return std::abs(permille(e.run->makespan, first) - 1000) > kEqual; });
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
                                (throughput ? served(e) > 0
                                            : (e.run->outcome == trace::Outcome::completed &&
                                               first.run->outcome == trace::Outcome::completed));
        if (!comparable) {
            e.gain = 0;
        } else if (throughput) {
            // From counts rather than from rounded rates; in microseconds, which products of both have room for.
            const auto length = [](const Entry& of) { return of.run->makespan / kMicrosecond + 1; };
            e.gain = permille(served(e) * length(first), served(first) * length(e));
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

Nanoseconds longest_collection(const RunSummary& run) {
    Nanoseconds longest = 0;
    for (const ProcessSummary& process : run.processes) longest = std::max(longest, process.gc_pauses.max);
    return longest;
}

std::string rate_text(const Entry& e) {
    if (e.requests == nullptr) return "0";
    if (e.requests->throughput_per_s >= 10) return std::to_string(e.requests->throughput_per_s);
    return factor_text(permille(e.requests->count * 1000, e.run->makespan / kMillisecond));
}

std::vector<TextRow> rows_of(const std::vector<Entry>& entries, bool throughput) {
    const auto with_requests =
        std::find_if(entries.begin(), entries.end(), [](const Entry& e) { return e.requests != nullptr; });
    const bool requests = with_requests != entries.end();
    TextRow header{"variant"};
    if (throughput) {
        header.push_back(with_requests->requests->name + "/s");
    }
    const bool makespans = !throughput || lengths_differ(entries);
    if (makespans) header.emplace_back("makespan");
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
        if (throughput) row.push_back(rate_text(e));
        if (makespans) row.push_back(makespan_text(*e.run));
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
            const Nanoseconds longest = longest_collection(*e.run);
            row.push_back(longest == 0 ? "-" : duration_text(longest));
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
    const auto best = std::max_element(entries.begin(), entries.end(),
                                       [](const Entry& a, const Entry& b) { return a.gain < b.gain; });
    return best->gain > entries.front().gain + kEqual ? *best : entries.front();
}

// The one that is told to be slowest: of those that can be compared.
const Entry& slowest_of(const std::vector<Entry>& entries) {
    return *std::min_element(entries.begin(), entries.end(), [](const Entry& a, const Entry& b) {
        return (a.gain == 0 ? 1000 : a.gain) < (b.gain == 0 ? 1000 : b.gain);
    });
}

// How much something differs between variants.
struct Difference {
    std::string text;         // `, but what from 1 (a) to 9 (b)`
    std::int64_t factor = 0;  // of the greatest to the least, in permille
};

template <typename Of>
Difference difference(const std::vector<Entry>& entries, const std::string& what, Of of,
                      std::string (*text)(std::int64_t)) {
    const auto [least, most] = std::minmax_element(entries.begin(), entries.end(),
                                                   [&](const Entry& a, const Entry& b) { return of(a) < of(b); });
    return {fmt::format(", but {} from {} ({}) to {} ({})", what, text(of(*least)), least->run->name, text(of(*most)),
                        most->run->name),
            permille(of(*most), std::max<std::int64_t>(of(*least), 1))};
}

// What differs where the speed hardly does: how late answers are or how long collections, whichever differs more; else
// how often the GIL changes hands.
std::string other_difference(const std::vector<Entry>& entries) {
    constexpr std::int64_t kTold = 1300;  // a third more
    std::vector<Difference> differences;
    if (std::all_of(entries.begin(), entries.end(), [](const Entry& e) { return served(e) > 0; }))
        differences.push_back(difference(
            entries, "the p99 of " + entries.front().requests->name + " goes",
            [](const Entry& e) { return e.requests->latency.p99; }, duration_text));
    differences.push_back(difference(
        entries, "the longest collection goes", [](const Entry& e) { return longest_collection(*e.run); },
        duration_text));
    const auto most = std::max_element(differences.begin(), differences.end(),
                                       [](const auto& a, const auto& b) { return a.factor < b.factor; });
    if (most->factor >= kTold) return most->text;
    const Difference handoffs = difference(
        entries, "hand-offs of the GIL go", [](const Entry& e) { return e.figures.handoffs_per_s; },
        [](std::int64_t n) { return fmt::format("{} a second", n); });
    return handoffs.factor >= kTold ? handoffs.text : "";
}

std::string winner_text(const std::vector<Entry>& entries, const Entry& best, bool throughput) {
    const Entry& first = entries.front();
    const std::string_view measure = throughput ? "throughput" : "speed";
    if (std::all_of(entries.begin() + 1, entries.end(), [](const Entry& e) { return e.gain == 0; }))
        return "The variants cannot be compared: not every one ran to its end.";
    const auto equal = [](const Entry& a, const Entry& b) {
        return a.gain != 0 && std::abs(a.gain - b.gain) <= kEqual;
    };
    if (std::all_of(entries.begin(), entries.end(), [&](const Entry& e) { return equal(e, first); }))
        return fmt::format("No variant makes a difference to the {} (all within 3 %){}.", measure,
                           other_difference(entries));
    const Entry& slowest = slowest_of(entries);
    std::string others;  // on a par with the best
    for (const Entry& e : entries) {
        if (e.run != best.run && equal(e, best)) others += (others.empty() ? "" : ", ") + e.run->name;
    }
    if (best.run == first.run && others.empty())
        return fmt::format("{} wins; {} has {} of its {}.", first.run->name, slowest.run->name,
                           percent_text(slowest.gain), measure);
    if (best.run == first.run)
        return fmt::format("None is more than 3 % faster than {}; {} has {} of its {}{}.", first.run->name,
                           slowest.run->name, percent_text(slowest.gain), measure,
                           slowest.gain >= 1000 - kEquallyLong ? other_difference(entries) : "");
    const std::string tied = others.empty() ? "" : fmt::format(", with {} on a par", others);
    std::string last;
    if (best.gain <= 1000 + kEquallyLong && slowest.gain >= 1000 - kEquallyLong)
        last = other_difference(entries);
    else if (slowest.gain < 1000 - kEqual)
        last = fmt::format("; {} has {} of it", slowest.run->name, percent_text(slowest.gain));
    return fmt::format("{} wins: {} times the {} of {}, {} of {} busy{}{}.", best.run->name, factor_text(best.gain),
                       measure, first.run->name, factor_text(best.figures.cores_busy),
                       count_text(best.figures.cores, "core"), tied, last);
}

// What limits variants, in a sentence for all that the same sentence fits.
struct Reason {
    std::string names;
    std::vector<const Evidence*> evidence;
    std::int64_t distance = 0;  // how far the most different of them is from the first variant, as a factor in permille
};

std::vector<Reason> reasons_of(const std::vector<Entry>& entries) {
    std::vector<Reason> reasons;
    for (const Entry& e : entries) {
        const auto same = std::find_if(reasons.begin(), reasons.end(), [&](const Reason& r) {
            return r.evidence.front()->says_what(e.limit.evidence);
        });
        Reason& reason = same == reasons.end() ? reasons.emplace_back() : *same;
        reason.names += (reason.names.empty() ? "" : ", ") + e.run->name;
        reason.evidence.push_back(&e.limit.evidence);
        const std::int64_t distance = e.gain == 0 ? INT64_MAX : std::max(e.gain, 1'000'000 / e.gain);
        reason.distance = std::max(reason.distance, distance);
    }
    return reasons;
}

// A sentence per reason, in the order of the variants, each wrapped: as many as fit into `room` lines, those of the
// variants that differ most from the first.
std::vector<std::string> reasons_text(std::vector<Reason> reasons, std::size_t room) {
    std::vector<std::vector<std::string>> sentences;
    std::vector<std::size_t> by_distance;
    for (const Reason& reason : reasons) {
        by_distance.push_back(sentences.size());
        wrap(sentences.emplace_back(), reason.names + ": " + Evidence::together(reason.evidence) + ".");
    }
    std::stable_sort(by_distance.begin(), by_distance.end(),
                     [&](std::size_t a, std::size_t b) { return reasons[a].distance > reasons[b].distance; });
    std::size_t needed = 0;
    for (const auto& sentence : sentences) needed += sentence.size();
    const bool all = needed <= room;
    if (!all && room > 0) --room;  // for the last line
    for (const std::size_t i : by_distance) {
        if (all || sentences[i].size() <= room) {
            room -= sentences[i].size();
        } else {
            sentences[i].clear();
        }
    }
    std::vector<std::string> lines;
    for (auto& sentence : sentences) std::move(sentence.begin(), sentence.end(), std::back_inserter(lines));
    if (!all) lines.emplace_back("... more with --variant NAME.");
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
    std::vector<std::string> ends;
    for (const Entry& e : entries) {
        if (e.run->outcome == trace::Outcome::limit && !throughput)
            wrap(ends, e.run->name + ": stopped at its time limit before its work was done.");
        for (const RequestSummary& r : e.run->requests) {
            if (e.run->outcome == trace::Outcome::completed && r.unfinished > 0)
                wrap(ends, fmt::format("{}: the program ended, but {} of `{}` had no answer.", e.run->name,
                                       count_text(r.unfinished, "request"), r.name));
        }
        for (const std::string& wait : e.run->deadlock) wrap(ends, "  " + wait);
    }
    if (crossings.empty()) {
        const std::size_t taken = lines.size() + ends.size();
        const std::size_t most = std::max(kLines, table.size() + 8);
        for (const std::string& line : reasons_text(reasons_of(entries), most > taken ? most - taken : 0))
            lines.push_back(line);
    }
    lines.insert(lines.end(), ends.begin(), ends.end());
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

}  // namespace gilsim::analysis
