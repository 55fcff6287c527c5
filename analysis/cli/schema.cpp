#include "model/scenario/schema.hpp"

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "analysis/records/record.hpp"

namespace gilsim::analysis::cli {

Exit schema(const Arguments& arguments) {
    if (arguments.operands.empty()) {
        fmt::print("{}", scenario::json_schema());
    } else if (arguments.one_operand("what to describe") == "record") {
        fmt::print("{}", record_schema());
    } else {
        throw UsageError(fmt::format("unexpected '{}'", arguments.operands.front()),
                         "'gilsim schema' describes scenarios, 'gilsim schema record' records");
    }
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
