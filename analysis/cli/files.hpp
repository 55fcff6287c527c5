#pragma once
/// Files that come with gilsim, and files named on the command line.

#include <filesystem>
#include <string>
#include <vector>

namespace gilsim::analysis::cli {

/// The folder that holds configs/ and scenarios/: the environment variable GILSIM_ROOT, else the nearest folder that
/// has them above the program or above the working directory; empty if there is none.
[[nodiscard]] std::filesystem::path root();

/// The YAML files below `folder`, a folder of `root`, sorted by name; empty if there are none.
[[nodiscard]] std::vector<std::filesystem::path> shipped(const std::string& folder);

/// Throws UsageError, with a suggestion, unless `file` exists and can be read.
void require_file(const std::string& file);

}  // namespace gilsim::analysis::cli
