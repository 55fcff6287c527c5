#include "analysis/measure/calibrate.hpp"

#include <filesystem>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/measure/child.hpp"
#include "analysis/measure/progress_line.hpp"
#include "analysis/tell.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;
namespace fs = std::filesystem;

fs::path probe() {
    std::error_code none;
    const fs::path program = fs::read_symlink("/proc/self/exe", none).parent_path() / "gilsim-probe";
    if (fs::exists(program, none)) return program;
    throw UsageError(fmt::format("no '{}'", program.string()), "build it: cmake --build . --target gilsim-probe");
}

void write_profile(const fs::path& file, const std::string& text) {
    trace::OutputFile out(file);
    out.write(text);
    out.close();
    fmt::print("{}\n", file.string());
}

}  // namespace

void describe_calibrate(Options& options) {
    auto add = options.add_options();
    add("python", po::value<std::string>()->value_name("PATH")->default_value("python3"),
        "the Python to describe, 2.7 or later");
    add("output,o", po::value<std::string>()->value_name("DIR"),
        "the folder for machine.yaml and interpreter.yaml, for `gilsim run --machine` and `--interpreter`");
}

Exit calibrate(const Arguments& arguments) {
    if (!arguments.operands.empty()) throw UsageError(fmt::format("unexpected '{}'", arguments.operands.front()));
    if (!arguments.has("output")) throw UsageError("the profiles need a folder to be written to", "add -o DIR");
    const fs::path folder = arguments.options["output"].as<std::string>();
    const CalibrateOptions options{arguments.options["python"].as<std::string>(),
                                   root() / "analysis" / "measure" / "runner", probe()};
    make_folder(folder);
    ProgressLine progress(interactive_stderr());
    try {
        const Calibration calibration = analysis::calibrate(
            options, [&](const std::string& what, double done) { progress.show("measuring " + what, done); });
        progress.clear();
        const std::string disturbance = calibration.disturbance();
        if (!disturbance.empty()) tell("gilsim: warning: the machine was not quiet: {}\n", disturbance);
        if (const std::string missing = calibration.missing(); !missing.empty())
            tell("gilsim: warning: no answer of {}; what follows from it is left out\n", missing);
        if (calibration.out_of_time) tell("gilsim: warning: it took too long; what was not measured is left out\n");
        write_profile(folder / "machine.yaml", machine_yaml(calibration));
        write_profile(folder / "interpreter.yaml",
                      interpreter_yaml(calibration, interpreter_config(calibration.python)));
    } catch (const PythonError& e) {
        throw UsageError(e.what());
    } catch (const Interrupted&) {
        tell("gilsim: interrupted; no profile is written\n");
        return Exit::limit;
    }
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
