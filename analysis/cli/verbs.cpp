#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "analysis/version.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis::cli {
namespace {

constexpr std::array kVerbs{
    Verb{"run", "FILE [options]", "run a scenario's variants and say which wins and why", describe_run, run},
    Verb{"sweep", "FILE [options]", "run a scenario over a range of values and say where the knee is", describe_sweep,
         sweep},
    Verb{"compare", "A B [options]", "compare two runs or two sweeps: what changed, by how much, beyond noise",
         describe_compare, compare},
    Verb{"check", "FILE... [options]", "check scenarios without running them", describe_check, check},
    Verb{"list", "[WHAT]", "list scenarios, machines, interpreters or operations", no_options, list},
    Verb{"help", "[VERB | FIELD]", "explain a verb or a field of the scenario language", no_options, help},
    Verb{"schema", "[record]", "print the JSON Schema of scenarios, or of records, for editors", no_options, schema},
    Verb{"report", "FILE... -o OUTPUT [options]", "make a page of traces, folders of runs, summaries, sweeps, records",
         describe_report, report},
    Verb{"explain", "TRACE [options]", "tell a stretch of a trace in sentences", describe_explain, explain},
    Verb{"reproduce", "MANIFEST [options]", "run again what a manifest tells of, and compare the outputs",
         describe_reproduce, reproduce},
    Verb{"calibrate", "-o DIR [options]", "measure this machine and a Python: profiles for `run`", describe_calibrate,
         calibrate},
    Verb{"measure", "FILE -o RECORD [options]", "run a scenario for real, in a Python of this machine", describe_measure,
         measure},
    Verb{"validate", "RECORD... [options]", "predict measurements of real programs, and show the error",
         describe_validate, validate},
};

}  // namespace

std::span<const Verb> verbs() {
    return kVerbs;
}

const Verb& verb_named(const std::string& name) {
    const auto found = std::find_if(kVerbs.begin(), kVerbs.end(), [&](const Verb& v) { return v.name == name; });
    if (found != kVerbs.end()) return *found;
    std::vector<std::string> names;
    for (const Verb& verb : kVerbs) names.emplace_back(verb.name);
    throw UsageError(fmt::format("unknown verb '{}'", name), scenario::did_you_mean(name, names));
}

std::string verb_help(const Verb& verb) {
    Options options("Options");
    verb.describe(options);
    options.add_options()("help,h", "show this help");
    std::ostringstream text;
    text << options;
    return fmt::format("Usage: gilsim {} {}\n\n{}{}.\n\n{}", verb.name, verb.operands,
                       static_cast<char>(std::toupper(verb.about.front())), verb.about.substr(1), text.str());
}

std::string general_help() {
    std::string text =
        "gilsim simulates Python programs that use threads and processes: the GIL, the\n"
        "operating system's scheduler and the cores, in exact virtual time.\n\n"
        "Usage: gilsim VERB [arguments]\n\nVerbs:\n";
    for (const Verb& verb : kVerbs) text += fmt::format("  {:<10} {}\n", verb.name, verb.about);
    text +=
        "\nTry:\n"
        "  gilsim run scenarios/cpu_bound.yaml    does a second thread help? and a process?\n"
        "  gilsim list scenarios                  what else there is to run\n"
        "  gilsim help run                        the options of a verb\n"
        "\nExit status:\n";
    for (const ExitRow& row : kExits) text += fmt::format("  {}  {}\n", static_cast<int>(row.status), row.about);
    return text;
}

void no_options(Options&) {}

}  // namespace gilsim::analysis::cli
