#include "analysis/measure/measure.hpp"

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/measure/measure_table.hpp"
#include "analysis/measure/measured_record.hpp"
#include "analysis/measure/progress_line.hpp"
#include "analysis/tell.hpp"
#include "model/scenario/config.hpp"
#include "model/scenario/units.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {

namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;
using Strings = std::vector<std::string>;

MeasureOptions measure_options(const Arguments& arguments) {
    MeasureOptions options;
    options.python = arguments.options["python"].as<std::string>();
    options.runner = root() / "analysis" / "measure" / "runner";
    options.variants = arguments.all("variant");
    options.cpus = arguments.has("cpus") ? positive_value("cpus", arguments.options["cpus"].as<std::string>()) : 0;
    options.repeat = positive_value("repeat", arguments.options["repeat"].as<std::string>());
    options.limit = duration_value("time-limit", arguments.options["time-limit"].as<std::string>());
    return options;
}

RecordProfiles profiles_of(const Arguments& arguments, const fs::path& record, const PythonFacts& python) {
    if (!arguments.has("profiles")) return {"", interpreter_config(python)};
    const fs::path folder = arguments.options["profiles"].as<std::string>();
    const auto beside = [&](const char* name) {
        require_file((folder / name).string());
        return fs::proximate(folder / name, fs::absolute(record).parent_path()).string();
    };
    return {beside("machine.yaml"), beside("interpreter.yaml")};
}

std::vector<fs::path> measure_inputs(const Arguments& arguments) {
    std::vector<fs::path> inputs{arguments.operands.front()};
    if (arguments.has("profiles")) {
        const fs::path folder = arguments.options["profiles"].as<std::string>();
        inputs.insert(inputs.end(), {folder / "machine.yaml", folder / "interpreter.yaml"});
    }
    return inputs;
}

// A value of a profile, as it is written; empty if it has none.
std::string value_of(const fs::path& file, const std::string& kind, const std::string& path) {
    const scenario::ConfigFile config = scenario::read_config(file.string(), kind, {(root() / "configs").string()});
    for (const scenario::ConfigValue& value : config.values) {
        if (value.path == path) return value.value;
    }
    return "";
}

// What a turn of the runner's loop took when the profiles were calibrated, in seconds; 0: they do not say.
double usual_pace(const Arguments& arguments) {
    if (!arguments.has("profiles")) return 0;
    const fs::path folder = arguments.options["profiles"].as<std::string>();
    const double turns = std::atof(value_of(folder / "interpreter.yaml", "interpreters", "pace").c_str());
    return turns > 0 ? 1e-3 / turns : 0;
}

// Profiles of another machine or another Python predict those. What they say they are of is their `about`, as `gilsim
// calibrate` writes it.
void warn_of_foreign(const fs::path& folder, const Measurement& measurement) {
    const auto check = [&](const char* name, const char* kind, const std::string& here) {
        const std::string of = value_of(folder / name, kind, "about");
        if (of.starts_with(here)) return;
        tell("gilsim: warning: {} is of another one ({}) than this: {}\n", (folder / name).string(),
             of.empty() ? "it does not say which" : of, here);
    };
    check("machine.yaml", "machines", machine_text(measurement.host));
    check("interpreter.yaml", "interpreters", measurement.python.about);
}

void write_record(const fs::path& file, const std::string& text) {
    trace::OutputFile out(file);
    out.write(text);
    out.close();
}

// What was not measured, on stderr; the status of the whole.
Exit reported(const Measurement& measurement, const fs::path& record) {
    bool any = false;
    bool complete = !measurement.interrupted;
    for (const MeasuredVariant& m : measurement.variants) {
        any = any || !m.runs.empty();
        if (!m.skipped.empty()) tell("gilsim: skipped '{}': {}\n", m.variant->name, m.skipped);
        if (!m.failed) continue;
        complete = false;
        tell("gilsim: error: '{}' could not be measured: {}\n", m.variant->name, m.failed->why);
        if (!m.failed->output.empty()) tell("What the Python wrote last:\n{}\n", m.failed->output);
    }
    if (measurement.interrupted) tell("gilsim: interrupted\n");
    if (any) fmt::print("\nrecord: {}{}\n", record.string(), complete ? "" : " (what was measured)");
    if (!any) tell("gilsim: error: nothing was measured, no record is written\n");
    return any && complete ? Exit::ok : Exit::limit;
}

}  // namespace

void describe_measure(Options& options) {
    auto add = options.add_options();
    add("python", po::value<std::string>()->value_name("PATH")->default_value("python3"),
        "the Python that runs the scenario, 2.7 or later");
    add("output,o", po::value<std::string>()->value_name("RECORD"), "the record, a JSON file");
    add("cpus", po::value<std::string>()->value_name("N"),
        "pin to N CPUs; without it, as many as the machine of the "
        "scenario has cores");
    add("repeat", po::value<std::string>()->value_name("R")->default_value("7"),
        "repetitions of each variant, each a fresh process");
    add("variant", po::value<Strings>()->value_name("NAME"), "measure this variant only; repeatable");
    add("set", po::value<Strings>()->value_name("PATH=VALUE"), "override a field of the scenario; repeatable");
    add("profiles", po::value<std::string>()->value_name("DIR"),
        "predict the record with machine.yaml and interpreter.yaml of that folder, as `gilsim calibrate` writes them");
    add("time-limit", po::value<std::string>()->value_name("TIME")->default_value("60s"),
        "stop a repetition that takes longer");
}

Exit measure(const Arguments& arguments) {
    const std::string& file = arguments.one_operand("the scenario FILE");
    if (!arguments.has("output")) throw UsageError("a record needs a file to be written to", "add -o RECORD.json");
    const fs::path record = arguments.options["output"].as<std::string>();
    require_apart("-o", record, measure_inputs(arguments));
    MeasureOptions options = measure_options(arguments);
    options.usual_pace = usual_pace(arguments);
    const Loaded loaded = load(file, arguments.all("set"));
    if (!loaded.scenario) return loaded.status;
    check_variants(options.variants, *loaded.scenario);
    static_cast<void>(trace::OutputFile(record));  // a place that cannot be written to is found out before the work

    ProgressLine progress(interactive_stderr());
    MeasureListener listener;
    listener.before = [&](const std::string& variant, int repetition, double done) {
        progress.show(fmt::format("measuring {}, {} of {}", variant, repetition + 1, options.repeat), done);
    };
    listener.after = [&](const Measurement& so_far) {
        const bool any = std::any_of(so_far.variants.begin(), so_far.variants.end(),
                                     [](const MeasuredVariant& m) { return !m.runs.empty(); });
        if (any)
            write_record(record, record_json(*loaded.scenario, so_far, profiles_of(arguments, record, so_far.python)));
    };
    try {
        const Measurement measurement = analysis::measure(*loaded.scenario, options, listener);
        progress.clear();
        if (arguments.has("profiles")) warn_of_foreign(arguments.options["profiles"].as<std::string>(), measurement);
        fmt::print("{}", measure_table(*loaded.scenario, measurement));
        return reported(measurement, record);
    } catch (const PythonError& e) {
        throw UsageError(e.what());
    } catch (const TooFewCpus& e) {
        throw UsageError(e.what());
    }
}

}  // namespace gilsim::analysis::cli
