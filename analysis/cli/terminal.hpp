#pragma once
/// What standard output and standard error are connected to.

namespace gilsim::analysis::cli {

/// Whether stdout may be coloured: a terminal, and NO_COLOR is not set.
[[nodiscard]] bool colored_stdout();

/// Whether stderr is a terminal that understands cursor movements.
[[nodiscard]] bool interactive_stderr();

}  // namespace gilsim::analysis::cli
