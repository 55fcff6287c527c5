#pragma once
/// The results of a sweep put together: for each point and variant what its repetitions came to.

#include <array>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/sweep/spread.hpp"
#include "analysis/sweep/sweep_store.hpp"

namespace gilsim::analysis {

/// A variant at a point, all its repetitions.
struct SweepEntry {
    std::int64_t point = 0;
    std::int64_t variant = 0;
    std::int64_t planned = 0;
    std::int64_t failed = 0;                                   ///< there is no result
    std::array<std::int64_t, trace::kOutcomes.size()> ends{};  ///< how many of those with a result ended how
    std::string error;                                 ///< of the first that failed
    std::vector<std::uint64_t> seeds;                  ///< of those with a result, as the samples below
    std::vector<double> makespans, rates, p50s, p99s;  ///< ns; requests per second; ns; ns. Without requests: empty
    Spread makespan, rate, p50, p99;
    std::int64_t cores = 0, cores_busy = 0, gil_wait = 0;  ///< mean permille
    std::string limited_by;                                ///< of the first

    [[nodiscard]] std::int64_t results() const { return static_cast<std::int64_t>(seeds.size()); }
    [[nodiscard]] std::int64_t ended(trace::Outcome how) const { return ends[static_cast<std::size_t>(how)]; }
    /// How one ended badly, in words (analysis::bad_end); empty: none did.
    [[nodiscard]] std::string_view bad_end() const;
};

struct SweepTable {
    SweepHead head;
    std::string request;  ///< the kind whose figures are shown; empty: none, or not the same everywhere
    /// Compared by throughput rather than by makespan: every run took equally long (a limit), and there are requests.
    bool by_rate = false;
    std::vector<SweepEntry> entries;  ///< by point, then by variant

    [[nodiscard]] const SweepEntry* find(std::int64_t point, std::int64_t variant) const;
    /// What an entry is judged by: its makespan, or its rate.
    [[nodiscard]] const Spread& measure(const SweepEntry& entry) const { return by_rate ? entry.rate : entry.makespan; }
    /// Its measure says how good it is: there are results, none ended badly or, judged by makespans, at the limit.
    [[nodiscard]] bool comparable(const SweepEntry& entry) const;
    /// How many times better `entry` is than `reference`, in permille; 0: cannot be said.
    [[nodiscard]] std::int64_t gain(const SweepEntry& entry, const SweepEntry& reference) const;
    /// `workers = 4, machine.cores = 2`.
    [[nodiscard]] std::string told(std::int64_t point) const;
};

[[nodiscard]] SweepTable sweep_table(const SweepStore& store);
/// A single run of a scenario as a sweep of one point and one repetition.
[[nodiscard]] SweepTable sweep_table(const ScenarioSummary& summary);

/// As JSON: axes, variants, the table, every run. Indented, ending in a newline.
[[nodiscard]] std::string to_json(const SweepStore& store);
/// The view `results` as CSV (RFC 4180), line by line: names, then one line per planned run.
void write_csv(const SweepStore& store, const std::function<void(const std::string& line)>& write);

}  // namespace gilsim::analysis
