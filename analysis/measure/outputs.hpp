#pragma once
/// What a measurement measures: the one table of outputs, from the runner's figures to those of a run's summary.

#include <span>
#include <string_view>

namespace gilsim::analysis {

/// One output of every run, or of every kind of requests.
struct OutputRow {
    std::string_view name;  ///< in the runner's result, and in records
    std::string_view unit;  ///< of the value, as records name units
    std::string_view kind;  ///< how its error is counted (docs/records.md)
    std::string_view
        figure;  ///< in summary.json, below a variant (of requests: below the request); empty: not predicted
    std::string_view
        predicted;  ///< an expression instead: `{figure}` is the figure, `{makespan}` the run's; empty: the figure
    std::string_view about;
    bool of_memory = false;  ///< predicted only if programs allocate objects
};

/// Of a whole run.
[[nodiscard]] std::span<const OutputRow> run_outputs();
/// Of each kind of requests: the name in a record is REQUEST_NAME.
[[nodiscard]] std::span<const OutputRow> request_outputs();

}  // namespace gilsim::analysis
