#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/manifest.hpp"
#include "analysis/run_scenario.hpp"
#include "analysis/summary_json.hpp"
#include "analysis/verdict.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;
using Strings = std::vector<std::string>;

RunOptions run_options(const Arguments& arguments) {
    RunOptions options;
    options.variants = arguments.all("variant");
    if (arguments.has("seed")) options.seed = seed_value(arguments.options["seed"].as<std::string>());
    if (arguments.has("limit")) options.limit = duration_value("limit", arguments.options["limit"].as<std::string>());
    options.trace = trace_choice(arguments);
    options.resources = resource_choice(arguments);
    options.progress = interactive_stderr();
    if (arguments.has("output")) {
        options.folder = arguments.options["output"].as<std::string>();
    } else if (options.trace.level != trace::TraceLevel::none) {
        throw UsageError("a trace needs a folder to be written to", "add -o DIR");
    }
    return options;
}

// What is written into the folder must not be what was read.
void check_run_outputs(const Arguments& arguments, const scenario::Scenario& scenario, const RunOptions& options) {
    std::vector<std::filesystem::path> inputs{arguments.operands.front()};
    for (const char* profile : {"machine", "interpreter"}) {
        if (arguments.has(profile)) inputs.emplace_back(arguments.options[profile].as<std::string>());
    }
    require_apart("-o", options.folder / "summary.json", inputs);
    require_apart("-o", options.folder / "manifest.json", inputs);
    if (options.trace.level == trace::TraceLevel::none) return;
    for (const scenario::Variant& variant : narrowed(scenario, options).variants)
        require_apart("-o", options.folder / trace_file_name(variant.name, options.trace.format), inputs);
}

}  // namespace

void describe_run(Options& options) {
    auto add = options.add_options();
    add("set", po::value<Strings>()->value_name("PATH=VALUE"),
        "override a field, as in --set machine.cores=4; repeatable");
    add("variant", po::value<Strings>()->value_name("NAME"), "run this variant only; repeatable");
    add("seed", po::value<std::string>()->value_name("N"), "seed of the random streams, instead of the scenario's");
    add("limit", po::value<std::string>()->value_name("TIME"),
        "stop each run after this much simulated time, as in 10s");
    add("json", "print the summary as JSON on stdout, and nothing else");
    add("output,o", po::value<std::string>()->value_name("DIR"), "write summary.json, manifest.json and traces here");
    describe_profiles(options);
    describe_trace(options);
    describe_resources(options);
}

Exit run(const Arguments& arguments) {
    const std::string& file = arguments.one_operand("the scenario FILE");
    RunOptions options = run_options(arguments);
    const Loaded loaded = load(file, settings_choice(arguments));
    if (!loaded.scenario) return loaded.status;
    check_variants(options.variants, *loaded.scenario);
    if (!options.folder.empty()) {
        check_run_outputs(arguments, *loaded.scenario, options);
        make_folder(options.folder);
    }
    const ScenarioRun run = run_scenario(*loaded.scenario, options);

    // What has ended is kept and shown, whatever became of the rest.
    if (!options.folder.empty() && !run.summary.variants.empty()) {
        write_outputs(options.folder, run,
                      manifest_of(narrowed(*loaded.scenario, options), arguments.command, options.trace));
    }
    if (arguments.has("json")) {
        fmt::print("{}", to_json(run.summary));
    } else if (!run.summary.variants.empty()) {
        fmt::print("{}", verdict(run.summary, colored_stdout()));
    }
    return status_of(run);
}

}  // namespace gilsim::analysis::cli
