#pragma once
/// Runs the variants of a scenario, each in a process of its own, and sums them up. The one way from a scenario to its
/// figures: the command line, sweeps and tests all go through it.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/resource_limits.hpp"
#include "analysis/summary.hpp"
#include "analysis/trace_output.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::analysis {

/// How to run a scenario. The defaults run every variant and write nothing.
struct RunOptions {
    std::vector<std::string> variants;  ///< which; empty: all. Names must exist
    std::optional<std::uint64_t> seed;  ///< instead of the scenario's
    Nanoseconds limit = kNever;    ///< simulated time after which a run is stopped, if the scenario's is not earlier
    TraceOptions trace;            ///< what to trace
    std::filesystem::path folder;  ///< where traces go; it exists. Not used without a trace
    ResourceLimits resources;      ///< of each simulation
    /// Called before each variant, with its place among those to be run, from 0, and their number.
    std::function<void(const scenario::Variant&, std::size_t index, std::size_t count)> on_start;
    bool progress = false;  ///< shows on stderr, a terminal, how far each run is
};

/// A variant that has no result.
struct RunFailure {
    enum class Kind : std::uint8_t {
        limit,     ///< a resource limit was reached
        output,    ///< its trace could not be written
        internal,  ///< the simulation crashed or threw
    };
    std::string variant;
    Kind kind = Kind::internal;
    std::string message;
};

/// A trace file that was written.
struct TraceFile {
    std::string variant;
    std::filesystem::path file;
};

/// What came of it. A failed variant does not keep the others from running.
struct ScenarioRun {
    ScenarioSummary summary;  ///< of the variants that have a result
    std::vector<RunFailure> failures;
    std::vector<TraceFile> traces;
};

/// The scenario as `options` change it: the chosen variants, the seed, the limit.
[[nodiscard]] scenario::Scenario narrowed(const scenario::Scenario& scenario, const RunOptions& options);

/// Runs it. This process must be single-threaded and must not have used SimGrid.
[[nodiscard]] ScenarioRun run_scenario(const scenario::Scenario& scenario, const RunOptions& options = {});

}  // namespace gilsim::analysis
