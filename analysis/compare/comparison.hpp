#pragma once
/// Two runs or two sweeps side by side: what changed, by how much, and whether chance could have done it.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/sweep/sweep_table.hpp"

namespace gilsim::analysis {

/// A figure that is compared.
struct Metric {
    std::string_view name;   ///< with its unit: `makespan_ns`
    std::string_view words;  ///< `makespan`
    bool is_time = true;     ///< else a rate per second
    std::vector<double> SweepEntry::*samples;
};
[[nodiscard]] const std::vector<Metric>& metrics();

/// A figure of a variant at a point in both.
struct Change {
    std::string point;  ///< `workers = 4, machine.cores = 2`; empty: there are no axes
    std::string variant;
    const Metric* metric = nullptr;
    double a = 0, b = 0;        ///< means
    std::int64_t runs = 0;      ///< of the side with fewer
    std::int64_t permille = 0;  ///< b / a - 1, in permille
    /// Half of the 95 % interval of the difference, relative to a, in permille; nothing: one run each, not known.
    std::optional<std::int64_t> noise;
    bool beyond_noise = false;  ///< if the noise is not known: more than 3 %
};

struct RunComparison {
    std::string a, b;  ///< as given on the command line
    std::string title;
    bool paired = true;           ///< both ran with the same seeds everywhere
    std::vector<Change> changes;  ///< all figures that both have, in the order of A
    std::vector<std::string> only_in_a, only_in_b;
    std::vector<std::string> outcomes;  ///< what ended otherwise, in words
};

[[nodiscard]] RunComparison compare(const SweepTable& a, const SweepTable& b);

/// For people: the largest changes beyond noise as a table, and what it comes to, in some 15 lines.
[[nodiscard]] std::string comparison_text(const RunComparison& comparison);
/// Everything, as JSON, indented.
[[nodiscard]] std::string to_json(const RunComparison& comparison);

}  // namespace gilsim::analysis
