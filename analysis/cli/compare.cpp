#include <filesystem>
#include <fstream>
#include <sstream>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/compare/comparison.hpp"
#include "analysis/insight/difference.hpp"
#include "analysis/summary_json.hpp"
#include "analysis/trace/reader.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace fs = std::filesystem;

/// One of the two, and of which sort it is.
struct Side {
    SweepTable table;
    bool is_sweep = false;
};

/// A folder of `gilsim run -o`, a summary.json, or the SQLite file of a sweep.
Side read_side(const std::string& name) {
    require_file(name);
    const fs::path file = fs::is_directory(name) ? fs::path(name) / "summary.json" : fs::path(name);
    if (!fs::exists(file)) throw UsageError(fmt::format("the folder '{}' holds no summary.json", name));
    require_regular_file(file.string());
    if (is_database(file)) {
        try {
            return {sweep_table(*SweepStore::open(file)), true};
        } catch (const ForeignSweep& e) {
            throw UsageError(e.what());
        } catch (const SweepStoreError& e) {
            throw UsageError(e.what());
        }
    }
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    try {
        return {sweep_table(scenario_summary_from_json(text.str())), false};
    } catch (const SummaryError& e) {
        throw UsageError(
            fmt::format("'{}' is neither a summary.json nor a sweep of gilsim: {}", file.string(), e.what()));
    }
}

// What differs between two traces, which tell more than two summaries.
Exit compare_traces(const std::string& a, const std::string& b) {
    require_regular_file(a);
    require_regular_file(b);
    try {
        TraceReader first(a);
        RunAnalysis before(first.directory());
        first.read(before);
        TraceReader second(b);
        RunAnalysis after(second.directory());
        second.read(after);
        fmt::print("{}", difference(before, after, a, b));
        return Exit::ok;
    } catch (const TraceError& e) {
        throw UsageError(e.what());
    }
}

}  // namespace

void describe_compare(Options& options) {
    options.add_options()("json", "print all figures as JSON on stdout, and nothing else");
}

Exit compare(const Arguments& arguments) {
    if (arguments.operands.size() != 2) throw UsageError("two things are to be compared", "gilsim compare A B");
    if (is_trace_name(arguments.operands[0]) && is_trace_name(arguments.operands[1])) {
        if (arguments.has("json"))
            throw UsageError("--json compares summaries and sweeps", "give the folders or summary.json of the runs");
        return compare_traces(arguments.operands[0], arguments.operands[1]);
    }
    const Side a = read_side(arguments.operands[0]);
    const Side b = read_side(arguments.operands[1]);
    if (a.is_sweep != b.is_sweep)
        throw UsageError(
            fmt::format("'{}' is {}, '{}' is {}", arguments.operands[0], a.is_sweep ? "a sweep" : "a single run",
                        arguments.operands[1], b.is_sweep ? "a sweep" : "a single run"),
            "compare two of a kind");
    RunComparison comparison = analysis::compare(a.table, b.table);
    comparison.a = arguments.operands[0];
    comparison.b = arguments.operands[1];
    fmt::print("{}", arguments.has("json") ? to_json(comparison) : comparison_text(comparison));
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
