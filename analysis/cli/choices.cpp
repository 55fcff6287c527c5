#include "analysis/cli/choices.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/measure/python.hpp"
#include "analysis/tell.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;

// `name: about` of each row of a table, one per line.
template <class Table>
std::string table_text(const std::string& about, const Table& table) {
    std::string text = about;
    for (const auto& row : table) text += fmt::format("\n{}: {}", row.name, row.about);
    return text;
}

template <class Table>
[[noreturn]] void unknown(const std::string& option, const std::string& value, const Table& table) {
    std::vector<std::string> names;
    for (const auto& row : table) names.emplace_back(row.name);
    throw UsageError(fmt::format("--{}: unknown value '{}'", option, value), scenario::did_you_mean(value, names));
}

template <class Value>
Value valid(const std::string& option, std::variant<Value, scenario::UnitError> parsed) {
    if (const auto* error = std::get_if<scenario::UnitError>(&parsed))
        throw UsageError(fmt::format("--{}: {}", option, error->message), error->hint);
    const Value value = std::get<Value>(parsed);
    if (value <= 0) throw UsageError(fmt::format("--{}: must be more than 0", option));
    return value;
}

}  // namespace

void describe_trace(Options& options) {
    auto add = options.add_options();
    add("trace", po::value<std::string>()->value_name("LEVEL"),
        table_text("what to write to a trace file per variant:", trace::kTraceLevels).c_str());
    add("trace-format", po::value<std::string>()->value_name("FORMAT"),
        table_text("format of the trace:", kTraceFormats).c_str());
}

TraceOptions trace_choice(const Arguments& arguments) {
    TraceOptions choice;
    if (arguments.has("trace")) {
        const auto& name = arguments.options["trace"].as<std::string>();
        const auto level = trace::trace_level(name);
        if (!level) unknown("trace", name, trace::kTraceLevels);
        choice.level = *level;
    }
    if (arguments.has("trace-format")) {
        const auto& name = arguments.options["trace-format"].as<std::string>();
        const auto format = trace_format(name);
        if (!format) unknown("trace-format", name, kTraceFormats);
        choice.format = *format;
        if (!arguments.has("trace")) choice.level = trace::TraceLevel::full;
    }
    if (choice.level == trace::TraceLevel::summary && choice.format != TraceFormat::perfetto)
        throw UsageError("--trace summary is written in the perfetto format only");
    return choice;
}

void describe_profiles(Options& options) {
    auto add = options.add_options();
    add("machine", po::value<std::string>()->value_name("NAME"),
        "the machine, instead of the scenario's: a name or a file, as `gilsim calibrate` writes it");
    add("interpreter", po::value<std::string>()->value_name("NAME"), "the interpreter, likewise");
}

std::vector<std::string> settings_choice(const Arguments& arguments) {
    std::vector<std::string> settings;
    for (const char* profile : {"machine", "interpreter"}) {
        if (arguments.has(profile))
            settings.push_back(fmt::format("{}={}", profile, arguments.options[profile].as<std::string>()));
    }
    for (std::string& setting : arguments.all("set")) settings.push_back(setting);
    return settings;
}

void describe_resources(Options& options) {
    auto add = options.add_options();
    add("max-time", po::value<std::string>()->value_name("TIME"),
        "end a simulation that takes more processor time, as in 10min");
    add("max-memory", po::value<std::string>()->value_name("SIZE"),
        "end a simulation that needs more memory, as in 4GiB");
}

ResourceLimits resource_choice(const Arguments& arguments) {
    ResourceLimits limits;
    if (arguments.has("max-time")) {
        const Nanoseconds time = duration_value("max-time", arguments.options["max-time"].as<std::string>());
        limits.cpu_seconds = (time + kSecond - 1) / kSecond;
    }
    if (arguments.has("max-memory"))
        limits.memory =
            valid<Bytes>("max-memory", scenario::parse_size(arguments.options["max-memory"].as<std::string>()));
    return limits;
}

std::uint64_t seed_value(const std::string& text) {
    std::uint64_t seed = 0;
    const char* end = text.data() + text.size();
    const auto [rest, error] = std::from_chars(text.data(), end, seed);
    if (error != std::errc() || rest != end)
        throw UsageError(fmt::format("--seed: '{}' is not a whole number from 0 to 2^64 - 1", text));
    return seed;
}

Nanoseconds duration_value(const std::string& option, const std::string& text) {
    return valid<Nanoseconds>(option, scenario::parse_duration(text));
}

std::string interpreter_config(const PythonFacts& python) {
    const std::size_t dot = python.minor.find('.') + 1;
    for (int minor = std::stoi(python.minor.substr(dot)); minor >= 0; --minor) {
        const std::string name =
            fmt::format("cpython-{}{}{}", python.minor.substr(0, dot), minor, python.free_threaded ? "t" : "");
        if (std::filesystem::exists(root() / "configs" / "interpreters" / (name + ".yaml"))) return name;
    }
    return "";
}

int positive_value(const std::string& option, const std::string& text) {
    int value = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc() || end != text.data() + text.size() || value < 1)
        throw UsageError(fmt::format("--{}: '{}' is not a whole number from 1 on", option, text));
    return value;
}

void check_variants(const std::vector<std::string>& names, const scenario::Scenario& scenario) {
    std::vector<std::string> known;
    for (const scenario::Variant& variant : scenario.variants) known.push_back(variant.name);
    for (const std::string& name : names) {
        if (std::find(known.begin(), known.end(), name) == known.end())
            throw UsageError(fmt::format("the scenario has no variant '{}'", name),
                             scenario::did_you_mean(name, known));
    }
}

void make_folder(const std::filesystem::path& folder) {
    std::error_code error;
    std::filesystem::create_directories(folder, error);
    if (!error && !std::filesystem::is_directory(folder)) error = std::make_error_code(std::errc::not_a_directory);
    if (error) throw trace::OutputError(folder, error.value());
}

Exit status_of(const ScenarioRun& run) {
    Exit status = Exit::ok;
    for (const RunSummary& variant : run.summary.variants) {
        if (ended_badly(variant.outcome)) status = Exit::verdict;
    }
    for (const RunFailure& failure : run.failures) {
        tell("gilsim: error: variant {}: {}\n", failure.variant, failure.message);
        const Exit kind = failure.kind == RunFailure::Kind::internal ? Exit::internal : Exit::limit;
        status = std::max(status, kind);
    }
    return status;
}

}  // namespace gilsim::analysis::cli
