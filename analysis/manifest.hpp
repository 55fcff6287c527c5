#pragma once
/// The manifest of a run's outputs: everything needed to make them again, and their digests.

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "analysis/run_scenario.hpp"
#include "analysis/version.hpp"

namespace gilsim::analysis {

/// The version of the shape of manifest.json.
inline constexpr int kManifestSchema = 1;

/// A text that is no manifest of this schema.
struct ManifestError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// One output file.
struct Output {
    std::string file;  ///< its name in the manifest's folder
    std::string sha256;
    std::int64_t bytes = 0;
    bool operator==(const Output&) const = default;
};

/// A variant as it was run.
struct ResolvedVariant {
    std::string name;
    std::string json;  ///< a scenario file of this variant alone, nothing left to resolve
};

struct Manifest {
    Version version;
    std::vector<std::string> command;  ///< what followed the program's name
    std::string scenario;              ///< the scenario's file name without folders
    std::string title;
    std::vector<ResolvedVariant> variants;
    TraceOptions trace;
    std::vector<Output> outputs;
};

/// The manifest of a scenario as it is run by `command`, without outputs yet.
[[nodiscard]] Manifest manifest_of(const scenario::Scenario& scenario, std::vector<std::string> command,
                                   const TraceOptions& trace);

/// The file's text, indented.
[[nodiscard]] std::string to_json(const Manifest& manifest);
/// Reads it. Throws ManifestError.
[[nodiscard]] Manifest manifest_from_json(const std::string& text);

/// Writes summary.json and, last, manifest.json into `folder`, where the run's traces are; the manifest's outputs are
/// those of this run and are returned. Throws trace::OutputError.
std::vector<Output> write_outputs(const std::filesystem::path& folder, const ScenarioRun& run, Manifest manifest);

}  // namespace gilsim::analysis
