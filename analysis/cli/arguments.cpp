#include <algorithm>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis::cli {
namespace {

namespace po = boost::program_options;

std::vector<std::string> option_names(const Options& options) {
    std::vector<std::string> names;
    for (const auto& option : options.options())
        names.push_back(option->canonical_display_name(po::command_line_style::allow_long));
    return names;
}

}  // namespace

std::vector<std::string> Arguments::all(const char* option) const {
    return has(option) ? options[option].as<std::vector<std::string>>() : std::vector<std::string>{};
}

const std::string& Arguments::one_operand(std::string_view what) const {
    if (operands.empty()) throw UsageError(fmt::format("{} is missing", what));
    if (operands.size() > 1) throw UsageError(fmt::format("unexpected '{}' after '{}'", operands[1], operands[0]));
    return operands.front();
}

Arguments parse(const Verb& verb, const std::vector<std::string>& words) {
    Options visible;
    verb.describe(visible);
    visible.add_options()("help,h", "");
    Options all;
    all.add(visible).add_options()("operand", po::value<std::vector<std::string>>());
    po::positional_options_description positional;
    positional.add("operand", -1);
    Arguments arguments;
    arguments.command = words;
    arguments.command.insert(arguments.command.begin(), std::string(verb.name));
    try {
        // Options in full only: an abbreviation would change its meaning when an option is added.
        const int style = po::command_line_style::unix_style & ~po::command_line_style::allow_guessing;
        po::store(po::command_line_parser(words).options(all).positional(positional).style(style).run(),
                  arguments.options);
        po::notify(arguments.options);
    } catch (const po::unknown_option& e) {
        throw UsageError(fmt::format("unknown option '{}'", e.get_option_name()),
                         scenario::did_you_mean(e.get_option_name(), option_names(visible)));
    } catch (const po::error& e) {
        throw UsageError(e.what());
    }
    arguments.operands = arguments.all("operand");
    return arguments;
}

}  // namespace gilsim::analysis::cli
