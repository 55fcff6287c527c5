#include <algorithm>

#include <fmt/format.h>

#include "analysis/cli/loading.hpp"
#include "analysis/cli/verb.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis::cli {

void describe_check(Options& options) {
    options.add_options()("set", boost::program_options::value<std::vector<std::string>>()->value_name("PATH=VALUE"),
                          "override a field; repeatable");
}

Exit check(const Arguments& arguments) {
    if (arguments.operands.empty()) throw UsageError("the scenario FILE is missing");
    Exit status = Exit::ok;
    for (const std::string& file : arguments.operands) {
        const Loaded loaded = load(file, arguments.all("set"));
        status = std::max(status, loaded.status);
        if (!loaded.scenario) continue;
        const auto variants = static_cast<std::int64_t>(loaded.scenario->variants.size());
        fmt::print("{}: ok, {}\n", file, count_text(variants, "variant"));
    }
    return status;
}

}  // namespace gilsim::analysis::cli
