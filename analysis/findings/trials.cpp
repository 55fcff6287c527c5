#include <algorithm>

#include <fmt/format.h>

#include "analysis/findings/finding.hpp"
#include "analysis/run_scenario.hpp"
#include "analysis/text.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::int64_t kSecondsOfTrial = 120;

const RequestSummary* request(const RunSummary& run, const std::string& name) {
    const RequestSummary* most = nullptr;
    for (const RequestSummary& r : run.requests) {
        if (r.name == name) return &r;
        if (most == nullptr || r.count > most->count) most = &r;
    }
    return most;
}

// The gain, and how it is told.
Trial compare(const RunSummary& before, const RunSummary& after, const std::string& subject) {
    Trial trial;
    if (ended_badly(after.outcome)) {
        trial.result = fmt::format("ends badly: {}", bad_end(after.outcome));
        return trial;
    }
    if (ended_badly(before.outcome)) {
        trial.result =
            fmt::format("no {} any more (ends after {})", bad_end(before.outcome), duration_text(after.makespan));
        return trial;
    }
    bool compared = false;
    // Only what changed is told.
    const auto add = [&](std::int64_t gain, const std::string& text) {
        compared = true;
        trial.gain = std::max(trial.gain, gain);
        if (std::abs(gain - 1000) > kEqual) trial.result += (trial.result.empty() ? "" : "; ") + text;
    };
    if (before.outcome == trace::Outcome::completed && after.outcome == trace::Outcome::completed) {
        const std::int64_t speed = permille(before.makespan, after.makespan);
        add(speed, fmt::format("{} times the speed (makespan {} -> {})", factor_text(speed),
                               duration_text(before.makespan), duration_text(after.makespan)));
    }
    const RequestSummary* was = request(before, subject);
    const RequestSummary* is = was == nullptr ? nullptr : request(after, was->name);
    if (is != nullptr && was->count > 0 && is->count > 0) {
        // Rates from counts: rates in the summary are rounded.
        const std::int64_t rate = permille(is->count, was->count) * 1000 /
                                  std::max<std::int64_t>(1, permille(after.makespan, before.makespan));
        add(rate, fmt::format("{} times the throughput of `{}`", factor_text(rate), was->name));
        add(permille(was->latency.p50, is->latency.p50),
            fmt::format("latency of `{}` p50 {} -> {}, p99 {} -> {}", was->name, duration_text(was->latency.p50),
                        duration_text(is->latency.p50), duration_text(was->latency.p99),
                        duration_text(is->latency.p99)));
    }
    if (trial.result.empty())
        trial.result = compared ? "no difference" : "cannot be compared: the runs were stopped and have no requests";
    return trial;
}

Trial try_one(const Remedy& change, const RunSummary& before, const std::string& subject, const std::string& resolved) {
    Json scenario = Json::parse(resolved);
    if (!change.apply(scenario)) return {};
    const scenario::LoadResult loaded = scenario::load_text(scenario.dump(), change.what);
    if (!loaded.scenario) return {};
    RunOptions options;
    options.resources.cpu_seconds = kSecondsOfTrial;
    const ScenarioRun run = run_scenario(*loaded.scenario, options);
    if (run.summary.variants.empty())
        return {change.what, "was not finished: " + (run.failures.empty() ? "" : run.failures.front().message), 0};
    Trial trial = compare(before, run.summary.variants.front(), subject);
    trial.what = change.what;
    return trial;
}

}  // namespace

void try_changes(Finding& finding, const RunAnalysis& run, const std::string& resolved) {
    for (const Remedy& change : finding.changes) {
        Trial trial = try_one(change, run.summary(), finding.subject, resolved);
        if (!trial.what.empty()) finding.trials.push_back(std::move(trial));
    }
    std::stable_sort(finding.trials.begin(), finding.trials.end(),
                     [](const Trial& a, const Trial& b) { return a.gain > b.gain; });
}

std::string told(const Finding& finding) {
    std::string text = finding.title + ".\n  " + finding.evidence + "\n  " + finding.advice + "\n";
    for (const Trial& trial : finding.trials) text += fmt::format("  Simulated: {}: {}.\n", trial.what, trial.result);
    return text;
}

}  // namespace gilsim::analysis
