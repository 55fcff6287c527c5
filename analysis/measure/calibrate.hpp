#pragma once
/// Profiles of this machine and of one of its Pythons, in the format of configs/: every value measured, with its
/// source.

#include <filesystem>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "analysis/measure/host.hpp"
#include "analysis/measure/python.hpp"

namespace gilsim::analysis {

/// What many samples of a cost were, in nanoseconds.
struct Quantiles {
    int n = 0;
    double p10 = 0, p50 = 0, p90 = 0, p99 = 0;
};
/// Those of at least one sample (nearest rank).
[[nodiscard]] Quantiles quantiles_of(std::vector<double> samples);
/// By name, as probe.cpp and runner/interpreter.py name them. What could not be measured is not there.
using Costs = std::map<std::string, Quantiles>;
/// That cost, or null if it was not measured.
[[nodiscard]] const Quantiles* find_cost(const Costs& costs, const std::string& name);

/// Everything that a calibration found out.
struct Calibration {
    Host host;
    PythonFacts python;
    nlohmann::json settings;  ///< of the Python: its switch interval, its start method
    Costs machine, interpreter;
    double foreign = 0;        ///< share of the CPU time that others used meanwhile
    /// What was measured while the machine was slow all along and is given as at full speed, by how many times it took.
    std::map<std::string, double> corrected{};
    bool out_of_time = false;  ///< some steps were left out
    /// Steps that gave no answer though this machine has what they measure, and why: they were stopped, or failed.
    std::map<std::string, std::string> unanswered{};

    /// The same as a sentence; empty: all have answered.
    [[nodiscard]] std::string missing() const;
    /// Why the figures are not those of the mechanisms alone; empty: they are.
    [[nodiscard]] std::string disturbance() const;
};

struct CalibrateOptions {
    std::string python;
    std::filesystem::path runner;  ///< folder of the runner
    std::filesystem::path probe;   ///< the program gilsim-probe
};
/// Told before each step: what it is, and the share of the steps that are done.
using CalibrateListener = std::function<void(const std::string&, double)>;

/// Measures, within three minutes. Throws PythonError; what a probe cannot measure is left out.
[[nodiscard]] Calibration calibrate(const CalibrateOptions& options, const CalibrateListener& listener);

/// `machine.yaml`.
[[nodiscard]] std::string machine_yaml(const Calibration& calibration);
/// `interpreter.yaml`. `base`: the configuration for what was not measured; may be empty.
[[nodiscard]] std::string interpreter_yaml(const Calibration& calibration, const std::string& base);

}  // namespace gilsim::analysis
