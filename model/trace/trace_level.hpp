#pragma once
/// How much of a run is written to its trace file: the values of `--trace`.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace gilsim::trace {

enum class TraceLevel : std::uint8_t { none, summary, full };

/// One row of the table of levels.
struct TraceLevelRow {
    TraceLevel level;
    std::string_view name;   ///< as on the command line
    std::string_view about;  ///< one line for people
};

inline constexpr std::array kTraceLevels{
    TraceLevelRow{TraceLevel::none, "none", "no trace file"},
    TraceLevelRow{
        TraceLevel::summary, "summary",
        "life of processes and threads, requests, and per window of time: GIL utilisation, hand-offs, counters"},
    TraceLevelRow{TraceLevel::full, "full", "every event: the run can be rebuilt from the file"},
};

/// The name of a level.
constexpr std::string_view name(TraceLevel level) {
    return kTraceLevels[static_cast<std::size_t>(level)].name;
}

/// The level of that name; nothing if there is none.
constexpr std::optional<TraceLevel> trace_level(std::string_view name) {
    for (const auto& row : kTraceLevels) {
        if (row.name == name) return row.level;
    }
    return std::nullopt;
}

}  // namespace gilsim::trace
