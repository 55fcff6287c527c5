#include "analysis/cli/command_line.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <new>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "analysis/version.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

Exit dispatch(const std::vector<std::string>& words) {
    if (words.empty()) {
        fmt::print(stderr, "{}", general_help());
        return Exit::usage;
    }
    const std::string& first = words.front();
    if (first == "--help" || first == "-h") {
        fmt::print("{}", general_help());
        return Exit::ok;
    }
    if (first == "--version") {
        fmt::print("{}\n", version_text());
        return Exit::ok;
    }
    if (first.starts_with('-'))
        throw UsageError(fmt::format("unknown option '{}'", first), "options come after the verb");
    const Verb& verb = verb_named(first);
    const Arguments arguments = parse(verb, {words.begin() + 1, words.end()});
    if (arguments.has("help")) {
        fmt::print("{}", verb_help(verb));
        return Exit::ok;
    }
    return verb.run(arguments);
}

// An answer that did not reach its reader is no success.
Exit flushed(Exit status) {
    if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return status;
    fmt::print(stderr, "gilsim: error: cannot write to standard output\n");
    return status == Exit::ok ? Exit::limit : status;
}

}  // namespace

int execute(const std::vector<std::string>& words) noexcept {
    Exit status = Exit::internal;
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is told as an error
    try {
        status = flushed(dispatch(words));
    } catch (const UsageError& e) {
        fmt::print(stderr, "gilsim: error: {}{}{}\n", e.what(), e.hint.empty() ? "" : "; ", e.hint);
        fmt::print(stderr, "Try 'gilsim --help'.\n");
        status = Exit::usage;
    } catch (const trace::OutputError& e) {
        fmt::print(stderr, "gilsim: error: {}\n", e.what());
        status = Exit::limit;
    } catch (const std::bad_alloc&) {
        fmt::print(stderr, "gilsim: error: out of memory\n");
        status = Exit::limit;
    } catch (const std::system_error& e) {
        if (std::ferror(stdout) != 0) {
            fmt::print(stderr, "gilsim: error: cannot write to standard output: {}\n", std::strerror(e.code().value()));
            status = Exit::limit;
        } else {
            fmt::print(stderr, "gilsim: internal error: {}\n", e.what());
        }
    } catch (const std::exception& e) {
        fmt::print(stderr, "gilsim: internal error: {}\n", e.what());
    }
    return static_cast<int>(status);
}

}  // namespace gilsim::analysis::cli
