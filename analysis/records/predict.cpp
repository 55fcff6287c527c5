#include "analysis/records/predict.hpp"

#include <algorithm>
#include <filesystem>
#include <set>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/records/figures.hpp"
#include "analysis/records/statistics.hpp"
#include "analysis/records/units.hpp"
#include "analysis/run_scenario.hpp"
#include "analysis/summary_json.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis {
namespace {

using scenario::ExpressionError;
using scenario::Quantity;
using Values = std::map<std::string, Quantity>;

Quantity with_unit(double value, const std::string& unit) {
    Quantity quantity = record_unit(unit)->one;
    quantity.value *= value;
    return quantity;
}

// One prediction, from what is known to the outputs.
class Prediction {
public:
    Prediction(const Record& record, scenario::ReadScenario& read, const Known& known,
               const std::vector<std::string>& outputs, const PredictionOptions& options)
        : record_(record),
          read_(read),
          known_(known),
          outputs_(outputs),
          options_(options),
          runs_(options.runs > 0 ? options.runs : static_cast<int>(record.runs)) {
        for (const auto& [name, text] : known.cell.given)
            static_cast<void>(scenario::parse_quantity(text, values_[name]));  // it has been checked
        for (const auto& [name, value] : known.inputs)
            values_[name] = with_unit(value, find(record.inputs, name)->unit);
        for (const auto& [name, free] : record.free) {
            const auto fitted = options.fitted.find(name);
            if (fitted == options.fitted.end())
                fail(fmt::format("the free input {} has no value; --fit looks for one", scenario::quote(name)));
            values_[name] = with_unit(fitted->second, free.unit);
        }
    }

    std::map<std::string, double> result() {
        const scenario::Scenario scenario = load();
        const std::vector<std::string> variants = variants_of(scenario);
        std::map<std::string, std::vector<double>> predicted;
        for (int run = 0; run < runs_; ++run) {
            const Values figures = simulate(scenario, variants, run);
            for (const std::string& name : outputs_)
                predicted[name].push_back(output(name, *find(record_.outputs, name), figures));
        }
        std::map<std::string, double> medians;
        for (const auto& [name, all] : predicted) medians[name] = median(all);
        return medians;
    }

private:
    [[noreturn]] void fail(const std::string& message) const {
        throw PredictionError(
            fmt::format("{}, {}, repetition {}: {}", record_.name, known_.cell.name, known_.number, message));
    }

    Quantity evaluate(const std::string& expression, const Values& more, const std::string& what) const {
        const auto lookup = [&](const std::string& name) -> std::variant<Quantity, ExpressionError> {
            if (const auto found = values_.find(name); found != values_.end()) return found->second;
            if (const auto found = more.find(name); found != more.end()) return found->second;
            return ExpressionError{fmt::format("{} is not known in this cell", scenario::quote(name)), ""};
        };
        const auto value = scenario::evaluate(expression, lookup);
        if (const auto* error = std::get_if<ExpressionError>(&value))
            fail(fmt::format("{}: {}: {}", what, scenario::quote(expression), error->message));
        return std::get<Quantity>(value);
    }

    void add_settings(std::vector<scenario::Setting>& settings, const Named<std::string>& set) const {
        for (const auto& [path, expression] : set) {
            if (expression.size() >= 2 && expression.front() == '\'' && expression.back() == '\'') {
                settings.push_back({path, expression.substr(1, expression.size() - 2)});
                continue;
            }
            const auto text = scenario::format_quantity(evaluate(expression, {}, "set " + path));
            if (const auto* error = std::get_if<ExpressionError>(&text))
                fail(fmt::format("set {}: {}: {}", path, scenario::quote(expression), error->message));
            settings.push_back({path, std::get<std::string>(text)});
        }
    }

    // A file beside the record, or a name in configs/.
    [[nodiscard]] std::string profile(const std::string& name) const {
        const auto beside = std::filesystem::path(record_.folder) / name;
        return std::filesystem::is_regular_file(beside) ? beside.string() : name;
    }

    [[nodiscard]] scenario::Scenario load() const {
        std::vector<scenario::Setting> settings;
        if (!record_.profiles.machine.empty()) settings.push_back({"machine", profile(record_.profiles.machine)});
        if (!record_.profiles.interpreter.empty())
            settings.push_back({"interpreter", profile(record_.profiles.interpreter)});
        add_settings(settings, record_.set);
        add_settings(settings, known_.cell.set);
        settings.insert(settings.end(), options_.settings.begin(), options_.settings.end());
        scenario::LoadResult loaded = read_.with(settings);
        if (!loaded.scenario) {
            std::string told = scenario::render(loaded.diagnostics);
            while (told.ends_with('\n')) told.pop_back();
            fail("its scenario is not valid:\n" + told);
        }
        return std::move(*loaded.scenario);
    }

    // The variants to be run, the cell's own first.
    [[nodiscard]] std::vector<std::string> variants_of(const scenario::Scenario& scenario) const {
        std::vector<std::string> known;
        for (const scenario::Variant& variant : scenario.variants) known.push_back(variant.name);
        std::string own = known_.cell.variant;
        if (own.empty() && known.size() > 1)
            fail(fmt::format("the cell must name its variant: {}", scenario::joined(known)));
        if (own.empty()) own = known.front();
        std::vector<std::string> wanted{own};
        for (const auto& [name, figure] : record_.figures) {
            if (!figure.variant.empty() && needed(name) &&
                std::find(wanted.begin(), wanted.end(), figure.variant) == wanted.end())
                wanted.push_back(figure.variant);
        }
        for (const std::string& name : wanted) {
            if (std::find(known.begin(), known.end(), name) == known.end())
                fail(fmt::format("the scenario has no variant {}{}", scenario::quote(name), [&] {
                    const std::string hint = scenario::did_you_mean(name, known);
                    return hint.empty() ? "" : "; " + hint;
                }()));
        }
        return wanted;
    }

    // Whether an output that is wanted mentions the figure.
    [[nodiscard]] bool needed(const std::string& figure) const {
        return std::any_of(outputs_.begin(), outputs_.end(), [&](const std::string& name) {
            const auto all = scenario::mentions(find(record_.outputs, name)->predicted_by);
            return std::any_of(all.begin(), all.end(), [&](const auto& mention) { return mention.name == figure; });
        });
    }

    [[nodiscard]] Values simulate(const scenario::Scenario& scenario, const std::vector<std::string>& variants,
                                  int run) const {
        const auto first = std::find_if(scenario.variants.begin(), scenario.variants.end(),
                                        [&](const scenario::Variant& v) { return v.name == variants.front(); });
        RunOptions options;
        options.variants = variants;
        options.seed =
            first->seed + known_.number * static_cast<std::uint64_t>(runs_) + static_cast<std::uint64_t>(run);
        options.resources = options_.resources;
        const ScenarioRun result = run_scenario(scenario, options);
        for (const RunFailure& failure : result.failures)
            throw SimulationFailure(fmt::format("{}, {}: {}", record_.name, known_.cell.name, failure.message));
        std::map<std::string, nlohmann::ordered_json> summaries;
        for (const RunSummary& summary : result.summary.variants) {
            if (summary.outcome == trace::Outcome::deadlock)
                fail(fmt::format("the simulation ends in a deadlock: {}", fmt::join(summary.deadlock, "; ")));
            if (summary.outcome == trace::Outcome::failed)
                fail(fmt::format("the simulation fails: {}", summary.failure));
            if (ended_badly(summary.outcome))
                fail(fmt::format("the simulation ends badly: {}", bad_end(summary.outcome)));
            summaries[summary.name] = tree_of(summary);
        }
        Values figures;
        for (const auto& [name, wanted] : record_.figures) {
            if (!needed(name)) continue;
            try {
                figures[name] =
                    figure(summaries.at(wanted.variant.empty() ? variants.front() : wanted.variant), wanted.path);
            } catch (const FigureError& e) {
                fail(fmt::format("figure {}: {}: {}", scenario::quote(name), scenario::quote(wanted.path), e.what()));
            }
        }
        return figures;
    }

    [[nodiscard]] double output(const std::string& name, const OutputSpec& spec, const Values& figures) const {
        const Quantity value = evaluate(spec.predicted_by, figures, "outputs." + name);
        const Quantity one = record_unit(spec.unit)->one;
        if (value.value != 0 && !same_dimension(value, one))
            fail(fmt::format("outputs.{}: {} is not what the unit '{}' measures", name,
                             scenario::quote(spec.predicted_by), spec.unit));
        return value.value / one.value;
    }

    const Record& record_;
    scenario::ReadScenario& read_;
    const Known& known_;
    const std::vector<std::string>& outputs_;
    const PredictionOptions& options_;
    const int runs_;
    Values values_;
};

scenario::ReadScenario read_scenario(const Record& record, const std::vector<std::string>& config_folders) {
    if (!record.scenario.text.empty())
        return scenario::ReadScenario(record.scenario.text, record.name, record.folder, config_folders);
    return scenario::ReadScenario((std::filesystem::path(record.folder) / record.scenario.file).string(),
                                  config_folders);
}

}  // namespace

Predictor::Predictor(const Record& record, const PredictionOptions& options)
    : record_(record), options_(options), scenario_(read_scenario(record, options.config_folders)) {}

std::map<std::string, double> Predictor::predict(const Known& known, const std::vector<std::string>& outputs) {
    return Prediction(record_, scenario_, known, outputs, options_).result();
}

}  // namespace gilsim::analysis
