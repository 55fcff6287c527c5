#pragma once
/// Remedies: changes to a scenario that a finding proposes to try. They edit the resolved scenario of a variant as JSON, so that
/// they know no more of the language than they change.

#include <functional>
#include <string>

#include <nlohmann/json.hpp>

namespace gilsim::analysis {

using Json = nlohmann::ordered_json;

/// A change with its name in words: "`resize` releases the GIL".
struct Remedy {
    std::string what;
    std::function<bool(Json&)> apply;  ///< false: there is nothing to change; the scenario may be half changed then
};

/// C code with that label releases the GIL.
[[nodiscard]] Remedy release_gil(const std::string& label);
/// The threads of that group become processes. Not if their program names objects that only threads can share.
[[nodiscard]] Remedy use_processes(const std::string& group);
/// Another switch interval, in nanoseconds.
[[nodiscard]] Remedy switch_interval(std::int64_t nanoseconds);
/// The cyclic collector never begins by itself (gc.disable()).
[[nodiscard]] Remedy without_collector();
/// A first threshold of the collector ten times as high (gc.set_threshold()).
[[nodiscard]] Remedy rarer_collections();
/// That many cores.
[[nodiscard]] Remedy more_cores(std::int64_t cores);
/// The lock is never taken: what no finer locking can beat.
[[nodiscard]] Remedy without_lock(const std::string& lock);

}  // namespace gilsim::analysis
