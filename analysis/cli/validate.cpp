#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/records/card.hpp"
#include "analysis/records/fit.hpp"
#include "analysis/records/tables.hpp"
#include "analysis/tell.hpp"
#include "model/scenario/config.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;

std::vector<Bar> bars_of(const Arguments& arguments) {
    std::vector<Bar> bars;
    for (const std::string& text : arguments.all("bar")) {
        const auto bar = parse_bar(text);
        if (!bar) {
            std::string kinds;
            for (const KindRow& row : output_kinds()) kinds += fmt::format("{}{}", kinds.empty() ? "" : ", ", row.name);
            throw UsageError(fmt::format("--bar: '{}' is not KIND=PERCENT, KIND.median=PERCENT or KIND.factor=NUMBER", text),
                             "kinds: " + kinds);
        }
        bars.push_back(*bar);
    }
    return bars;
}

int runs_of(const Arguments& arguments) {
    if (!arguments.has("runs")) return PredictionOptions{}.runs;
    const int runs = arguments.options["runs"].as<int>();
    if (runs < 1 || runs > 1000) throw UsageError("--runs: must be 1 to 1000");
    return runs;
}

// A profile that was calibrated elsewhere predicts that other machine.
void warn_of_foreign(const std::string& file, const Record& record) {
    const auto profile = std::filesystem::path(record.folder) / record.profiles.machine;
    if (record.where.machine.empty() || !std::filesystem::is_regular_file(profile)) return;
    const auto config = scenario::read_config(profile.string(), "machines", {(root() / "configs").string()});
    for (const scenario::ConfigValue& value : config.values) {
        if (value.path == "about" && !value.value.starts_with(record.where.machine))
            tell("gilsim: warning: {} is of another machine ({}) than {} ({})\n", profile.string(), value.value, file,
                 record.where.machine);
    }
}

}  // namespace

void describe_validate(Options& options) {
    auto add = options.add_options();
    add("bar", po::value<std::vector<std::string>>()->value_name("KIND=PERCENT"),
        "fail if an error of this kind of output is larger, as in makespan=20; makespan.median=6: if their median is; "
        "throughput.factor=2: if one is predicted wrong by more than that factor; repeatable");
    add("set", po::value<std::vector<std::string>>()->value_name("PATH=VALUE"),
        "override a field of every cell's scenario, to see what it contributes; repeatable");
    add("runs", po::value<int>()->value_name("N"), "simulate each repetition with N seeds instead of the record's number, mostly 3; their median counts");
    add("fit", "look for the values of free inputs on the cells that the record names for it");
    add("json", "print the comparison as JSON on stdout, and nothing else");
    add("markdown", "print it as Markdown, as in docs/truth.md");
    add("card", "print the accuracy card instead: errors by phenomenon, and what misses the project's bars");
    describe_resources(options);
}

Exit validate(const Arguments& arguments) {
    if (arguments.operands.empty()) throw UsageError("missing RECORD", "docs/records.md tells what a record is");
    const std::vector<Bar> bars = bars_of(arguments);
    PredictionOptions options;
    options.runs = runs_of(arguments);
    options.config_folders = {(root() / "configs").string()};
    options.resources = resource_choice(arguments);
    options.settings = settings_of(arguments.all("set"));

    Exit status = Exit::ok;
    std::vector<Validation> validations;
    for (const std::string& file : arguments.operands) {
        require_file(file);
        const RecordResult loaded = load_record(file);
        tell("{}", scenario::render(loaded.diagnostics));
        if (!loaded.record) {
            status = std::max(status, Exit::scenario);
            continue;
        }
        warn_of_foreign(file, *loaded.record);
        try {
            PredictionOptions own = options;
            if (arguments.has("fit")) own.fitted = fit(*loaded.record, options);
            validations.push_back(analysis::validate(*loaded.record, own));
        } catch (const PredictionError& e) {
            tell("gilsim: error: {}: {}\n", file, e.what());
            status = std::max(status, Exit::scenario);
        } catch (const SimulationFailure& e) {
            tell("gilsim: error: {}: {}\n", file, e.what());
            status = std::max(status, Exit::limit);
        }
    }
    const std::vector<std::string> failures = missed(bars, validations);
    if (arguments.has("json")) {
        fmt::print("{}", validation_json(validations, failures));
    } else if (arguments.has("card")) {
        fmt::print("{}", accuracy_card(validations));
    } else if (arguments.has("markdown")) {
        fmt::print("{}", validation_markdown(validations));
    } else if (!validations.empty()) {
        fmt::print("{}", validation_text(validations));
    }
    for (const std::string& failure : failures) tell("gilsim: bar missed: {}\n", failure);
    if (status == Exit::ok && !failures.empty()) status = Exit::verdict;
    return status;
}

}  // namespace gilsim::analysis::cli
