#pragma once
/// What the laws (laws.hpp) look at a trace with.

#include <algorithm>
#include <map>
#include <string>
#include <vector>

#include "model/trace/events.hpp"
#include "tests/trace/laws.hpp"

namespace gilsim::test::laws {

using Kind = Item::Kind;

inline std::string at(std::int64_t time) {
    return " at " + std::to_string(time) + " ns";
}

inline const trace::StateRow* state_named(std::string_view name) {
    const auto found = std::find_if(trace::kStates.begin(), trace::kStates.end(),
                                    [&](const trace::StateRow& row) { return row.name == name; });
    return found == trace::kStates.end() ? nullptr : &*found;
}

inline bool is_state(std::string_view name, trace::ThreadState state) {
    return trace::row(state).name == name;
}

inline const std::string& name_of(const Trace& trace, std::uint64_t uuid) {
    static const std::string unknown = "?";
    const auto found = trace.tracks.find(uuid);
    return found == trace.tracks.end() ? unknown : found->second.name;
}

/// The slices of each track; faults of nesting belong to check_form.
inline std::map<std::uint64_t, std::vector<Slice>> slices_of(const Trace& trace) {
    Violations ignored;
    return trace.slices(ignored);
}

/// Values over time of a counter: area up to `end`, beginning with 0.
struct Area {
    std::int64_t value = 0, since = 0, area = 0;
    bool negative = false;
    void set(std::int64_t time, std::int64_t v) {
        area += value * (time - since);
        value = v;
        since = time;
        negative = negative || v < 0;
    }
};

inline std::map<std::uint64_t, Area> areas_of(const Trace& trace) {
    std::map<std::uint64_t, Area> areas;
    for (const auto& item : trace.items) {
        if (item.kind == Kind::counter) areas[item.track].set(item.time, item.value);
        for (const auto& [uuid, value] : item.also) areas[uuid].set(item.time, value);
    }
    for (auto& [uuid, area] : areas) area.set(trace.end, area.value);
    return areas;
}

}  // namespace gilsim::test::laws
