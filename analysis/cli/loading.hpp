#pragma once
/// Scenarios from files, for verbs: diagnostics go to stderr.

#include <optional>
#include <string>
#include <vector>

#include "analysis/cli/exit_status.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::analysis::cli {

/// A scenario, or the exit status that tells why there is none.
struct Loaded {
    std::optional<scenario::Scenario> scenario;
    Exit status = Exit::ok;
};

/// Prints the diagnostics; the exit status.
Exit told(const scenario::LoadResult& result);
/// The values of --set. Throws UsageError.
[[nodiscard]] std::vector<scenario::Setting> settings_of(const std::vector<std::string>& texts);

/// Reads a scenario file with `settings` (`path=value`) applied; prints its diagnostics. Throws UsageError if there is
/// no such file.
[[nodiscard]] Loaded load(const std::string& file, const std::vector<std::string>& settings);

/// The same for a scenario that a manifest holds; `name` stands in messages and outputs.
[[nodiscard]] Loaded load_resolved(const std::string& json, const std::string& name);

}  // namespace gilsim::analysis::cli
