#pragma once
/// Options that several verbs share, and values of options. All throw UsageError on values that make no sense.

#include <cstdint>
#include <filesystem>
#include <string>

#include "analysis/cli/verb.hpp"
#include "analysis/run_scenario.hpp"

namespace gilsim::analysis {
struct PythonFacts;
}

namespace gilsim::analysis::cli {

/// `--trace`, `--trace-format`.
void describe_trace(Options& options);
[[nodiscard]] TraceOptions trace_choice(const Arguments& arguments);

/// `--machine`, `--interpreter`: profiles instead of the scenario's.
void describe_profiles(Options& options);
/// They and `--set`, as settings: `--set` comes after them.
[[nodiscard]] std::vector<std::string> settings_choice(const Arguments& arguments);

/// `--max-time`, `--max-memory`.
void describe_resources(Options& options);
[[nodiscard]] ResourceLimits resource_choice(const Arguments& arguments);

/// A seed: a decimal number from 0 to 2^64 - 1.
[[nodiscard]] std::uint64_t seed_value(const std::string& text);
/// A duration above zero, with its unit.
[[nodiscard]] Nanoseconds duration_value(const std::string& option, const std::string& text);

/// The name of the configuration that describes such a Python, or the latest one before it; empty if none is shipped.
[[nodiscard]] std::string interpreter_config(const PythonFacts& python);
/// A whole number above zero.
[[nodiscard]] int positive_value(const std::string& option, const std::string& text);
/// Throws UsageError, with a suggestion, unless the scenario has variants of these names.
void check_variants(const std::vector<std::string>& names, const scenario::Scenario& scenario);

/// Creates a folder for outputs and those above it, unless it exists. Throws trace::OutputError.
void make_folder(const std::filesystem::path& folder);

/// Reports failed variants on stderr; the status of the whole.
[[nodiscard]] Exit status_of(const ScenarioRun& run);

}  // namespace gilsim::analysis::cli
