#include "analysis/report/sweep_data.hpp"

#include <map>

#include <fmt/format.h>

#include "analysis/report/inputs.hpp"
#include "analysis/report/scaling.hpp"
#include "analysis/sweep/sweep_table.hpp"
#include "analysis/sweep/sweep_verdict.hpp"

namespace gilsim::analysis {
namespace {

Json spread_json(const Spread& s) {
    if (s.count == 0) return nullptr;
    return {{"mean", s.mean}, {"half", s.half}, {"count", s.count}};
}

// How each variant scales along an axis of whole numbers from 1 on, the other axes at their first values.
Json scaling_json(const SweepTable& table) {
    Json list = Json::array();
    for (std::size_t axis = 0; axis < table.head.axes.size(); ++axis) {
        if (table.head.axes[axis].dimension != "number") continue;
        const auto& first = table.head.points.front();
        for (std::size_t v = 0; v < table.head.variants.size(); ++v) {
            std::vector<ScalingPoint> points;
            for (std::size_t p = 0; p < table.head.points.size(); ++p) {
                const auto& point = table.head.points[p];
                bool others = true;
                for (std::size_t a = 0; a < point.size(); ++a) others = others && (a == axis || point[a] == first[a]);
                const auto* entry = table.find(static_cast<std::int64_t>(p), static_cast<std::int64_t>(v));
                if (!others || entry == nullptr || !table.comparable(*entry) || !point[axis].number) continue;
                const double measure = table.measure(*entry).mean;
                points.push_back({*point[axis].number, table.by_rate ? measure : 1 / measure});
            }
            const auto fit = fit_scaling(points);
            if (!fit) continue;
            Json shown = Json::array();
            for (const ScalingPoint& p : points) shown.push_back({p.n, p.throughput / fit->lambda});
            list.push_back({{"axis", table.head.axes[axis].name},
                            {"variant", table.head.variants[v].first},
                            {"sigma", fit->sigma},
                            {"kappa", fit->kappa},
                            {"knee", fit->knee},
                            {"r_squared", fit->r_squared},
                            {"speed_up", std::move(shown)}});
        }
    }
    return list;
}

Json table_json(const SweepTable& table) {
    Json axes = Json::array();
    for (std::size_t a = 0; a < table.head.axes.size(); ++a) {
        const StoredAxis& axis = table.head.axes[a];
        Json values = Json::array();
        for (const auto& point : table.head.points) {
            Json value = {{"text", point[a].text}, {"number", point[a].number ? Json(*point[a].number) : Json()}};
            if (std::find(values.begin(), values.end(), value) == values.end()) values.push_back(std::move(value));
        }
        axes.push_back({{"name", axis.name},
                        {"dimension", axis.dimension},
                        {"scale", axis.scale},
                        {"in_step", axis.in_step},
                        {"values", std::move(values)}});
    }
    Json entries = Json::array();
    for (const SweepEntry& e : table.entries) {
        Json values = Json::array();
        for (const StoredValue& v : table.head.points[static_cast<std::size_t>(e.point)]) values.push_back(v.text);
        entries.push_back({{"values", std::move(values)},
                           {"variant", table.head.variants[static_cast<std::size_t>(e.variant)].first},
                           {"planned", e.planned},
                           {"results", e.results()},
                           {"failed", e.failed},
                           {"error", e.error},
                           {"bad_end", e.bad_end()},
                           {"makespan_ns", spread_json(e.makespan)},
                           {"throughput_per_s", spread_json(e.rate)},
                           {"latency_p50_ns", spread_json(e.p50)},
                           {"latency_p99_ns", spread_json(e.p99)},
                           {"cores", e.cores},
                           {"cores_busy_permille", e.cores_busy},
                           {"gil_wait_permille", e.gil_wait},
                           {"limited_by", e.limited_by}});
    }
    Json variants = Json::array();
    for (const auto& [name, about] : table.head.variants) variants.push_back(name);
    return {{"scenario", table.head.scenario},
            {"title", table.head.title},
            {"release", table.head.release},
            {"commit", table.head.commit},
            {"repeat", table.head.repeat},
            {"settings", table.head.settings},
            {"by_rate", table.by_rate},
            {"request", table.request},
            {"variants", std::move(variants)},
            {"axes", std::move(axes)},
            {"entries", std::move(entries)},
            {"scaling", scaling_json(table)},
            {"verdict", sweep_verdict(table, true)}};
}

}  // namespace

Json sweep_json(const std::filesystem::path& file) {
    try {
        const auto store = SweepStore::open(file);
        const SweepTable table = sweep_table(*store);
        Json sweep = table_json(table);
        sweep["file"] = file.filename().string();
        return sweep;
    } catch (const ForeignSweep& e) {
        throw ReportError(e.what());
    } catch (const SweepStoreError& e) {
        throw ReportError(e.what());
    }
}

}  // namespace gilsim::analysis
