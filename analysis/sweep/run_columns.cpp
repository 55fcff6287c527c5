#include "analysis/sweep/run_columns.hpp"

#include <algorithm>
#include <zlib.h>

#include <nlohmann/json.hpp>

#include "analysis/summary_json.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

template <auto member>
ColumnValue of_request(const RunFigures& f) {
    if (f.request == nullptr) return {};
    return f.request->*member;
}

std::string compressed(const std::string& text) {
    uLongf size = compressBound(static_cast<uLong>(text.size()));
    std::string result(size, '\0');
    compress2(reinterpret_cast<Bytef*>(result.data()), &size, reinterpret_cast<const Bytef*>(text.data()),
              static_cast<uLong>(text.size()), Z_BEST_SPEED);
    result.resize(size);
    return result;
}

ColumnValue cell_from(const Json& json) {
    if (json.is_number_integer()) return json.get<std::int64_t>();
    if (json.is_string()) return json.get<std::string>();
    return {};
}

}  // namespace

Json column_json(const ColumnValue& cell) {
    if (const auto* number = std::get_if<std::int64_t>(&cell)) return *number;
    if (const auto* text = std::get_if<std::string>(&cell)) return *text;
    return nullptr;
}

RunFigures::RunFigures(const RunSummary& summary) : run(summary), figures(analysis::figures(summary)) {
    for (const RequestSummary& r : run.requests) {
        if (r.count > 0 && (request == nullptr || r.count > request->count)) request = &r;
    }
}

const std::vector<RunColumn>& run_columns() {
    using F = const RunFigures&;
    static const std::vector<RunColumn> columns{
        {"outcome", "TEXT", "",
         "`completed`, `deadlock`, `limit` (stopped at the scenario's time limit), `failed` (an error of the program) "
         "or "
         "`out_of_memory` (a process was killed)",
         [](F f) -> ColumnValue { return std::string(trace::name(f.run.outcome)); }},
        {"makespan_ns", "INTEGER", "ns", "simulated time from the start to the end of the run",
         [](F f) -> ColumnValue { return f.run.makespan; }},
        {"request", "TEXT", "",
         "the kind of request with the most completions; NULL, as the next four, if none was completed",
         of_request<&RequestSummary::name>},
        {"requests", "INTEGER", "", "requests of that kind that were completed", of_request<&RequestSummary::count>},
        {"throughput_per_s", "INTEGER", "1/s", "of that kind: requests / makespan, rounded to the nearest integer",
         of_request<&RequestSummary::throughput_per_s>},
        {"latency_p50_ns", "INTEGER", "ns", "of that kind: median",
         [](F f) -> ColumnValue { return f.request == nullptr ? ColumnValue{} : ColumnValue{f.request->latency.p50}; }},
        {"latency_p99_ns", "INTEGER", "ns", "of that kind: 99th percentile",
         [](F f) -> ColumnValue { return f.request == nullptr ? ColumnValue{} : ColumnValue{f.request->latency.p99}; }},
        {"cores", "INTEGER", "", "cores of the machine", [](F f) -> ColumnValue { return f.figures.cores; }},
        {"cores_busy_permille", "INTEGER", "", "cores busy on average, times 1000",
         [](F f) -> ColumnValue { return f.figures.cores_busy; }},
        {"gil_wait_permille", "INTEGER", "",
         "share of the time that threads wanted to run for which they waited for a GIL",
         [](F f) -> ColumnValue { return f.figures.gil_wait; }},
        {"gil_held_permille", "INTEGER", "", "share of the makespan for which the busiest GIL was held",
         [](F f) -> ColumnValue { return f.figures.gil_held; }},
        {"handoffs", "INTEGER", "", "hand-offs of all GILs",
         [](F f) -> ColumnValue {
             std::int64_t count = 0;
             for (const InterpreterSummary& i : f.run.interpreters) count += i.gil.handoffs;
             return count;
         }},
        {"limited_by", "TEXT", "", "what limits the run, in a few words",
         [](F f) -> ColumnValue { return limit_of(f.run).what; }},
    };
    return columns;
}

RunRecord record_of(const RunSummary& run) {
    RunRecord record;
    record.seed = run.seed;
    const RunFigures figures(run);
    for (const RunColumn& column : run_columns()) record.cells.push_back(column.of(figures));
    const std::string text = to_json(run);
    record.summary = compressed(text);
    record.summary_bytes = static_cast<std::int64_t>(text.size());
    return record;
}

RunSummary summary_of(std::string_view compressed, std::int64_t bytes) {
    constexpr std::int64_t kMostBytes = std::int64_t{1} << 31;
    if (bytes < 0 || bytes > kMostBytes) throw SummaryError("a summary of an impossible size");
    std::string text(static_cast<std::size_t>(bytes), '\0');
    auto size = static_cast<uLongf>(bytes);
    const int status =
        uncompress(reinterpret_cast<Bytef*>(text.data()), &size, reinterpret_cast<const Bytef*>(compressed.data()),
                   static_cast<uLong>(compressed.size()));
    if (status != Z_OK || size != text.size()) throw SummaryError("a damaged summary");
    return run_summary_from_json(text);
}

std::string to_bytes(const RunRecord& record) {
    Json cells = Json::array();
    for (const ColumnValue& cell : record.cells) cells.push_back(column_json(cell));
    const Json head{record.key, record.seed, record.error, record.by_limit, std::move(cells), record.summary_bytes};
    return head.dump(-1, ' ', false, Json::error_handler_t::replace) + '\n' + record.summary;
}

RunRecord record_from_bytes(const std::string& bytes) {
    const std::size_t end = bytes.find('\n');
    const Json head = Json::parse(bytes.substr(0, end));
    RunRecord record;
    head.at(0).get_to(record.key);
    head.at(1).get_to(record.seed);
    head.at(2).get_to(record.error);
    head.at(3).get_to(record.by_limit);
    for (const Json& cell : head.at(4)) record.cells.push_back(cell_from(cell));
    head.at(5).get_to(record.summary_bytes);
    record.summary = bytes.substr(end + 1);
    return record;
}

}  // namespace gilsim::analysis
