#include "analysis/compare/comparison.hpp"

#include <algorithm>
#include <cmath>
#include <map>

#include <fmt/format.h>

namespace gilsim::analysis {
namespace {

constexpr std::int64_t kNotable = 30;  ///< permille: of single runs, less than 3 % is no change

/// What identifies a variant at a point in both: the values of axes by name, and the variant's name.
std::string identity(const SweepTable& table, const SweepEntry& entry) {
    std::vector<std::string> parts;
    const auto& values = table.head.points[static_cast<std::size_t>(entry.point)];
    for (std::size_t i = 0; i < values.size(); ++i) parts.push_back(table.head.axes[i].name + "=" + values[i].text);
    std::sort(parts.begin(), parts.end());
    return fmt::format("{}\n{}", table.head.variants[static_cast<std::size_t>(entry.variant)].first,
                       fmt::join(parts, "\n"));
}

std::string told(const SweepTable& table, const SweepEntry& entry) {
    const std::string point = table.told(entry.point);
    const std::string& variant = table.head.variants[static_cast<std::size_t>(entry.variant)].first;
    return point.empty() ? variant : fmt::format("{} at {}", variant, point);
}

std::string outcome(const SweepEntry& e) {
    if (e.failed > 0) return "failed";
    if (e.results() == 0) return "not run";
    if (!e.bad_end().empty()) return std::string(e.bad_end());
    return e.ended(trace::Outcome::limit) > 0 ? "stopped at its limit" : "completed";
}

Change change(const Metric& metric, const SweepEntry& a, const SweepEntry& b, bool paired) {
    const std::vector<double>& of_a = a.*metric.samples;
    const std::vector<double>& of_b = b.*metric.samples;
    Change result;
    result.metric = &metric;
    result.a = spread(of_a).mean;
    result.b = spread(of_b).mean;
    result.runs = static_cast<std::int64_t>(std::min(of_a.size(), of_b.size()));
    const Spread d = difference(of_a, of_b, paired && of_a.size() == of_b.size());
    const auto relative = [&](double x) { return result.a == 0 ? 0 : x / result.a * 1000; };
    result.permille = std::llround(relative(d.mean));
    if (result.runs > 1) {
        result.noise = static_cast<std::int64_t>(std::ceil(relative(d.half) - 1e-9));
        result.beyond_noise = std::abs(d.mean) > d.half;
    } else {
        result.beyond_noise = std::abs(result.permille) > kNotable;
    }
    return result;
}

}  // namespace

const std::vector<Metric>& metrics() {
    static const std::vector<Metric> all{
        {"makespan_ns", "makespan", true, &SweepEntry::makespans},
        {"throughput_per_s", "throughput", false, &SweepEntry::rates},
        {"latency_p50_ns", "p50", true, &SweepEntry::p50s},
        {"latency_p99_ns", "p99", true, &SweepEntry::p99s},
    };
    return all;
}

RunComparison compare(const SweepTable& a, const SweepTable& b) {
    RunComparison result;
    result.title = a.head.title;
    std::map<std::string, const SweepEntry*> others;
    for (const SweepEntry& entry : b.entries) others.emplace(identity(b, entry), &entry);
    for (const SweepEntry& entry : a.entries) {
        const auto found = others.find(identity(a, entry));
        if (found == others.end()) {
            result.only_in_a.push_back(told(a, entry));
            continue;
        }
        const SweepEntry& other = *found->second;
        others.erase(found);
        if (outcome(entry) != outcome(other))
            result.outcomes.push_back(
                fmt::format("{}: {} in A, {} in B", told(a, entry), outcome(entry), outcome(other)));
        const bool paired = entry.seeds == other.seeds;
        result.paired = result.paired && paired;
        for (const Metric& metric : metrics()) {
            if ((entry.*metric.samples).empty() || (other.*metric.samples).empty()) continue;
            Change& row = result.changes.emplace_back(change(metric, entry, other, paired));
            row.point = a.told(entry.point);
            row.variant = a.head.variants[static_cast<std::size_t>(entry.variant)].first;
        }
    }
    for (const SweepEntry& entry : b.entries) {
        if (others.contains(identity(b, entry))) result.only_in_b.push_back(told(b, entry));
    }
    return result;
}

}  // namespace gilsim::analysis
