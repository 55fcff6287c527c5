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

/// The same, and unless it is a regular file: a device may never end, a pipe may never begin.
void require_regular_file(const std::string& file);

/// Throws UsageError if writing `output`, the value of `option`, would overwrite one of `others`: an input, or another
/// output (`what` they are, as in `is also WHAT`). None of them need exist.
void require_apart(const std::string& option, const std::filesystem::path& output,
                   const std::vector<std::filesystem::path>& others, const std::string& what = "an input");

}  // namespace gilsim::analysis::cli
