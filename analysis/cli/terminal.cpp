#include "analysis/cli/terminal.hpp"

#include <cstdlib>
#include <string_view>
#include <unistd.h>

namespace gilsim::analysis::cli {
namespace {

bool capable() {
    const char* term = std::getenv("TERM");
    return term != nullptr && std::string_view(term) != "dumb";
}

}  // namespace

bool colored_stdout() {
    const char* no_color = std::getenv("NO_COLOR");
    const bool refused = no_color != nullptr && *no_color != '\0';  // no-color.org
    return !refused && isatty(STDOUT_FILENO) == 1 && capable();
}

bool interactive_stderr() {
    return isatty(STDERR_FILENO) == 1 && capable();
}

}  // namespace gilsim::analysis::cli
