#pragma once
/// The verbs of the command line: one table (verbs.cpp), one file per verb.

#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <boost/program_options.hpp>

#include "analysis/cli/exit_status.hpp"

namespace gilsim::analysis::cli {

/// The command line is wrong. `what()`: in which way; `hint`: what to do instead, may be empty.
struct UsageError : std::runtime_error {
    explicit UsageError(const std::string& message, std::string hint_text = "")
        : std::runtime_error(message), hint(std::move(hint_text)) {}
    std::string hint;
};

using Options = boost::program_options::options_description;

/// A verb's command line, taken apart.
struct Arguments {
    boost::program_options::variables_map options;
    std::vector<std::string> operands;  ///< what is no option, in order
    std::vector<std::string> command;   ///< everything after the program's name, as given

    /// Whether a switch was given.
    [[nodiscard]] bool has(const char* option) const { return options.count(option) > 0; }
    /// The values of an option that may be repeated.
    [[nodiscard]] std::vector<std::string> all(const char* option) const;
    /// The only operand. Throws UsageError, naming `what`, if there is none or more than one.
    [[nodiscard]] const std::string& one_operand(std::string_view what) const;
};

/// One row of the table of verbs.
struct Verb {
    std::string_view name;
    std::string_view operands;      ///< as in the usage line: `FILE [options]`
    std::string_view about;         ///< one line
    void (*describe)(Options&);     ///< adds its options
    Exit (*run)(const Arguments&);  ///< throws UsageError
};

/// The table.
[[nodiscard]] std::span<const Verb> verbs();
/// The verb of that name. Throws UsageError with a suggestion.
[[nodiscard]] const Verb& verb_named(const std::string& name);
/// Takes a verb's arguments apart. Throws UsageError.
[[nodiscard]] Arguments parse(const Verb& verb, const std::vector<std::string>& words);
/// `gilsim help VERB` and `gilsim VERB --help`.
[[nodiscard]] std::string verb_help(const Verb& verb);
/// `gilsim --help`.
[[nodiscard]] std::string general_help();

/// For a verb without options.
void no_options(Options& options);

// The verbs, each in the file of its name.
void describe_run(Options& options);
Exit run(const Arguments& arguments);
void describe_sweep(Options& options);
Exit sweep(const Arguments& arguments);
void describe_compare(Options& options);
Exit compare(const Arguments& arguments);
void describe_check(Options& options);
Exit check(const Arguments& arguments);
Exit list(const Arguments& arguments);
Exit help(const Arguments& arguments);
Exit schema(const Arguments& arguments);
void describe_report(Options& options);
Exit report(const Arguments& arguments);
void describe_explain(Options& options);
Exit explain(const Arguments& arguments);
void describe_reproduce(Options& options);
Exit reproduce(const Arguments& arguments);
void describe_validate(Options& options);
Exit validate(const Arguments& arguments);
void describe_calibrate(Options& options);
Exit calibrate(const Arguments& arguments);
void describe_measure(Options& options);
Exit measure(const Arguments& arguments);

}  // namespace gilsim::analysis::cli
