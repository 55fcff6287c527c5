#include "analysis/run_scenario.hpp"

#include <algorithm>
#include <exception>
#include <optional>

#include "analysis/interrupt.hpp"
#include "analysis/progress.hpp"
#include "analysis/summary_builder.hpp"
#include "analysis/summary_json.hpp"
#include "model/engine/engine.hpp"
#include "model/engine/isolate.hpp"
#include "model/trace/output_file.hpp"
#include "model/workload/simulation.hpp"

namespace gilsim::analysis {
namespace {

// What a child answers: a letter that says of what kind the rest is.
constexpr char kSummary = 'S';
constexpr char kOutputError = 'O';
constexpr char kTooLarge = 'L';

// In the child: one simulation, from its first event to its summary.
std::string simulate(const scenario::Variant& variant, const std::string& scenario, const RunOptions& options,
                     const std::filesystem::path& trace_file) {
    workload::Simulation simulation(variant, scenario);
    SummaryBuilder builder(simulation.directory());
    simulation.attach(builder);
    std::optional<Progress> progress;
    if (options.progress) simulation.attach(progress.emplace(variant.name));
    std::unique_ptr<trace::Sink> trace;
    try {
        if (!trace_file.empty()) {
            trace = open_trace(options.trace, trace_file, simulation.directory());
            simulation.attach(*trace);
        }
        workload::RunResult result = simulation.run();
        RunSummary summary = builder.summary();
        summary.deadlock = std::move(result.deadlock);
        summary.failure = std::move(result.failure);
        return kSummary + to_json(summary);
    } catch (const trace::OutputError& e) {
        return kOutputError + std::string(e.what());
    } catch (const engine::TooManyActors& e) {
        return kTooLarge + std::string(e.what());
    }
}

// Where a trace is written to until it is complete (trace::OutputFile).
std::filesystem::path unfinished(std::filesystem::path trace_file) {
    return trace_file += ".tmp";
}

// A child that was killed could not clean up behind itself.
void discard_unfinished(const std::filesystem::path& trace_file) {
    std::error_code ignored;
    std::filesystem::remove(unfinished(trace_file), ignored);
}

}  // namespace

scenario::Scenario narrowed(const scenario::Scenario& scenario, const RunOptions& options) {
    scenario::Scenario result = scenario;
    if (!options.variants.empty()) {
        std::erase_if(result.variants, [&](const scenario::Variant& v) {
            return std::find(options.variants.begin(), options.variants.end(), v.name) == options.variants.end();
        });
    }
    for (scenario::Variant& variant : result.variants) {
        variant.seed = options.seed.value_or(variant.seed);
        variant.limit = std::min(variant.limit, options.limit);
    }
    return result;
}

ScenarioRun run_scenario(const scenario::Scenario& scenario, const RunOptions& options) {
    const scenario::Scenario chosen = narrowed(scenario, options);
    ScenarioRun run;
    run.summary.scenario = std::filesystem::path(scenario.file).filename().string();
    run.summary.title = scenario.title;
    for (std::size_t i = 0; i < chosen.variants.size(); ++i) {
        const scenario::Variant& variant = chosen.variants[i];
        if (options.on_start) options.on_start(variant, i, chosen.variants.size());
        std::filesystem::path trace_file;
        if (options.trace.level != trace::TraceLevel::none)
            trace_file = options.folder / trace_file_name(variant.name, options.trace.format);
        std::optional<RemovedOnSignal> guard;
        if (!trace_file.empty()) guard.emplace(unfinished(trace_file));
        LimitReport limits;
        const engine::ChildResult child = engine::in_child([&] {
            limits.enforce(options.resources);
            return simulate(variant, run.summary.scenario, options, trace_file);
        });
        if (!trace_file.empty() && !child.ok) discard_unfinished(trace_file);
        if (std::string reached = limits.reached(options.resources); !reached.empty()) {
            run.failures.push_back({variant.name, RunFailure::Kind::limit, std::move(reached)});
        } else if (!child.ok) {
            run.failures.push_back({variant.name, RunFailure::Kind::internal, child.error});
        } else if (child.payload.front() == kOutputError) {
            run.failures.push_back({variant.name, RunFailure::Kind::output, child.payload.substr(1)});
        } else if (child.payload.front() == kTooLarge) {
            run.failures.push_back({variant.name, RunFailure::Kind::limit, child.payload.substr(1)});
            if (!trace_file.empty()) discard_unfinished(trace_file);
        } else {
            run.summary.variants.push_back(run_summary_from_json(child.payload.substr(1)));
            if (!trace_file.empty()) run.traces.push_back({variant.name, trace_file});
        }
    }
    return run;
}

}  // namespace gilsim::analysis
