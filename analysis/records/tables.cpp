#include "analysis/records/tables.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/records/units.hpp"

namespace gilsim::analysis {

using Json = nlohmann::ordered_json;

namespace {

// Four significant digits, without an exponent where people can do without.
std::string digits(double value) {
    const double size = std::abs(value);
    if (size == 0 || (size >= 1e-3 && size < 1e7)) {
        const int whole = size < 1 ? 1 : static_cast<int>(std::floor(std::log10(size))) + 1;
        const int leading = size == 0 || size >= 1 ? 0 : static_cast<int>(-std::floor(std::log10(size))) - 1;
        return fmt::format("{:.{}f}", value, std::max(0, size < 1 ? std::min(4 + leading, 6) : 4 - whole));
    }
    return fmt::format("{:.3e}", value);
}

// Durations in the unit that suits them, whatever the record's.
struct Scale {
    double factor = 1;
    std::string suffix;
};
Scale scale_of(const Comparison& c) {
    const scenario::Quantity one = record_unit(c.unit)->one;
    const double size = std::max(std::abs(c.measured), std::abs(c.predicted)) * one.value;
    if (one.time == 1 && one.size == 0) {
        if (size >= 1e9) return {one.value / 1e9, " s"};
        if (size >= 1e6) return {one.value / 1e6, " ms"};
        if (size >= 1e3) return {one.value / 1e3, " us"};
        return {one.value, " ns"};
    }
    if (c.unit == "per_s") return {1, " /s"};
    if (c.unit == "1") return {1, ""};
    return {1, " " + c.unit};
}

using PrintedRow = std::array<std::string, 6>;
constexpr std::array<const char*, 6> kHeads{"cell", "output", "measured (95 % of median)", "predicted", "error", "raw"};

PrintedRow row_of(const Comparison& c) {
    const Scale scale = scale_of(c);
    const auto number = [&](double value) { return digits(value * scale.factor); };
    std::string measured = fmt::format("{}{}", number(c.measured), scale.suffix);
    if (c.repetitions > 1)
        measured += fmt::format(" [{}, {}]{}", number(c.interval.low), number(c.interval.high), c.noisy ? " ~" : "");
    return {c.cell,
            c.output,
            measured,
            number(c.predicted) + scale.suffix,
            c.fitted ? "fit" : percent(c.error.beyond),
            percent(c.error.raw)};
}

std::string verdict_of(const Validation& validation) {
    std::string text;
    for (const KindSummary& kind : summarize({validation})) {
        text += fmt::format("{}{} {} (median {}, worst {})", text.empty() ? "" : "; ", kind.count, row(kind.kind).name,
                            percent(kind.median), percent(kind.worst));
    }
    for (const auto& [name, value] : validation.fitted) text += fmt::format("; fitted {} = {}", name, digits(value));
    return text.empty() ? "nothing to predict" : text;
}

// The table of kinds as rows: kind, figures, median, worst, raw median, raw worst, where the worst is.
std::vector<std::array<std::string, 7>> kind_rows(const std::vector<Validation>& validations) {
    std::vector<std::array<std::string, 7>> rows;
    for (const KindSummary& k : summarize(validations))
        rows.push_back({std::string(row(k.kind).name), fmt::format("{}", k.count), percent(k.median), percent(k.worst),
                        percent(k.median_raw), percent(k.worst_raw), k.worst > 0 ? k.worst_where : ""});
    return rows;
}
constexpr std::array<const char*, 7> kKindHeads{"kind",       "figures",   "median error", "worst error",
                                                "median raw", "worst raw", "the worst"};

bool any_noisy(const std::vector<Validation>& validations) {
    return std::any_of(validations.begin(), validations.end(), [](const Validation& v) {
        return std::any_of(v.comparisons.begin(), v.comparisons.end(), [](const Comparison& c) { return c.noisy; });
    });
}

template <std::size_t N>
std::string aligned(const std::array<const char*, N>& heads, const std::vector<std::array<std::string, N>>& rows) {
    std::array<std::size_t, N> widths{};
    for (std::size_t i = 0; i < N; ++i) {
        widths[i] = std::string_view(heads[i]).size();
        for (const auto& cells : rows) widths[i] = std::max(widths[i], cells[i].size());
    }
    std::string text;
    const auto line = [&](const auto& cells) {
        std::string out = " ";
        for (std::size_t i = 0; i < N; ++i) out += fmt::format(" {:<{}} ", cells[i], widths[i]);
        out.erase(out.find_last_not_of(' ') + 1);
        text += out + "\n";
    };
    line(heads);
    for (const auto& cells : rows) line(cells);
    return text;
}

template <std::size_t N>
std::string piped(const std::array<const char*, N>& heads, const std::vector<std::array<std::string, N>>& rows) {
    std::string text = "|", rule = "|";
    for (const char* head : heads) {
        text += fmt::format(" {} |", head);
        rule += "---|";
    }
    text += "\n" + rule + "\n";
    for (const auto& cells : rows) {
        text += "|";
        for (const std::string& cell : cells) text += fmt::format(" {} |", cell);
        text += "\n";
    }
    return text;
}

std::vector<PrintedRow> rows_of(const Validation& validation) {
    std::vector<PrintedRow> rows;
    for (const Comparison& c : validation.comparisons) rows.push_back(row_of(c));
    return rows;
}

Json cell_json(const ValidatedCell& cell) {
    Json given = Json::object();
    for (const auto& [name, value] : cell.given) given[name] = value;
    Json inputs = Json::array();
    for (const UsedInput& input : cell.inputs)
        inputs.push_back({{"input", input.name},
                          {"unit", input.unit},
                          {"about", input.about},
                          {"median", input.median},
                          {"least", input.least},
                          {"greatest", input.greatest}});
    return {{"cell", cell.name},   {"about", cell.about}, {"repetitions", cell.repetitions},
            {"quiet", cell.quiet}, {"given", given},      {"inputs", inputs}};
}

}  // namespace

std::string validation_text(const std::vector<Validation>& validations) {
    std::string text;
    for (const Validation& validation : validations)
        text += fmt::format("{}: {}\n{}\n", validation.record, verdict_of(validation),
                            aligned(kHeads, rows_of(validation)));
    text += aligned(kKindHeads, kind_rows(validations));
    if (any_noisy(validations)) text += "\n~ fewer than 3 quiet repetitions: disturbed ones count, too\n";
    return text;
}

std::string validation_markdown(const std::vector<Validation>& validations) {
    std::string text = piped(kKindHeads, kind_rows(validations));
    if (any_noisy(validations)) text += "\n~ below: fewer than 3 quiet repetitions, so disturbed ones count, too.\n";
    for (const Validation& validation : validations)
        text +=
            fmt::format("\n### {}\n\n{}{}", validation.record,
                        validation.about.empty() ? "" : validation.about + "\n\n", piped(kHeads, rows_of(validation)));
    return text;
}

std::string validation_json(const std::vector<Validation>& validations, const std::vector<std::string>& missed_bars) {
    const auto number = [](double x) { return std::isfinite(x) ? Json(x) : Json(nullptr); };
    Json records = Json::array();
    for (const Validation& validation : validations) {
        Json comparisons = Json::array();
        for (const Comparison& c : validation.comparisons) {
            comparisons.push_back({{"cell", c.cell},
                                   {"output", c.output},
                                   {"kind", row(c.kind).name},
                                   {"unit", c.unit},
                                   {"repetitions", c.repetitions},
                                   {"noisy", c.noisy},
                                   {"fitted", c.fitted},
                                   {"measured", c.measured},
                                   {"measured_low", c.interval.low},
                                   {"measured_high", c.interval.high},
                                   {"confidence", c.interval.confidence},
                                   {"predicted", c.predicted},
                                   {"error", number(c.error.beyond)},
                                   {"raw_error", number(c.error.raw)},
                                   {"ratio", c.error.ratio > 0 ? Json(c.error.ratio) : Json(nullptr)},
                                   {"ratio_low", c.error.ratio > 0 ? Json(c.error.ratios.low) : Json(nullptr)},
                                   {"ratio_high", c.error.ratio > 0 ? Json(c.error.ratios.high) : Json(nullptr)}});
        }
        Json fitted = Json::object();
        for (const auto& [name, value] : validation.fitted) fitted[name] = value;
        Json cells = Json::array();
        for (const ValidatedCell& cell : validation.cells) cells.push_back(cell_json(cell));
        const auto& [machine, kernel, c_library, python] = validation.where;
        records.push_back(
            {{"record", validation.record},
             {"about", validation.about},
             {"phenomenon", validation.phenomenon},
             {"verdict", verdict_of(validation)},
             {"where", {{"machine", machine}, {"kernel", kernel}, {"c_library", c_library}, {"python", python}}},
             {"source", validation.source},
             {"profiles", {{"machine", validation.profiles.machine}, {"interpreter", validation.profiles.interpreter}}},
             {"cells", cells},
             {"comparisons", comparisons},
             {"fitted", fitted}});
    }
    Json kinds = Json::array();
    for (const KindSummary& k : summarize(validations)) {
        kinds.push_back({{"kind", row(k.kind).name},
                         {"figures", k.count},
                         {"median_error", number(k.median)},
                         {"worst_error", number(k.worst)},
                         {"median_raw_error", number(k.median_raw)},
                         {"worst_raw_error", number(k.worst_raw)},
                         {"worst", k.worst_where}});
    }
    const Json all = {{"schema", 1}, {"records", records}, {"kinds", kinds}, {"missed", missed_bars}};
    return all.dump(2) + "\n";
}

}  // namespace gilsim::analysis
