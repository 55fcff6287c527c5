#include "analysis/sweep/sweep_table.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

/// Reads cells by the names of their columns.
class Row {
public:
    explicit Row(const std::vector<ColumnValue>& cells) : cells_(cells) {}
    [[nodiscard]] const std::int64_t* number(std::string_view column) const { return get<std::int64_t>(column); }
    [[nodiscard]] std::string text(std::string_view column) const {
        const auto* value = get<std::string>(column);
        return value == nullptr ? "" : *value;
    }

private:
    template <class T>
    const T* get(std::string_view column) const {
        const auto& columns = run_columns();
        for (std::size_t i = 0; i < columns.size() && i < cells_.size(); ++i) {
            if (columns[i].name == column) return std::get_if<T>(&cells_[i]);
        }
        return nullptr;
    }
    const std::vector<ColumnValue>& cells_;
};

void add(SweepEntry& entry, const ResultRow& result) {
    ++entry.planned;
    if (!result.error.empty()) {
        ++entry.failed;
        if (entry.error.empty()) entry.error = result.error;
    }
    if (result.cells.empty()) return;
    const Row row(result.cells);
    const std::string outcome = row.text("outcome");
    for (std::size_t i = 0; i < trace::kOutcomes.size(); ++i) entry.ends[i] += outcome == trace::kOutcomes[i] ? 1 : 0;
    if (entry.seeds.empty()) entry.limited_by = row.text("limited_by");
    entry.seeds.push_back(result.seed);
    const auto makespan = static_cast<double>(*row.number("makespan_ns"));
    entry.makespans.push_back(makespan);
    if (const std::int64_t* requests = row.number("requests"); requests != nullptr && makespan > 0) {
        entry.rates.push_back(static_cast<double>(*requests) * 1e9 / makespan);
        entry.p50s.push_back(static_cast<double>(*row.number("latency_p50_ns")));
        entry.p99s.push_back(static_cast<double>(*row.number("latency_p99_ns")));
    }
    entry.cores = *row.number("cores");
    entry.cores_busy += *row.number("cores_busy_permille");
    entry.gil_wait += *row.number("gil_wait_permille");
}

void conclude(SweepEntry& entry) {
    entry.makespan = spread(entry.makespans);
    entry.rate = spread(entry.rates);
    entry.p50 = spread(entry.p50s);
    entry.p99 = spread(entry.p99s);
    if (entry.seeds.empty()) return;
    entry.cores_busy /= entry.results();
    entry.gil_wait /= entry.results();
}

/// Every run that did not end badly took about equally long and served requests.
bool equally_long(const std::vector<SweepEntry>& entries) {
    const auto counts = [](const SweepEntry& e) { return e.results() > 0 && e.bad_end().empty(); };
    const auto first = std::find_if(entries.begin(), entries.end(), counts);
    return first != entries.end() && std::all_of(entries.begin(), entries.end(), [&](const SweepEntry& e) {
               if (!counts(e)) return true;
               const auto makespan = static_cast<std::int64_t>(e.makespan.mean);
               return e.rates.size() == e.seeds.size() &&
                      std::abs(permille(makespan, static_cast<std::int64_t>(first->makespan.mean)) - 1000) <=
                          kEquallyLong;
           });
}

}  // namespace

std::string_view SweepEntry::bad_end() const {
    for (std::size_t i = 0; i < ends.size(); ++i) {
        const std::string_view words = analysis::bad_end(static_cast<trace::Outcome>(i));
        if (ends[i] > 0 && !words.empty()) return words;
    }
    return "";
}

const SweepEntry* SweepTable::find(std::int64_t point, std::int64_t variant) const {
    const auto found = std::find_if(entries.begin(), entries.end(),
                                    [&](const SweepEntry& e) { return e.point == point && e.variant == variant; });
    return found == entries.end() ? nullptr : &*found;
}

bool SweepTable::comparable(const SweepEntry& entry) const {
    return entry.results() > 0 && entry.bad_end().empty() && (by_rate || entry.ended(trace::Outcome::limit) == 0) &&
           measure(entry).mean > 0;
}

std::int64_t SweepTable::gain(const SweepEntry& entry, const SweepEntry& reference) const {
    if (!comparable(entry) || !comparable(reference)) return 0;
    const double ratio =
        by_rate ? entry.rate.mean / reference.rate.mean : reference.makespan.mean / entry.makespan.mean;
    return static_cast<std::int64_t>(ratio * 1000 + 0.5);
}

std::string SweepTable::told(std::int64_t point) const {
    std::string text;
    const auto& values = head.points[static_cast<std::size_t>(point)];
    for (std::size_t i = 0; i < values.size(); ++i)
        text += fmt::format("{}{} = {}", i > 0 ? ", " : "", head.axes[i].name, values[i].text);
    return text;
}

namespace {

/// Puts rows together, in their order.
class Builder {
public:
    explicit Builder(SweepHead head) { table_.head = std::move(head); }

    void take(const ResultRow& row) {
        auto& entries = table_.entries;
        if (entries.empty() || entries.back().point != row.planned.point ||
            entries.back().variant != row.planned.variant) {
            entries.emplace_back().point = row.planned.point;
            entries.back().variant = row.planned.variant;
        }
        add(entries.back(), row);
        const std::string request = Row(row.cells).text("request");
        one_kind_ = one_kind_ && (request.empty() || table_.request.empty() || request == table_.request);
        if (!request.empty()) table_.request = request;
    }
    SweepTable table() {
        if (!one_kind_) table_.request.clear();
        for (SweepEntry& entry : table_.entries) conclude(entry);
        table_.by_rate = equally_long(table_.entries);
        return std::move(table_);
    }

private:
    SweepTable table_;
    bool one_kind_ = true;
};

}  // namespace

SweepTable sweep_table(const SweepStore& store) {
    Builder builder(store.head());
    store.each([&](const ResultRow& row) { builder.take(row); });
    return builder.table();
}

SweepTable sweep_table(const ScenarioSummary& summary) {
    SweepHead head;
    head.scenario = summary.scenario;
    head.title = summary.title;
    head.points.resize(1);
    std::vector<ResultRow> rows;
    for (const RunSummary& run : summary.variants) {
        ResultRow& row = rows.emplace_back();
        row.planned.variant = static_cast<std::int64_t>(head.variants.size());
        row.ended = true;
        row.seed = run.seed;
        row.cells = record_of(run).cells;
        head.variants.emplace_back(run.name, "");
    }
    Builder builder(std::move(head));
    for (const ResultRow& row : rows) builder.take(row);
    return builder.table();
}

}  // namespace gilsim::analysis
