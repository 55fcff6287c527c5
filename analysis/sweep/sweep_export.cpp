#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/sweep/sweep_table.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

/// The version of the shape of the JSON.
constexpr int kExportSchema = 1;

Json json_of(const Spread& s) {
    if (s.count == 0) return nullptr;
    return {{"mean", std::llround(s.mean)}, {"ci95_half", std::llround(s.half)}};
}

Json json_of(const SweepTable& table, const SweepEntry& e) {
    Json values = Json::object();
    const auto& point = table.head.points[static_cast<std::size_t>(e.point)];
    for (std::size_t i = 0; i < point.size(); ++i) values[table.head.axes[i].name] = point[i].text;
    return {{"point", e.point},
            {"values", values},
            {"variant", table.head.variants[static_cast<std::size_t>(e.variant)].first},
            {"runs", e.results()},
            {"failed", e.failed},
            {"deadlocks", e.ended(trace::Outcome::deadlock)},
            {"program_errors", e.ended(trace::Outcome::failed)},
            {"out_of_memory", e.ended(trace::Outcome::out_of_memory)},
            {"makespan_ns", json_of(e.makespan)},
            {"throughput_per_s", json_of(e.rate)},
            {"latency_p50_ns", json_of(e.p50)},
            {"latency_p99_ns", json_of(e.p99)},
            {"cores_busy_permille", e.cores_busy},
            {"gil_wait_permille", e.gil_wait},
            {"limited_by", e.limited_by}};
}

std::string csv_field(const ColumnValue& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return std::to_string(*number);
    if (const auto* text = std::get_if<std::string>(&cell)) return analysis::csv_field(*text);
    return "";
}

}  // namespace

std::string to_json(const SweepStore& store) {
    const SweepTable table = sweep_table(store);
    const SweepHead& head = table.head;
    Json axes = Json::array();
    for (const StoredAxis& axis : head.axes)
        axes.push_back({{"name", axis.name},
                        {"kind", axis.in_step ? "zip" : "grid"},
                        {"dimension", axis.dimension},
                        {"scale", axis.scale}});
    Json variants = Json::array();
    for (const auto& variant : head.variants) variants.push_back(variant.first);
    Json entries = Json::array();
    for (const SweepEntry& entry : table.entries) entries.push_back(json_of(table, entry));
    Json runs = Json::array();
    for (const ResultRow& row : store.results()) {
        Json run{{"point", row.planned.point},
                 {"variant", head.variants[static_cast<std::size_t>(row.planned.variant)].first},
                 {"repetition", row.planned.repetition},
                 {"key", row.planned.run},
                 {"status", !row.ended          ? "missing"
                            : row.error.empty() ? "ended"
                                                : "failed"}};
        if (row.ended) run["seed"] = row.seed;
        if (!row.error.empty()) run["error"] = row.error;
        for (std::size_t i = 0; i < row.cells.size(); ++i)
            run[std::string(run_columns()[i].name)] = column_json(row.cells[i]);
        runs.push_back(std::move(run));
    }
    const Json json{{"schema", kExportSchema}, {"scenario", head.scenario}, {"title", head.title},
                    {"release", head.release}, {"commit", head.commit},     {"settings", Json::parse(head.settings)},
                    {"repeat", head.repeat},   {"where", head.where},       {"axes", axes},
                    {"variants", variants},    {"table", entries},          {"runs", runs}};
    return json.dump(2) + "\n";
}

void write_csv(const SweepStore& store, const std::function<void(const std::string&)>& write) {
    const SweepHead head = store.head();
    std::string text = "point";
    for (const std::string& name : axis_columns(head.axes)) text += "," + csv_field(name);
    text += ",variant,repetition,seed,status";
    for (const RunColumn& column : run_columns()) text += fmt::format(",{}", column.name);
    text += ",error\r\n";
    write(text);
    store.each([&](const ResultRow& row) {
        text = std::to_string(row.planned.point);
        for (const StoredValue& value : head.points[static_cast<std::size_t>(row.planned.point)])
            text += "," + csv_field(value.text);
        text +=
            fmt::format(",{},{},{},{}", csv_field(head.variants[static_cast<std::size_t>(row.planned.variant)].first),
                        row.planned.repetition, row.ended ? std::to_string(row.seed) : "",
                        !row.ended          ? "missing"
                        : row.error.empty() ? "ended"
                                            : "failed");
        for (std::size_t i = 0; i < run_columns().size(); ++i)
            text += "," + (i < row.cells.size() ? csv_field(row.cells[i]) : "");
        text += "," + csv_field(row.error) + "\r\n";
        write(text);
    });
}

}  // namespace gilsim::analysis
