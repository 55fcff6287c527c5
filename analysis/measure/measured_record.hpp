#pragma once
/// A measurement as a record (docs/records.md), which `gilsim validate` predicts.

#include <filesystem>
#include <string>

#include "analysis/measure/measure.hpp"

namespace gilsim::analysis {

/// What the record says to predict with; empty: the scenario's own.
struct RecordProfiles {
    std::string machine, interpreter;
};

/// The record, indented JSON. Holds every repetition so far; variants without any are left out, `about` says why. The
/// scenario in it is the one that was run, resolved, with a factor for each kind of work, which the measured inputs
/// set.
[[nodiscard]] std::string record_json(const scenario::Scenario& scenario, const Measurement& measurement,
                                      const RecordProfiles& profiles);

}  // namespace gilsim::analysis
