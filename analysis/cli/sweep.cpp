#include "analysis/sweep/sweep.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <sched.h>

#include <fmt/format.h>

#include "analysis/cli/choices.hpp"
#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/terminal.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/sweep/sweep_table.hpp"
#include "analysis/sweep/sweep_verdict.hpp"
#include "analysis/tell.hpp"
#include "analysis/text.hpp"
#include "analysis/text_table.hpp"
#include "model/scenario/suggest.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;
using Strings = std::vector<std::string>;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kRunsWithoutAsking = 10'000;

/// The cores that this process may use.
int usable_cores() {
    cpu_set_t set;
    return sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

int workers_of(const Arguments& arguments) {
    constexpr int kMost = 1024;
    if (!arguments.has("jobs")) return usable_cores();
    const int jobs = arguments.options["jobs"].as<int>();
    if (jobs < 1 || jobs > kMost) throw UsageError(fmt::format("-j must be from 1 to {}", kMost));
    return jobs;
}

std::string seconds_text(double seconds) {
    if (seconds < 1) return "less than a second";
    const auto s = static_cast<std::int64_t>(seconds + 0.5);
    if (s < 120) return fmt::format("{} s", s);
    if (s < 7200) return fmt::format("{} min", (s + 30) / 60);
    return fmt::format("{} h", (s + 1800) / 3600);
}

/// Tells on stderr how far a sweep is: one line kept up to date on a terminal, else a line now and then.
class RunsLine {
public:
    explicit RunsLine(bool interactive) : interactive_(interactive) {}

    void show(const SweepProgress& p) {
        const auto now = Clock::now();
        if (now - shown_ < (interactive_ ? std::chrono::milliseconds(200) : std::chrono::seconds(10))) return;
        shown_ = now;
        told_ = true;
        const double elapsed = std::chrono::duration<double>(now - begin_).count();
        const double rate = static_cast<double>(p.done) / elapsed;
        std::string text = fmt::format("{} of {} runs, {} failed", p.kept + p.done, p.planned, p.failed);
        if (p.done > 0)
            text += fmt::format(", {:.{}f}/s, {} left", rate, rate < 10 ? 1 : 0,
                                seconds_text(static_cast<double>(p.planned - p.kept - p.done) / rate));
        tell("{}{}{}", interactive_ ? "\r\x1b[K" : "", text, interactive_ ? "" : "\n");
        std::fflush(stderr);
    }
    ~RunsLine() {
        if (interactive_ && told_) tell("\r\x1b[K");
    }
    RunsLine(const RunsLine&) = delete;
    RunsLine& operator=(const RunsLine&) = delete;
    [[nodiscard]] double elapsed() const { return std::chrono::duration<double>(Clock::now() - begin_).count(); }

private:
    bool interactive_;
    bool told_ = false;
    Clock::time_point begin_ = Clock::now(), shown_ = Clock::now();
};

/// How long the runs that are missing will take and how large the file will become.
std::string estimate_text(const scenario::SweepFile& file, const SweepPlan& plan, std::int64_t runs, int workers) {
    constexpr std::int64_t kBytesPerRun = 2500;  // of a scenario with a few threads
    if (runs == 0) return "nothing is left to be run";
    const RunEstimate each = estimate_run(file, plan);
    const double seconds = each.seconds * static_cast<double>(runs) / workers;
    const char* roughly = each.at_least ? "more than " : seconds < 1 ? "" : "about ";
    std::string text = fmt::format(
        "{} to do, {}{} with {} at once, a file of some {} MB", runs == 1 ? "1 run" : scenario::grouped(runs) + " runs",
        roughly, seconds_text(seconds), workers, std::max<std::int64_t>(1, runs * kBytesPerRun / 1'000'000));
    if (plan.repeats.automatic)
        text += fmt::format("; up to {} times as many, as the spread demands",
                            (plan.repeats.most + plan.repeats.least - 1) / plan.repeats.least);
    return text;
}

/// The table of runs, and what they will take.
void print_dry_run(const scenario::SweepFile& file, const SweepPlan& plan, const SweepStore* store, int workers) {
    constexpr std::size_t kMostRows = 40;
    std::vector<TextRow> rows(1);
    rows[0].emplace_back("point");
    for (const StoredAxis& axis : plan.head.axes) rows[0].push_back(axis.name);
    rows[0].insert(rows[0].end(), {"variant", "seeds", "runs", "there"});
    std::int64_t missing = 0;
    const std::int64_t each = plan.repeats.automatic ? plan.repeats.least : plan.repeats.times;
    for (std::size_t i = 0; i < plan.cells.size(); ++i) {
        const SweepCell& cell = plan.cells[i];
        std::int64_t there = 0;
        for (std::int64_t r = 1; r <= each; ++r)
            there += store != nullptr && store->cells_of(plan.key(cell, r)) ? 1 : 0;
        if (cell.twin == i) missing += each - there;
        if (rows.size() > kMostRows) continue;
        TextRow& row = rows.emplace_back();
        row.push_back(std::to_string(cell.point));
        for (const StoredValue& value : plan.head.points[static_cast<std::size_t>(cell.point)])
            row.push_back(value.text);
        row.push_back(plan.head.variants[static_cast<std::size_t>(cell.variant)].first);
        row.push_back(each == 1 ? std::to_string(cell.seed)
                                : fmt::format("{}..{}", cell.seed, cell.seed + static_cast<std::uint64_t>(each) - 1));
        row.push_back(cell.twin == i ? std::to_string(each) : fmt::format("as point {}", plan.cells[cell.twin].point));
        row.push_back(std::to_string(there));
    }
    // Before anything is printed: what a child inherits unwritten would be written twice.
    const std::string estimate = estimate_text(file, plan, missing, workers);
    for (const std::string& line : layout(rows, false)) fmt::print("{}\n", line);
    if (plan.cells.size() + 1 > rows.size()) fmt::print("... and {} more\n", plan.cells.size() + 1 - rows.size());
    fmt::print("\n{}: {}, {} each: {}.\n", count_text(static_cast<std::int64_t>(plan.head.points.size()), "point"),
               count_text(static_cast<std::int64_t>(plan.head.variants.size()), "variant"),
               plan.repeats.automatic ? plan.head.repeat : count_text(each, "repetition"), estimate);
}

void write_runs(const std::string& file, const SweepStore& store) {
    if (file == "-") {
        write_csv(store, [](const std::string& line) { fmt::print("{}", line); });
        return;
    }
    trace::OutputFile out(file);
    write_csv(store, [&](const std::string& line) { out.write(line); });
    out.close();
}

/// No output may be the scenario, nor the other output.
void check_sweep_outputs(const Arguments& arguments, const std::string& scenario) {
    const auto value = [&](const char* option) {
        return arguments.has(option) ? arguments.options[option].as<std::string>() : "";
    };
    const std::string database = value("output"), csv = value("csv");
    if (!database.empty()) require_apart("-o", database, {scenario});
    if (csv.empty() || csv == "-") return;
    require_apart("--csv", csv, {scenario});
    if (!database.empty()) require_apart("--csv", csv, {database}, "the file of -o");
}

void check_size(const Arguments& arguments, const scenario::SweepFile& file, std::size_t variants) {
    if (arguments.has("yes") || arguments.has("dry-run")) return;
    const scenario::Repeats& repeats = file.base().scenario->sweep.repeat;
    const auto each = static_cast<std::uint64_t>(repeats.automatic ? repeats.least : repeats.times) * variants;
    const std::uint64_t points = std::min<std::uint64_t>(file.combinations(), INT64_MAX / each);
    const auto runs = static_cast<std::int64_t>(points * each);
    if (runs <= kRunsWithoutAsking || points > scenario::kMostCombinations) return;  // the latter is refused elsewhere
    SweepPlan sample;  // the ends and the middle, without resolving all the rest
    for (const std::uint64_t combination : {std::uint64_t{0}, points / 2, points - 1}) {
        if (!file.resolve(combination).scenario) continue;
        sample.cells.emplace_back().combination = combination;
    }
    const std::string size = "this is a large sweep";
    if (sample.cells.empty())
        throw UsageError(fmt::format("{}: {} runs", size, scenario::grouped(runs)), "narrow it, or add --yes");
    sample.repeats = repeats;
    throw UsageError(fmt::format("{}{}: {}", size, file.base().scenario->sweep.where.empty() ? "" : ", 'where' aside",
                                 estimate_text(file, sample, runs, workers_of(arguments))),
                     "narrow it, look at it with --dry-run, or add --yes");
}

std::vector<scenario::Setting> axes_of(const Strings& texts) {
    std::vector<scenario::Setting> axes;
    for (const std::string& text : texts) {
        const auto axis = scenario::parse_setting(text);
        if (!axis) throw UsageError(fmt::format("--vary: '{}' is not NAME=VALUES", text), "as in --vary workers=1,2,4");
        axes.push_back(*axis);
    }
    return axes;
}

Exit status_of(const SweepProgress& progress, const SweepTable& table) {
    if (progress.failed > progress.failed_by_limit) return Exit::internal;
    if (progress.failed > 0) return Exit::limit;
    const bool badly = std::any_of(table.entries.begin(), table.entries.end(),
                                   [](const SweepEntry& e) { return !e.bad_end().empty(); });
    return badly ? Exit::verdict : Exit::ok;
}

}  // namespace

void describe_sweep(Options& options) {
    auto add = options.add_options();
    add("vary", po::value<Strings>()->value_name("NAME=VALUES"),
        "an axis, beside those of the file or in the place of its namesake: --vary workers=1,2,4, workers=1..8, "
        "interpreter.switch_interval=1us..100ms*10; repeatable");
    add("set", po::value<Strings>()->value_name("PATH=VALUE"), "override a field at every point; repeatable");
    add("repeat", po::value<std::string>()->value_name("N"), "runs of each point: 5, or 'auto(ci=2%, max=50)'");
    add("variant", po::value<Strings>()->value_name("NAME"), "run this variant only; repeatable");
    add("output,o", po::value<std::string>()->value_name("FILE"),
        "keep the results in this SQLite file; what it has already is not run again");
    add("jobs,j", po::value<int>()->value_name("N"), "simulations at once; default: one per core");
    add("dry-run", "show the table of runs and what they will take, and run nothing");
    add("yes", fmt::format("run a sweep of more than {} runs", scenario::grouped(kRunsWithoutAsking)).c_str());
    add("csv", po::value<std::string>()->value_name("FILE"),
        "write every run as CSV; '-': to stdout, and nothing else");
    add("json", "print the results as JSON on stdout, and nothing else");
    describe_resources(options);
}

Exit sweep(const Arguments& arguments) {
    const std::string& name = arguments.one_operand("the scenario FILE");
    const int workers = workers_of(arguments);
    const Strings settings = arguments.all("set");
    std::vector<scenario::Setting> parsed = settings_of(settings);
    if (arguments.has("repeat"))
        parsed.push_back({"sweep.repeat", "\"" + arguments.options["repeat"].as<std::string>() + "\""});
    require_file(name);
    check_sweep_outputs(arguments, name);
    const scenario::SweepFile file(name, parsed, axes_of(arguments.all("vary")), {(root() / "configs").string()});
    if (const Exit status = told(file.base()); status != Exit::ok) return status;
    const Strings variants = arguments.all("variant");
    check_variants(variants, *file.base().scenario);
    if (file.axes().empty() && !arguments.has("repeat") && file.base().scenario->sweep.repeat.times == 1 &&
        !file.base().scenario->sweep.repeat.automatic)
        throw UsageError(fmt::format("'{}' has no 'sweep'", name), "add --vary NAME=VALUES or --repeat N");
    check_size(arguments, file, variants.empty() ? file.base().scenario->variants.size() : variants.size());

    std::optional<SweepWorkers> processes;
    if (!arguments.has("dry-run")) processes.emplace(file, workers, resource_choice(arguments));
    const SweepPlan plan = plan_sweep(file, variants, settings);
    if (!plan.diagnostics.empty()) return told({std::nullopt, plan.diagnostics});
    const std::string database = arguments.has("output") ? arguments.options["output"].as<std::string>() : "";
    try {
        if (arguments.has("dry-run")) {
            const bool there = !database.empty() && std::filesystem::exists(database);
            const auto store = there ? SweepStore::open(database) : nullptr;
            print_dry_run(file, plan, store.get(), workers);
            return Exit::ok;
        }
        SweepStore store(database, plan.head);
        SweepProgress progress;
        {
            RunsLine line(interactive_stderr());
            progress = run_sweep(plan, store, *processes, [&](const SweepProgress& p) { line.show(p); });
        }
        if (arguments.has("csv")) write_runs(arguments.options["csv"].as<std::string>(), store);
        const SweepTable table = sweep_table(store);
        if (arguments.has("json")) {
            fmt::print("{}", to_json(store));
        } else if (!arguments.has("csv") || arguments.options["csv"].as<std::string>() != "-") {
            fmt::print("{}", sweep_verdict(table));
        }
        return status_of(progress, table);
    } catch (const ForeignSweep& e) {
        throw UsageError(e.what(), "choose another file for -o");
    } catch (const SweepStoreError& e) {
        tell("gilsim: error: {}\n", e.what());
        if (e.runs_kept) tell("What had ended is kept; the same command goes on from there.\n");
        return Exit::limit;
    }
}

}  // namespace gilsim::analysis::cli
