#include "analysis/measure/measure_table.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/measure/outputs.hpp"
#include "analysis/measure/record_names.hpp"
#include "analysis/records/statistics.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

std::string value_text(double value, std::string_view unit) {
    if (unit == "s") return duration_text(static_cast<Nanoseconds>(std::llround(value * 1e9)));
    if (unit == "bytes") return fmt::format("{:.1f} MiB", value / (1 << 20));
    if (unit == "per_s") return fmt::format("{:.4g} /s", value);
    return fmt::format("{:.5g}", value);
}

// One output of one variant; nothing if it is 0 throughout.
std::string line(const MeasuredVariant& measured, const std::string& name, std::string_view unit) {
    std::vector<double> values;
    for (const MeasuredRun& run : measured.runs) {
        const auto found = run.outputs.find(name);
        if (found != run.outputs.end()) values.push_back(found->second);
    }
    const auto [least, most] = std::minmax_element(values.begin(), values.end());
    if (values.empty() || (*least == 0 && *most == 0)) return "";
    const Interval interval = median_interval(values);
    const auto shown = [&](double value) { return value_text(value, unit); };
    return fmt::format("  {:<20} {:>11}  {:>11} {:>11}  {:>11} {:>11}\n", name, shown(median(values)),
                       shown(interval.low), shown(interval.high), shown(*least), shown(*most));
}

}  // namespace

std::string measure_table(const scenario::Scenario& scenario, const Measurement& measurement) {
    std::string text = fmt::format("{}\n{}\n{}, {}\n", scenario.title, measurement.python.about,
                                   machine_text(measurement.host), measurement.host.kernel);
    for (const MeasuredVariant& m : measurement.variants) {
        if (m.runs.empty()) continue;
        const auto quiet = std::count_if(m.runs.begin(), m.runs.end(), [](const MeasuredRun& r) { return r.quiet; });
        text += fmt::format("\n{:<22} {:>11}  {:>23}  {:>11} {:>11}   {} repetitions, {} quiet\n", m.variant->name,
                            "median", "95 % interval", "least", "most", m.runs.size(), quiet);
        for (const OutputRow& row : run_outputs()) text += line(m, std::string(row.name), row.unit);
        for (const std::string& request : m.variant->requests) {
            for (const OutputRow& row : request_outputs()) text += line(m, request_output(request, row.name), row.unit);
        }
    }
    return text;
}

}  // namespace gilsim::analysis
