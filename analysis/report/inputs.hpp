#pragma once
/// What a report is made from.

#include <filesystem>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/report/data.hpp"

namespace gilsim::analysis {

/// A file that a report cannot be made from: which, why, what to do.
struct ReportError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

struct ReportOptions {
    bool trials = true;                       ///< whether alternatives that findings propose are simulated
    bool lanes = true;                        ///< whether the timeline is wanted
    bool fit = false;                         ///< whether free inputs of records are fitted
    std::vector<std::string> config_folders;  ///< where records find the configurations that they name
    /// Told what is being done, a line each; may be empty.
    std::function<void(const std::string&)> progress;
};

/// Reads traces, folders of a run, summaries, sweeps and records, in any mix, into the data of a report. Throws
/// ReportError and TraceError.
[[nodiscard]] Json report_data(const std::vector<std::filesystem::path>& inputs, const ReportOptions& options);

}  // namespace gilsim::analysis
