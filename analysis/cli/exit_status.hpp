#pragma once
/// The exit statuses of gilsim: one table.

#include <array>
#include <string_view>

namespace gilsim::analysis::cli {

enum class Exit : int { ok = 0, verdict = 1, usage = 2, scenario = 3, limit = 4, internal = 5 };

/// One row of the table.
struct ExitRow {
    Exit status;
    std::string_view about;
};

inline constexpr std::array kExits{
    ExitRow{Exit::ok, "success"},
    ExitRow{Exit::verdict, "the simulation's own verdict failed: a deadlock, an error of the simulated program, outputs that cannot be reproduced"},
    ExitRow{Exit::usage, "wrong usage of the command line"},
    ExitRow{Exit::scenario, "an invalid scenario"},
    ExitRow{Exit::limit, "a limit of this machine's resources was reached: memory, processor time, disk space"},
    ExitRow{Exit::internal, "an internal error; please report it"},
};

}  // namespace gilsim::analysis::cli
