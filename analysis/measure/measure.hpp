#pragma once
/// A scenario run for real: every variant, again and again, by a Python of this machine.

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "analysis/measure/host.hpp"
#include "analysis/measure/python.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::analysis {

struct MeasureOptions {
    std::string python;                 ///< path or name
    std::filesystem::path runner;       ///< folder of the runner
    int cpus = 0;                       ///< 0: as many as the variant's machine has cores
    int repeat = 7;                     ///< repetitions of each variant
    std::vector<std::string> variants;  ///< empty: all
    Nanoseconds limit = 60 * kSecond;   ///< real time of one repetition, its calibration included
    double usual_pace = 0;              ///< of the machine when it was calibrated, as MeasuredRun's; 0: not known
};

/// More CPUs are needed than this process may use. `what()` says so and what to do.
struct TooFewCpus : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One run of one variant.
struct MeasuredRun {
    bool quiet = true;
    std::string note;                       ///< what disturbed it, and what the runner says
    double pace = 0;                        ///< seconds of a step of bytecode, alone, mean of before and after
    bool slow = false;                      ///< it has been found to be slower than another one
    std::map<std::string, double> inputs;   ///< costs measured alone, in the units of their descriptions
    std::map<std::string, double> outputs;  ///< as `MeasuredVariant::outputs` names them
};

/// An input, described by the runner.
struct InputText {
    std::string unit, about;
};

struct MeasuredVariant {
    const scenario::Variant* variant = nullptr;
    std::vector<int> cpus;
    std::vector<MeasuredRun> runs;
    std::string skipped;           ///< why it was not measured; empty: it was
    std::optional<Failed> failed;  ///< what ended its measurement early
};

struct Measurement {
    Host host;
    PythonFacts python;
    std::map<std::string, InputText> inputs;
    std::vector<MeasuredVariant> variants;
    bool interrupted = false;
};

/// Told before each repetition of each variant, and after it.
struct MeasureListener {
    std::function<void(const std::string& variant, int repetition, double done)> before;  ///< `done`: 0 to 1
    std::function<void(const Measurement&)> after;
};

/// Marks the repetitions during which the machine was slow as not quiet: bytecode, alone, cost much more than in the
/// fastest repetition of any variant, or than usual (`usual`, as MeasuredRun's pace; 0: not known). (A guest's host can
/// be slow for minutes, and no counter tells.)
void mark_slow(Measurement& measurement, double usual = 0);

/// Measures. One repetition of every variant comes before the second one of any, so that a machine that becomes slower
/// does so for all of them. A variant that fails is not tried again; the others are. Throws PythonError, TooFewCpus.
[[nodiscard]] Measurement measure(const scenario::Scenario& scenario, const MeasureOptions& options,
                                  const MeasureListener& listener);

}  // namespace gilsim::analysis
