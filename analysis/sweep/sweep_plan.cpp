#include <algorithm>
#include <filesystem>
#include <set>
#include <unordered_map>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/digest.hpp"
#include "analysis/sweep/sweep.hpp"
#include "analysis/version.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/resolved.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kEnoughDiagnostics = 20;

/// Tells builds of a changed source tree apart: their commit is the same, their results need not be.
std::string build_identity() {
    const std::string& commit = version().commit;
    if (commit != "unknown" && !commit.ends_with("-dirty")) return "";
    return sha256_file("/proc/self/exe").substr(0, 16);
}

std::string dimension_of(const scenario::Axis& axis) {
    std::set<std::string> dimensions;
    for (const scenario::AxisValue& value : axis.values) {
        if (!value.quantity) return "text";
        const scenario::Quantity& q = *value.quantity;
        dimensions.insert(q.time == 1 ? "time" : q.size == 1 ? "size" : "number");
    }
    return dimensions.size() == 1 ? *dimensions.begin() : "text";
}

std::string scale_of(const scenario::Axis& axis) {
    constexpr double kWide = 20;
    double least = 0, greatest = 0;
    for (const scenario::AxisValue& value : axis.values) {
        if (!value.quantity || value.quantity->value <= 0) return "linear";
        const double x = value.quantity->value;
        least = least == 0 ? x : std::min(least, x);
        greatest = std::max(greatest, x);
    }
    return greatest >= kWide * least ? "log" : "linear";
}

SweepHead head_of(const scenario::SweepFile& file, const std::vector<std::string>& settings) {
    const scenario::Scenario& base = *file.base().scenario;
    SweepHead head;
    head.scenario = std::filesystem::path(base.file).filename().string();
    head.title = base.title;
    head.about = base.about;
    head.release = version().release;
    head.commit = version().commit;
    head.build = build_identity();
    head.settings = nlohmann::json(settings).dump();
    head.repeat = scenario::told_in_short(base.sweep.repeat);
    head.where = base.sweep.where;
    for (const scenario::Axis& axis : file.axes())
        head.axes.push_back({axis.name, axis.in_step, dimension_of(axis), scale_of(axis)});
    return head;
}

/// What distinguishes a variant's runs from all others but for their seed.
std::string digest_of(scenario::Variant variant) {
    variant.seed = 0;
    return sha256(variant.name + "\n" + scenario::to_json(variant).dump());
}

}  // namespace

std::int64_t SweepPlan::runs() const {
    const std::int64_t each = repeats.automatic ? repeats.least : repeats.times;
    std::int64_t unique = 0;
    for (std::size_t i = 0; i < cells.size(); ++i) unique += cells[i].twin == i ? 1 : 0;
    return unique * each;
}

std::string SweepPlan::key(const SweepCell& cell, std::int64_t repetition) const {
    return sha256(fmt::format("{} {} {}\n{}\n{}", head.release, head.commit, head.build,
                              cell.seed + static_cast<std::uint64_t>(repetition - 1), cell.digest));
}

std::vector<PlannedRun> SweepPlan::planned() const {
    std::vector<PlannedRun> rows;
    const std::int64_t each = repeats.automatic ? repeats.least : repeats.times;
    for (const SweepCell& cell : cells) {
        for (std::int64_t r = 1; r <= each; ++r) rows.push_back({cell.point, cell.variant, r, key(cell, r)});
    }
    return rows;
}

SweepPlan plan_sweep(const scenario::SweepFile& file, const std::vector<std::string>& variants,
                     const std::vector<std::string>& settings) {
    const scenario::Scenario& base = *file.base().scenario;
    SweepPlan plan;
    plan.head = head_of(file, settings);
    plan.repeats = base.sweep.repeat;
    std::vector<std::size_t> chosen;
    for (std::size_t v = 0; v < base.variants.size(); ++v) {
        const scenario::Variant& variant = base.variants[v];
        if (!variants.empty() && std::find(variants.begin(), variants.end(), variant.name) == variants.end()) continue;
        chosen.push_back(v);
        plan.head.variants.emplace_back(variant.name, variant.about == base.about ? "" : variant.about);
    }
    const scenario::SweepFile::Points points = file.points();
    plan.diagnostics = points.diagnostics;
    std::unordered_map<std::string, std::size_t> first;  // by digest and seed; only looked up
    std::set<std::string> told;
    for (const std::uint64_t combination : points.combinations) {
        const scenario::LoadResult point = file.resolve(combination);
        for (const scenario::Diagnostic& d : point.diagnostics) {
            if (told.insert(fmt::format("{}:{}:{}:{}", d.file, d.line, d.column, d.message)).second)
                plan.diagnostics.push_back(d);
        }
        if (plan.diagnostics.size() >= kEnoughDiagnostics) break;
        if (!point.scenario) continue;
        auto& values = plan.head.points.emplace_back();
        const std::vector<std::size_t> at = file.values_at(combination);
        for (std::size_t i = 0; i < at.size(); ++i) {
            const scenario::AxisValue& value = file.axes()[i].values[at[i]];
            values.push_back({value.text, value.quantity ? std::optional(value.quantity->value) : std::nullopt});
        }
        for (std::size_t v = 0; v < chosen.size(); ++v) {
            const scenario::Variant& variant = point.scenario->variants[chosen[v]];
            SweepCell cell;
            cell.combination = combination;
            cell.point = static_cast<std::int64_t>(plan.head.points.size()) - 1;
            cell.variant = static_cast<std::int64_t>(v);
            cell.variant_in_file = chosen[v];
            cell.seed = variant.seed;
            cell.digest = digest_of(variant);
            cell.twin =
                first.try_emplace(fmt::format("{} {}", cell.digest, cell.seed), plan.cells.size()).first->second;
            plan.cells.push_back(std::move(cell));
        }
    }
    return plan;
}

}  // namespace gilsim::analysis
