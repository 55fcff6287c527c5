#pragma once
/// Records for tests: those of the repository, and one by hand.

#include <string>

#include "analysis/records/validation.hpp"
#include "tests/analysis/golden.hpp"

namespace gilsim::analysis::testing {

inline const std::string kRoot = GILSIM_SOURCE_DIR;
inline const std::string kTruth = kRoot + "/tests/truth";

/// Options with the configurations of the repository, and one simulation per repetition: most cells have five of these,
/// with a seed each.
inline PredictionOptions options() {
    PredictionOptions result;
    result.config_folders = {kRoot + "/configs"};
    result.runs = 1;
    return result;
}

/// A record that must be valid.
inline Record loaded(const RecordResult& result) {
    INFO(scenario::render(result.diagnostics));
    REQUIRE(result.record.has_value());
    return *result.record;
}

}  // namespace gilsim::analysis::testing
