#include "analysis/cli/command_line.hpp"

#include <csignal>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <new>
#include <system_error>
#include <unistd.h>

#include <fmt/format.h>

#include "analysis/cli/verb.hpp"
#include "analysis/tell.hpp"
#include "analysis/version.hpp"
#include "model/trace/output_file.hpp"

namespace gilsim::analysis::cli {
namespace {

Exit dispatch(const std::vector<std::string>& words) {
    if (words.empty()) {
        tell("{}", general_help());
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
    tell("gilsim: error: cannot write to standard output\n");
    return status == Exit::ok ? Exit::limit : status;
}

// A descriptor that the caller has closed would be given to the next file that is opened, and what is printed would go
// there. Occupied read-only, it refuses what is printed, as before.
void occupy_standard_descriptors() {
    for (int descriptor = STDIN_FILENO; descriptor <= STDERR_FILENO; ++descriptor) {
        if (fcntl(descriptor, F_GETFD) == -1) static_cast<void>(open("/dev/null", O_RDONLY));
    }
}

}  // namespace

int execute(const std::vector<std::string>& words) noexcept {
    Exit status = Exit::internal;
    occupy_standard_descriptors();
    std::signal(SIGXFSZ, SIG_IGN);  // a limit on the size of files is told as an error
    try {
        status = flushed(dispatch(words));
    } catch (const UsageError& e) {
        tell("gilsim: error: {}{}{}\n", e.what(), e.hint.empty() ? "" : "; ", e.hint);
        tell("Try 'gilsim --help'.\n");
        status = Exit::usage;
    } catch (const trace::OutputError& e) {
        tell("gilsim: error: {}\n", e.what());
        status = Exit::limit;
    } catch (const std::bad_alloc&) {
        tell("gilsim: error: out of memory\n");
        status = Exit::limit;
    } catch (const std::system_error& e) {
        if (std::ferror(stdout) != 0) {
            tell("gilsim: error: cannot write to standard output: {}\n", std::strerror(e.code().value()));
            status = Exit::limit;
        } else {
            tell("gilsim: internal error: {}\n", e.what());
        }
    } catch (const std::exception& e) {
        tell("gilsim: internal error: {}\n", e.what());
    }
    return static_cast<int>(status);
}

}  // namespace gilsim::analysis::cli
