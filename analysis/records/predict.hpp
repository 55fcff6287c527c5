#pragma once
/// Predictions of a record: simulations with settings computed from inputs and given values. Nothing here sees an
/// output that was measured.

#include <cstdint>
#include <map>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/records/record.hpp"
#include "analysis/resource_limits.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::analysis {

/// Why a record cannot be predicted: a scenario that does not load, a figure that does not exist. `what()` ends without
/// a newline and names the record's cell.
struct PredictionError : std::runtime_error {
    using std::runtime_error::runtime_error;
};
/// A simulation was ended by a resource limit, or failed.
struct SimulationFailure : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct PredictionOptions {
    int runs = 0;  ///< simulations of each repetition, each with its own seed; 0: as many as the record says
    std::vector<std::string> config_folders;
    std::vector<scenario::Setting> settings;  ///< for every cell, after its own: to see what a mechanism contributes
    std::map<std::string, double> fitted;  ///< values of free inputs, in their units
    ResourceLimits resources;
};

/// What is known of a repetition beforehand.
struct Known {
    const Cell& cell;
    const Named<double>& inputs;
    std::uint64_t number = 0;  ///< of the repetition, from 0
};

/// Predicts repetitions of a record, whose scenario is read once.
class Predictor {
public:
    /// Both must outlive it.
    Predictor(const Record& record, const PredictionOptions& options);

    /// The predicted figure of each of `outputs` (names of outputs with `predicted_by`), in its unit. Simulations run
    /// in processes of their own; this process must be single-threaded and must not have run one. Throws
    /// PredictionError, SimulationFailure.
    [[nodiscard]] std::map<std::string, double> predict(const Known& known, const std::vector<std::string>& outputs);

private:
    const Record& record_;
    const PredictionOptions& options_;
    scenario::ReadScenario scenario_;
};

}  // namespace gilsim::analysis
