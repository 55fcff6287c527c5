#include "analysis/measure/measure.hpp"

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "analysis/measure/child.hpp"
#include "analysis/measure/outputs.hpp"
#include "analysis/measure/record_names.hpp"
#include "model/scenario/resolved.hpp"

namespace gilsim::analysis {
namespace {

// What makes a repetition unquiet, beside drift: shares of the CPU time that the CPUs had meanwhile. The kernel counts
// it in ticks of 10 ms.
constexpr double kMostStolen = 0.005;
constexpr double kMostForeign = 0.03;
constexpr Nanoseconds kTick = 10 * kMillisecond;

std::vector<int> cpus_for(const scenario::Variant& variant, int wanted, const std::vector<int>& allowed) {
    const std::int64_t count = wanted > 0 ? wanted : variant.machine.cores;
    if (count <= static_cast<std::int64_t>(allowed.size())) return {allowed.begin(), allowed.begin() + count};
    const std::string who = wanted > 0 ? "--cpus asks" : fmt::format("variant '{}' asks", variant.name);
    throw TooFewCpus(fmt::format("{} for {} CPUs and this process may use {}; give --cpus {} or less", who, count,
                                 allowed.size(), allowed.size()));
}

// CPU time on the CPUs that was not ours, and what the host of a virtual machine withheld.
class Watch {
public:
    explicit Watch(const std::vector<int>& cpus) : cpus_(cpus), begin_(cpu_times(cpus)), at_(Clock::now()) {}
    /// What disturbed; empty: nothing. `own`: CPU time of what was measured.
    [[nodiscard]] std::string disturbance(Nanoseconds own) const {
        const CpuTimes end = cpu_times(cpus_);
        const auto wall = std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - at_).count();
        const double all = static_cast<double>(wall) * static_cast<double>(cpus_.size());
        const double stolen = static_cast<double>(end.stolen - begin_.stolen) / all;
        const Nanoseconds foreign = end.busy - begin_.busy - own;
        if (stolen > kMostStolen) return fmt::format("{:.1f} % of the CPU time stolen by the host", stolen * 100);
        if (foreign > 2 * kTick && static_cast<double>(foreign) / all > kMostForeign)
            return fmt::format("{:.0f} % of the CPU time used by others", static_cast<double>(foreign) / all * 100);
        return "";
    }

private:
    using Clock = std::chrono::steady_clock;
    const std::vector<int>& cpus_;
    CpuTimes begin_;
    Clock::time_point at_;
};

void add_note(MeasuredRun& run, const std::string& text) {
    run.note += (run.note.empty() ? "" : "; ") + text;
}

MeasuredRun measured_run(const Ran& ran, const std::string& disturbance) {
    const nlohmann::json& result = ran.result;
    MeasuredRun run;
    const double drift = result.at("drift").get<double>();
    run.pace = result.value("pace", 0.0) * (1 + drift) / 2;
    for (const auto& [name, value] : result.at("inputs").items()) run.inputs[name] = value.get<double>();
    const nlohmann::json& outputs = result.at("outputs");
    for (const OutputRow& row : run_outputs()) {
        const auto value = outputs.find(row.name);
        if (value != outputs.end() && value->is_number()) run.outputs[std::string(row.name)] = value->get<double>();
    }
    for (const auto& [request, figures] : outputs.at("requests").items()) {
        for (const OutputRow& row : request_outputs()) {
            const auto value = figures.find(row.name);
            if (value != figures.end()) run.outputs[request_output(request, row.name)] = value->get<double>();
        }
    }
    for (const auto& note : result.at("notes")) add_note(run, note.get<std::string>());
    if (!disturbance.empty()) add_note(run, disturbance);
    if (std::abs(drift - 1) > kMostDrift)
        add_note(run, fmt::format("bytecode became {:.2f} times as dear from before to after", drift));
    run.quiet = disturbance.empty() && std::abs(drift - 1) <= kMostDrift;
    return run;
}

class Session {
public:
    Session(const scenario::Scenario& scenario, const MeasureOptions& options, const MeasureListener& listener)
        : options_(options), listener_(listener), python_(options.python, options.runner) {
        const std::vector<int> allowed = allowed_cpus();
        for (const scenario::Variant& variant : scenario.variants) {
            const auto& wanted = options.variants;
            if (!wanted.empty() && std::find(wanted.begin(), wanted.end(), variant.name) == wanted.end()) continue;
            result_.variants.push_back({&variant, cpus_for(variant, options.cpus, allowed), {}, "", {}});
        }
    }

    Measurement run() {
        const HeldStops held;  // also while the record is being written
        result_.host = host();
        try {
            result_.python = python_.facts();
            for (int repetition = 0; repetition < options_.repeat; ++repetition) round(repetition);
        } catch (const Interrupted&) {
            result_.interrupted = true;
        }
        result_.interrupted = HeldStops::came() || result_.interrupted;
        return std::move(result_);
    }

private:
    // One repetition of every variant; another one comes first each time.
    void round(int repetition) {
        const std::size_t count = result_.variants.size();
        for (std::size_t i = 0; i < count; ++i) {
            MeasuredVariant& variant = result_.variants[(i + static_cast<std::size_t>(repetition)) % count];
            if (!variant.skipped.empty() || variant.failed) continue;
            const double done = static_cast<double>(repetition) + static_cast<double>(i) / static_cast<double>(count);
            listener_.before(variant.variant->name, repetition, done / options_.repeat);
            once(variant, repetition);
            listener_.after(result_);
        }
    }

    // Random times are others each time, as they are for predictions: else all repetitions share one sample's luck.
    void once(MeasuredVariant& variant, int repetition) {
        const Watch watch(variant.cpus);
        nlohmann::ordered_json played = scenario::to_json(*variant.variant);
        played["seed"] = variant.variant->seed + static_cast<std::uint64_t>(repetition);
        const Attempt attempt = python_.run(played, variant.cpus, options_.limit);
        if (const Ran* ran = std::get_if<Ran>(&attempt)) {
            MeasuredRun run = measured_run(*ran, watch.disturbance(ran->cpu_time));
            for (const auto& [name, text] : ran->result.at("about").items())
                result_.inputs[name] = {text.at(0).get<std::string>(), text.at(1).get<std::string>()};
            if (options_.usual_pace > 0 && run.pace > 0) {
                const double permille = std::round(1000 * options_.usual_pace / run.pace);
                run.inputs["speed"] = std::clamp(permille, 1.0, 1e6) / 1000;  // what `machine.speed` may be
                result_.inputs["speed"] = {"1", "how fast bytecode was, alone, beside when the profiles were calibrated"};
            }
            variant.runs.push_back(std::move(run));
            mark_slow(result_, options_.usual_pace);
        } else if (const Skipped* skipped = std::get_if<Skipped>(&attempt)) {
            variant.skipped = skipped->why;
        } else {
            variant.failed = std::get<Failed>(attempt);
        }
    }

    const MeasureOptions& options_;
    const MeasureListener& listener_;
    Python python_;
    Measurement result_;
};

}  // namespace

void mark_slow(Measurement& measurement, double usual) {
    double fastest = usual > 0 ? usual : std::numeric_limits<double>::infinity();
    for (const MeasuredVariant& variant : measurement.variants) {
        for (const MeasuredRun& run : variant.runs) {
            if (run.pace > 0) fastest = std::min(fastest, run.pace);
        }
    }
    for (MeasuredVariant& variant : measurement.variants) {
        for (MeasuredRun& run : variant.runs) {
            if (run.slow || run.pace <= kSlow * fastest) continue;
            run.slow = true;
            run.quiet = false;
            add_note(run, fmt::format("the machine was slow: bytecode cost {:.2f} times as much as at another time",
                                      run.pace / fastest));
        }
    }
}

Measurement measure(const scenario::Scenario& scenario, const MeasureOptions& options,
                    const MeasureListener& listener) {
    return Session(scenario, options, listener).run();
}

}  // namespace gilsim::analysis
