#include "analysis/records/validation.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

#include <fmt/format.h>

#include "analysis/records/units.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kEnoughQuiet = 3;  ///< quiet repetitions, to do without the others

// The outputs of a repetition that can be predicted.
std::vector<std::string> predictable(const Record& record, const Repetition& repetition) {
    std::vector<std::string> names;
    for (const auto& [name, output] : record.outputs) {
        if (!output.predicted_by.empty() && find(repetition.outputs, name) != nullptr) names.push_back(name);
    }
    return names;
}

// The numbers of the repetitions that count.
std::vector<std::size_t> counted(const Cell& cell, bool& noisy) {
    std::vector<std::size_t> quiet, all;
    for (std::size_t i = 0; i < cell.repetitions.size(); ++i) {
        all.push_back(i);
        if (cell.repetitions[i].quiet) quiet.push_back(i);
    }
    noisy = quiet.size() < all.size() && quiet.size() < kEnoughQuiet;
    return noisy ? all : quiet;
}

ValidatedCell facts(const Record& record, const Cell& cell, const std::vector<std::size_t>& repetitions) {
    ValidatedCell facts{cell.name, cell.about, cell.repetitions.size(), 0, cell.given, {}};
    for (const Repetition& repetition : cell.repetitions) facts.quiet += repetition.quiet ? 1 : 0;
    for (const auto& [name, spec] : record.inputs) {
        std::vector<double> values;
        for (const std::size_t i : repetitions) {
            if (const double* value = find(cell.repetitions[i].inputs, name)) values.push_back(*value);
        }
        if (values.empty()) continue;
        const auto [least, greatest] = std::minmax_element(values.begin(), values.end());
        facts.inputs.push_back({name, spec.unit, spec.about, median(values), *least, *greatest});
    }
    return facts;
}

using Predictions = std::vector<std::map<std::string, double>>;  ///< per repetition that counts

void compare(const Record& record, const Cell& cell, const std::vector<std::size_t>& repetitions, bool noisy,
             const Predictions& predictions, Validation& validation) {
    for (const auto& [name, spec] : record.outputs) {
        std::vector<double> measured, predicted;
        for (std::size_t i = 0; i < repetitions.size(); ++i) {
            const auto prediction = predictions[i].find(name);
            if (prediction == predictions[i].end()) continue;
            measured.push_back(*find(cell.repetitions[repetitions[i]].outputs, name));
            predicted.push_back(prediction->second);
        }
        if (measured.empty()) continue;
        Comparison c;
        c.cell = cell.name;
        c.output = name;
        c.kind = spec.kind;
        c.unit = spec.unit;
        c.repetitions = measured.size();
        c.noisy = noisy;
        c.fitted = std::find(record.fit_on.begin(), record.fit_on.end(), cell.name) != record.fit_on.end();
        c.measured = median(measured);
        c.interval = median_interval(measured);
        c.predicted = median(predicted);
        c.error = error_of(measured, predicted, row(spec.kind).error);
        validation.comparisons.push_back(std::move(c));
    }
}

}  // namespace

Validation validate(const Record& record, const PredictionOptions& options,
                    const std::function<void(const Cell&)>& on_cell) {
    Validation validation;
    validation.record = record.name;
    validation.about = record.about;
    validation.phenomenon = record.phenomenon.empty() ? record.name : record.phenomenon;
    validation.where = record.where;
    validation.source = record.source;
    validation.profiles = record.profiles;
    for (const auto& [name, value] : options.fitted) validation.fitted.emplace_back(name, value);
    Predictor predictor(record, options);
    for (const Cell& cell : record.cells) {
        if (on_cell) on_cell(cell);
        bool noisy = false;
        const std::vector<std::size_t> repetitions = counted(cell, noisy);
        Predictions predictions;
        for (const std::size_t i : repetitions) {
            const Repetition& repetition = cell.repetitions[i];
            predictions.push_back(predictor.predict({cell, repetition.inputs, i}, predictable(record, repetition)));
        }
        validation.cells.push_back(facts(record, cell, repetitions));
        compare(record, cell, repetitions, noisy, predictions, validation);
    }
    return validation;
}

std::vector<KindSummary> summarize(const std::vector<Validation>& validations) {
    std::vector<KindSummary> result;
    for (const KindRow& kind : output_kinds()) {
        KindSummary summary;
        summary.kind = kind.kind;
        std::vector<double> beyond, raw;
        for (const Validation& validation : validations) {
            for (const Comparison& c : validation.comparisons) {
                if (c.kind != kind.kind || c.fitted) continue;
                if (beyond.empty() || c.error.beyond > summary.worst) {
                    summary.worst = c.error.beyond;
                    summary.worst_where = fmt::format("{}, {}: {}", validation.record, c.cell, c.output);
                }
                beyond.push_back(c.error.beyond);
                raw.push_back(c.error.raw);
            }
        }
        if (beyond.empty()) continue;
        summary.count = beyond.size();
        summary.median = median(beyond);
        summary.median_raw = median(raw);
        summary.worst_raw = *std::max_element(raw.begin(), raw.end());
        result.push_back(std::move(summary));
    }
    return result;
}

std::optional<Bar> parse_bar(const std::string& text) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos) return std::nullopt;
    std::string name = text.substr(0, equals);
    Bar bar;
    for (const auto& [suffix, of] :
         {std::pair<std::string_view, Bar::Of>{".median", Bar::Of::median}, {".factor", Bar::Of::factor}}) {
        if (!name.ends_with(suffix)) continue;
        bar.of = of;
        name.resize(name.size() - suffix.size());
        break;
    }
    const auto kinds = output_kinds();
    const auto kind = std::find_if(kinds.begin(), kinds.end(), [&](const KindRow& r) { return r.name == name; });
    if (kind == kinds.end()) return std::nullopt;
    bar.kind = kind->kind;
    std::string_view number(text);
    number.remove_prefix(equals + 1);
    if (bar.of != Bar::Of::factor && number.ends_with('%')) number.remove_suffix(1);
    double most = 0;
    const auto [rest, failure] = std::from_chars(number.data(), number.data() + number.size(), most);
    if (failure != std::errc() || rest != number.data() + number.size() || most < (bar.of == Bar::Of::factor ? 1 : 0))
        return std::nullopt;
    bar.most = bar.of == Bar::Of::factor ? most : most / 100;
    return bar;
}

std::vector<std::string> missed(const std::vector<Bar>& bars, const std::vector<Validation>& validations) {
    std::vector<std::string> result;
    const auto kinds = summarize(validations);
    for (const Bar& bar : bars) {
        if (bar.of == Bar::Of::median) {
            for (const KindSummary& kind : kinds) {
                if (kind.kind == bar.kind && kind.median > bar.most)
                    result.push_back(fmt::format("the median error of {} is {}, more than {}", row(bar.kind).name,
                                                 percent(kind.median), percent(bar.most)));
            }
            continue;
        }
        for (const Validation& validation : validations) {
            for (const Comparison& c : validation.comparisons) {
                if (c.kind != bar.kind || c.fitted) continue;
                if (bar.of == Bar::Of::factor && c.error.factor > bar.most)
                    result.push_back(fmt::format("{}, {}: {} is predicted wrong by a factor of {:.2f}, more than {:g}",
                                                 validation.record, c.cell, c.output, c.error.factor, bar.most));
                if (bar.of == Bar::Of::each && c.error.beyond > bar.most)
                    result.push_back(fmt::format("{}, {}: the error of {} is {}, more than {}", validation.record,
                                                 c.cell, c.output, percent(c.error.beyond), percent(bar.most)));
            }
        }
    }
    return result;
}

}  // namespace gilsim::analysis
