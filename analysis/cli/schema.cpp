#include "model/scenario/schema.hpp"

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"

namespace gilsim::analysis::cli {

Exit schema(const Arguments& arguments) {
    if (!arguments.operands.empty()) throw UsageError(fmt::format("unexpected '{}'", arguments.operands.front()));
    fmt::print("{}", scenario::json_schema());
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
