#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/interrupt.hpp"
#include "analysis/report/formats.hpp"
#include "analysis/report/inputs.hpp"
#include "analysis/tell.hpp"
#include "analysis/trace/error.hpp"
#include "analysis/trace/reader.hpp"
#include "model/scenario/suggest.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

// The files that a report on `operand` is made from, as far as their names tell: a folder, or its manifest, stands for
// the outputs of a run in it.
std::vector<fs::path> report_inputs(const fs::path& operand) {
    std::error_code ignored;
    const bool is_folder = fs::is_directory(operand, ignored);
    const fs::path folder = is_folder ? operand : operand.has_parent_path() ? operand.parent_path() : fs::path(".");
    std::vector<fs::path> files;
    if (!is_folder) files.push_back(operand);
    if (!is_folder && operand.filename() != "manifest.json" && !is_trace_name(operand)) return files;
    files.push_back(folder / "manifest.json");
    if (is_trace_name(operand)) return files;
    files.push_back(folder / "summary.json");
    for (const auto& entry : fs::directory_iterator(folder, ignored)) {
        if (is_trace_name(entry.path())) files.push_back(entry.path());
    }
    return files;
}

// The format asked for; without one, what the output's name says.
const ReportFormatRow& format_of(const Arguments& arguments, const std::string& output) {
    std::string name = "html";
    if (arguments.has("format")) {
        name = arguments.options["format"].as<std::string>();
    } else {
        for (const auto& row : kReportFormats) {
            if (output.ends_with("." + std::string(row.name))) name = row.name;
        }
    }
    std::vector<std::string> names;
    for (const auto& row : kReportFormats) {
        if (row.name == name) return row;
        names.emplace_back(row.name);
    }
    throw UsageError(fmt::format("--format: unknown value '{}'", name), scenario::did_you_mean(name, names));
}

}  // namespace

void describe_report(Options& options) {
    std::string formats = "what to write; else by the output's name:";
    for (const auto& row : kReportFormats) formats += fmt::format("\n{}: {}", row.name, row.about);
    auto add = options.add_options();
    add("output,o", po::value<std::string>()->value_name("FILE"), "the report; - is standard output");
    add("format", po::value<std::string>()->value_name("FORMAT"), formats.c_str());
    add("no-trials", "do not simulate what findings propose");
    add("fit", "of records: look for the values of free inputs on the cells that they name for it");
}

Exit report(const Arguments& arguments) {
    if (arguments.operands.empty())
        throw UsageError("there is nothing to report on", "as in gilsim report out -o out.html");
    if (!arguments.has("output")) throw UsageError("-o FILE is missing", "as in gilsim report out -o out.html");
    const std::string output = arguments.options["output"].as<std::string>();
    const ReportFormatRow& format = format_of(arguments, output);
    for (const std::string& operand : arguments.operands) {
        const std::vector<fs::path> inputs = report_inputs(operand);
        for (const fs::path& input : inputs) {
            if (std::error_code ignored; fs::exists(input, ignored)) require_regular_file(input.string());
        }
        if (output != "-") require_apart("-o", output, inputs);
    }
    // Before the work: a place that cannot be written to should not be found out after it.
    const RemovedOnSignal guard(output + ".tmp");  // where OutputFile writes until the end
    std::optional<trace::OutputFile> file;
    if (output != "-") file.emplace(output);

    ReportOptions options;
    options.trials = !arguments.has("no-trials");
    options.fit = arguments.has("fit");
    options.config_folders = {(root() / "configs").string()};
    options.lanes = format.name == "html";
    if (interactive_stderr()) {
        options.progress = [](const std::string& what) { tell("gilsim: {}\n", what); };
    }
    std::vector<fs::path> inputs(arguments.operands.begin(), arguments.operands.end());
    try {
        const std::string text = format.text(report_data(inputs, options));
        if (file) {
            file->write(text);
            file->close();
        } else {
            fmt::print("{}", text);
        }
        return Exit::ok;
    } catch (const ReportError& e) {
        throw UsageError(e.what());
    } catch (const TraceError& e) {
        throw UsageError(e.what());
    }
}

}  // namespace gilsim::analysis::cli
