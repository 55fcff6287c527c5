#pragma once
/// The command line: from arguments to an exit status.

#include <string>
#include <vector>

namespace gilsim::analysis::cli {

/// Does what `words`, the arguments after the program's name, ask for. Errors go to stderr; never throws.
int execute(const std::vector<std::string>& words) noexcept;

}  // namespace gilsim::analysis::cli
