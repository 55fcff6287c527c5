#include "analysis/measure/calibrate.hpp"

#include <algorithm>
#include <array>
#include <chrono>
#include <cmath>
#include <fstream>
#include <optional>
#include <system_error>
#include <tuple>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "analysis/measure/child.hpp"
#include "analysis/measure/profile.hpp"
#include "analysis/measure/turns.hpp"

namespace gilsim::analysis {
namespace {

namespace fs = std::filesystem;

constexpr Nanoseconds kStepLimit = 40 * kSecond;
constexpr Nanoseconds kLimit = 170 * kSecond;  // of all steps
constexpr const char* kGilLog = "libgilsim-gil-log.so";  // beside gilsim-probe

/// One run of gilsim-probe.
struct ProbeStep {
    const char* name;   ///< in the calibration
    const char* probe;  ///< of gilsim-probe
    bool two;           ///< needs a second CPU
    bool work = true;   ///< what is measured is work of the CPU, and takes longer while that is slow
};
constexpr std::array kProbeSteps{
    ProbeStep{"syscall", "syscall", false},
    ProbeStep{"tick", "tick", false, false},
    ProbeStep{"timer_slack", "timer_slack", false, false},
    ProbeStep{"futex_call", "futex_call", false},
    ProbeStep{"futex_cold", "futex_cold", false},
    ProbeStep{"futex_warm", "futex_warm", false},
    ProbeStep{"yield_alone", "yield_alone", false},
    ProbeStep{"yield_shared", "yield_shared", false},
    ProbeStep{"ping_pong_same", "ping_pong", false},
    ProbeStep{"ping_pong_other", "ping_pong", true},
    ProbeStep{"cache_line", "cache_line", true},
    ProbeStep{"falls_asleep", "falls_asleep", true},
    ProbeStep{"joins_waiters", "joins_waiters", true},
    ProbeStep{"posts_signal", "posts_signal", true},
    ProbeStep{"wake_soon", "wake_soon", true},
    ProbeStep{"wake_soon_call", "wake_soon_call", true},
    ProbeStep{"wake_later", "wake_later", true},
    ProbeStep{"wake_later_call", "wake_later_call", true},
    ProbeStep{"wait_long", "wait_long", true},
    ProbeStep{"wake_polled", "wake_polled", true},
    ProbeStep{"wake_polled_call", "wake_polled_call", true},
    ProbeStep{"turn_core_time", "turn_core_time", true},
    ProbeStep{"polled_for", "polled_for", true, false},
    ProbeStep{"halts", "halts", true, false},
    ProbeStep{"contended_line", "contended_line", true},
    ProbeStep{"timer_set", "timer_set", true},
    ProbeStep{"pack_below", "pack_below", true, false},
    ProbeStep{"late_100us", "late_100us", false, false},
    ProbeStep{"late_1ms", "late_1ms", false, false},
    ProbeStep{"late_4ms", "late_4ms", false, false},
    ProbeStep{"late_16ms", "late_16ms", false, false},
    ProbeStep{"late_busy", "late_busy", false, false},
    ProbeStep{"wake_busy", "wake_busy", true},
    ProbeStep{"noise_every", "noise_every", false, false},
    ProbeStep{"noise_takes", "noise_takes", false, false},
    ProbeStep{"page_touch", "page_touch", false},
    ProbeStep{"page_cold", "page_cold", false},
    ProbeStep{"page_copy", "page_copy", false},
    ProbeStep{"page_reuse", "page_reuse", false},
    ProbeStep{"page_inherited", "page_inherited", false},
    ProbeStep{"page_replaced_beside", "page_replaced_beside", true},
    ProbeStep{"page_release", "page_release", false},
    ProbeStep{"unmap_16", "unmap_16", false},
    ProbeStep{"unmap_64", "unmap_64", false},
    ProbeStep{"page_move", "page_move", false},
    ProbeStep{"page_moved", "page_moved", false},
    ProbeStep{"page_fork", "page_fork", false},
    ProbeStep{"huge_pages", "huge_pages", false, false},
    ProbeStep{"huge_touch", "huge_touch", false},
    ProbeStep{"cache", "cache", false, false},
    ProbeStep{"streamed_line", "streamed_line", false},
    ProbeStep{"begun_page", "begun_page", false},
    ProbeStep{"begun_run", "begun_run", false},
    ProbeStep{"missed_line", "missed_line", false},
    ProbeStep{"core_cache", "core_cache", false, false},
    ProbeStep{"core_streamed_line", "core_streamed_line", false},
    ProbeStep{"core_begun_page", "core_begun_page", false},
    ProbeStep{"core_begun_run", "core_begun_run", false},
    ProbeStep{"core_missed_line", "core_missed_line", false},
    ProbeStep{"malloc", "malloc", false},
    ProbeStep{"free", "free", false},
    ProbeStep{"pipe_byte", "pipe_byte", false},
    ProbeStep{"pipe_bulk", "pipe_bulk", false},
    ProbeStep{"socket_byte", "socket_byte", false},
    ProbeStep{"socket_bulk", "socket_bulk", false},
    ProbeStep{"pipe_write_apart", "pipe_write_apart", true},
    ProbeStep{"pipe_read_apart", "pipe_read_apart", true},
    ProbeStep{"pipe_bulk_write_apart", "pipe_bulk_write_apart", true},
    ProbeStep{"pipe_bulk_read_apart", "pipe_bulk_read_apart", true},
    ProbeStep{"socket_write_apart", "socket_write_apart", true},
    ProbeStep{"socket_read_apart", "socket_read_apart", true},
    ProbeStep{"tcp_send_apart", "tcp_send_apart", true},
    ProbeStep{"tcp_receive_apart", "tcp_receive_apart", true},
    ProbeStep{"poll_4", "poll_4", false},
    ProbeStep{"copy", "copy", false},
    ProbeStep{"copy_aliased", "copy_aliased", false},
    ProbeStep{"second_level", "second_level", false, false},
    ProbeStep{"pipe_buffer", "pipe_buffer", false, false},
    ProbeStep{"socket_buffer", "socket_buffer", false, false},
    ProbeStep{"map", "map", false},
    ProbeStep{"shared_page", "shared_page", false},
};
/// A part of runner/interpreter.py.
struct PythonStep {
    const char* name;
    double unit = 1e9;  ///< of its values: seconds, or 1 where they are numbers and bytes
    bool two = false;   ///< needs a second CPU
    /// Measured at the beginning, half way and at the end: how much of the code of a core that waits the host's other
    /// guests displace changes from second to second.
    bool often = false;
};
constexpr std::array kPythonSteps{
    PythonStep{"gil"},
    PythonStep{"lock"},
    PythonStep{"library"},
    PythonStep{"first_run"},
    PythonStep{"code_memory"},
    PythonStep{"gil_race", 1e9, true, true},
    PythonStep{"ask_device"},
    PythonStep{"thread"},
    PythonStep{"fork"},
    PythonStep{"spawn"},
    PythonStep{"forkserver"},
    PythonStep{"tracker"},
    PythonStep{"shootdowns", 1, true},
    PythonStep{"forked", 1},
    PythonStep{"refcounts"},
    PythonStep{"objects"},
    PythonStep{"collections"},
    PythonStep{"garbage"},
    PythonStep{"footprint", 1},
    PythonStep{"connection"},
    PythonStep{"future"},
    PythonStep{"pickling"},
    PythonStep{"plain_pickle"},
    PythonStep{"shareable"},
    PythonStep{"subinterpreter"},
};

constexpr double kMostOfOthers = 0.05;
constexpr std::size_t kTurnsEvery = 8;  ///< steps of the probe: how often the loop runs that tells the machine's speed
// What was measured while the machine was slow is measured again, so often and for so long in all: on a host that stays
// slow a calibration must still end within its three minutes.
constexpr int kMoreAttempts = 2;
constexpr Nanoseconds kAgain = 25 * kSecond;

std::optional<Quantiles> read_quantiles(const nlohmann::json& json) {
    if (!json.is_object() || !json.contains("p50")) return std::nullopt;
    const auto at = [&](const char* key) { return json.value(key, 0.0); };
    return Quantiles{json.value("n", 0), at("p10"), at("p50"), at("p90"), at("p99")};
}

// Costs, and how fast the machine was when some of them were measured.
class Paced {
public:
    explicit Paced(Costs& costs) : costs_(costs) {}
    /// What is measured more than once counts from its first time to its last.
    void add(const std::string& name, const Quantiles& cost, const Stretch& stretch) {
        costs_[name] = cost;
        const auto [known, first] = stretches_.emplace(name, stretch);
        if (!first) known->second.after = stretch.after;
    }
    /// What was measured while the machine was slow becomes what it would have been; `corrected` is told.
    void correct(const Turns& turns, std::map<std::string, double>& corrected) {
        for (const auto& [name, stretch] : stretches_) {
            const double times = turns.slowdown(stretch);
            if (times > 1) corrected[name] = times;
            Quantiles& cost = costs_.at(name);
            for (double* value : {&cost.p10, &cost.p50, &cost.p90, &cost.p99}) *value /= times;
        }
    }

private:
    Costs& costs_;
    std::map<std::string, Stretch> stretches_;
};

// The time that is left, and the CPU time that was ours.
class Budget {
public:
    explicit Budget(const std::vector<int>& cpus) : cpus_(cpus), begin_(cpu_times(cpus)) {}
    [[nodiscard]] Nanoseconds passed() const {
        return std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - at_).count();
    }
    /// The limit of the next step; 0: there is no time for it.
    [[nodiscard]] Nanoseconds step() const { return std::clamp<Nanoseconds>(kLimit - passed(), 0, kStepLimit); }
    void used(Nanoseconds cpu_time) { own_ += cpu_time; }
    /// The share of the CPU time that others used.
    [[nodiscard]] double foreign() const {
        const double all = static_cast<double>(passed()) * static_cast<double>(cpus_.size());
        return std::max(0.0, static_cast<double>(cpu_times(cpus_).busy - begin_.busy - own_) / all);
    }

private:
    using Clock = std::chrono::steady_clock;
    std::vector<int> cpus_;
    CpuTimes begin_;
    Clock::time_point at_ = Clock::now();
    Nanoseconds own_ = 0;
};

std::vector<int> first_of(const std::vector<int>& cpus, bool two) {
    return {cpus.begin(), cpus.begin() + (two ? 2 : 1)};
}

constexpr int kNotHere = 1;  ///< exit status of gilsim-probe: this machine does not have what it should measure

// The answer of gilsim-probe; null if this machine has none; or why there is none.
std::variant<nlohmann::json, Failed> probed(const fs::path& program, const ProbeStep& step,
                                            const std::vector<int>& cpus, const fs::path& log, Budget& budget) {
    const std::vector<int> used = first_of(cpus, step.two);
    std::vector<std::string> words{program.string(), step.probe};
    for (const int cpu : used) words.push_back(std::to_string(cpu));
    const Nanoseconds limit = budget.step();
    const ChildEnd end = run_child(words, used, limit, log);
    budget.used(end.cpu_time);
    if (end.how == ChildEnd::How::exited && end.status == kNotHere) return nlohmann::json();
    std::ifstream in(log);
    nlohmann::json answer = nlohmann::json::parse(in, nullptr, false);
    if (end.how != ChildEnd::How::exited || !answer.is_object()) return Failed{end_text(end, limit), {}};
    return answer;
}

}  // namespace

Quantiles quantiles_of(std::vector<double> samples) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) {
        return samples[static_cast<std::size_t>(std::lround(share * static_cast<double>(samples.size() - 1)))];
    };
    return {static_cast<int>(samples.size()), at(0.1), at(0.5), at(0.9), at(0.99)};
}

std::string Calibration::disturbance() const {
    std::vector<std::string> all;
    if (foreign >= kMostOfOthers) all.push_back(fmt::format("others used {:.0f} % of its CPU time", foreign * 100));
    const Quantiles* turn = find_cost(interpreter, "turn");
    if (turn != nullptr && turn->p90 > kSlow * turn->p10)
        all.push_back(fmt::format("a turn of a loop took {} at one time, {} at another", calibrated(turn->p10),
                                  calibrated(turn->p90)));
    return fmt::format("{}", fmt::join(all, "; "));
}

std::string Calibration::missing() const {
    std::vector<std::string> all;
    for (const auto& [step, why] : unanswered) all.push_back(fmt::format("{} ({})", step, why));
    return fmt::format("{}", fmt::join(all, ", "));
}

Calibration calibrate(const CalibrateOptions& options, const CalibrateListener& listener) {
    const HeldStops held;
    Calibration result;
    result.host = host();
    Python python(options.python, options.runner);
    const std::vector<int> cpus = allowed_cpus();
    double done = 0;
    const auto step = [&](const std::string& what) {
        listener(what, done++ / static_cast<double>(kProbeSteps.size() + kPythonSteps.size() + 1));
    };
    step("this Python");
    result.python = python.facts();
    Budget budget(cpus);
    Turns turns;        // of the Python
    Turns probe_turns;  // of gilsim-probe
    Paced of_python(result.interpreter);
    Paced of_machine(result.machine);
    std::map<std::string, std::vector<double>> samples;  // of the Python
    double last_turn = 0;
    Nanoseconds again = kAgain;
    // One answer of a part, and a turn right after it.
    const auto answer = [&](const PythonStep& part) -> std::pair<nlohmann::json, double> {
        const auto cache = result.machine.find("core_cache");
        const Attempt attempt =
            python.run_program("interpreter.py",
                               {{"cpus", first_of(cpus, part.two)},
                                {"part", part.name},
                                {"core_cache", cache != result.machine.end() ? cache->second.p50 : 0},
                                {"gil_log", (options.probe.parent_path() / kGilLog).string()}},
                               budget.step());
        if (const Failed* failed = std::get_if<Failed>(&attempt)) result.unanswered[part.name] = failed->why;
        const Ran* ran = std::get_if<Ran>(&attempt);
        if (ran == nullptr) return {};
        budget.used(ran->cpu_time);
        const double turn = ran->result.at("turn").get<double>() * 1e9;
        turns.add(turn);
        return {ran->result, turn};
    };
    const auto measure_part = [&](const PythonStep& part) {
        if ((part.two && cpus.size() < 2) || budget.step() == 0) return;
        Stretch stretch{.before = last_turn};
        auto [found, turn] = answer(part);
        const Nanoseconds begin = budget.passed();
        stretch.after = last_turn = turn;
        for (int more = kMoreAttempts; more > 0 && turns.slow(last_turn) && budget.passed() - begin < again; --more) {
            const double before = last_turn;
            auto [other, its_turn] = answer(part);
            if (other.is_null()) continue;
            last_turn = its_turn;
            if (its_turn >= stretch.after) continue;
            found = std::move(other);
            stretch = {before, its_turn};
        }
        again -= budget.passed() - begin;
        if (found.is_null()) return;
        result.unanswered.erase(part.name);  // another attempt has answered
        result.settings = found.at("settings");
        for (const auto& [name, json] : found.at("values").items()) {
            std::vector<double>& all = samples[name];
            for (const double value : json.get<std::vector<double>>()) all.push_back(value * part.unit);
            if (!all.empty()) of_python.add(name, quantiles_of(all), part.unit == 1 ? Stretch{} : stretch);
        }
    };
    const fs::path log = python.folder() / "probe";
    for (std::size_t i = 0; i < kProbeSteps.size(); ++i) {
        const ProbeStep& probe = kProbeSteps[i];
        step(fmt::format("this machine: {}", probe.name));
        if (i % kTurnsEvery == 0) measure_part({"turn"});
        if (i == 0 || i == kProbeSteps.size() / 2) {
            for (const PythonStep& part : kPythonSteps)
                if (part.often) measure_part(part);
        }
        if ((probe.two && cpus.size() < 2) || budget.step() == 0) continue;
        const auto answered = probed(options.probe, probe, cpus, log, budget);
        if (const Failed* failed = std::get_if<Failed>(&answered)) result.unanswered[probe.name] = failed->why;
        const nlohmann::json* found = std::get_if<nlohmann::json>(&answered);
        const auto cost = found != nullptr ? read_quantiles(*found) : std::nullopt;
        if (!cost) continue;
        const Stretch stretch{found->at("before").get<double>(), found->at("after").get<double>()};
        probe_turns.add(stretch.before);
        probe_turns.add(stretch.after);
        of_machine.add(probe.name, *cost, probe.work ? stretch : Stretch{});
    }
    for (const PythonStep& part : kPythonSteps) {
        step(fmt::format("this Python: {}", part.name));
        measure_part(part);
    }
    of_python.correct(turns, result.corrected);
    of_machine.correct(probe_turns, result.corrected);
    if (!turns.empty()) result.interpreter["turn"] = turns.quantiles();
    result.foreign = budget.foreign();
    result.out_of_time = budget.step() == 0;
    return result;
}

}  // namespace gilsim::analysis
