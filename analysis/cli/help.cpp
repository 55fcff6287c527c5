#include "model/scenario/help.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"

namespace gilsim::analysis::cli {

Exit help(const Arguments& arguments) {
    if (arguments.operands.empty()) {
        fmt::print("{}", general_help());
        return Exit::ok;
    }
    const std::string& topic = arguments.one_operand("a VERB or FIELD");
    const auto verb = std::find_if(verbs().begin(), verbs().end(), [&](const Verb& v) { return v.name == topic; });
    if (verb != verbs().end()) {
        fmt::print("{}", verb_help(*verb));
        return Exit::ok;
    }
    const auto text = scenario::help_text(topic);
    if (!text) {
        throw UsageError(fmt::format("no help on '{}'", topic), scenario::help_suggestion(topic));
    }
    fmt::print("{}", *text);
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
