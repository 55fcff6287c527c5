#include "analysis/findings/changes.hpp"

#include <fmt/format.h>

#include "analysis/text.hpp"

namespace gilsim::analysis {
namespace {

// Calls `use` on every value below `json`, and on itself; children first.
void walk(Json& json, const std::function<void(Json&)>& use) {
    if (json.is_structured()) {
        for (auto& child : json) walk(child, use);
    }
    use(json);
}

// Whether any text below `json` is one of the keys of `names`.
bool names_any(const Json& json, const Json& names) {
    if (json.is_string()) return names.contains(json.get<std::string>());
    if (!json.is_structured()) return false;
    for (const auto& child : json) {
        if (names_any(child, names)) return true;
    }
    return false;
}

bool release_in(Json& scenario, const std::string& label) {
    bool changed = false;
    walk(scenario["programs"], [&](Json& op) {
        if (!op.is_object() || !op.contains("native")) return;
        Json& native = op["native"];
        if (!native.is_object() || !native.contains("work")) native = Json{{"work", native}};
        if (native.value("label", "native") != label || native.value("gil", "hold") == "release") return;
        native["gil"] = "release";
        changed = true;
    });
    return changed;
}

bool make_processes(Json& scenario, const std::string& group) {
    if (group == "main" || !scenario.contains("threads") || !scenario["threads"].contains(group)) return false;
    Json described = scenario["threads"][group];
    const Json& objects = scenario.value("objects", Json::object());
    const std::string program = described.is_string() ? described.get<std::string>() : described.value("run", "");
    // What a program runs may name them too: all programs that it reaches are looked at.
    std::vector<std::string> reached{program};
    for (std::size_t i = 0; i < reached.size(); ++i) {
        if (!scenario["programs"].contains(reached[i])) continue;
        const Json& body = scenario["programs"][reached[i]];
        if (names_any(body, objects)) return false;
        for (const auto& [name, other] : scenario["programs"].items()) {
            if (std::find(reached.begin(), reached.end(), name) == reached.end() && names_any(body, {{name, 0}}))
                reached.push_back(name);
        }
    }
    scenario["threads"].erase(group);
    if (scenario["threads"].empty()) scenario.erase("threads");
    if (described.is_object()) described.erase("subinterpreter");  // a process has an interpreter of its own anyway
    scenario["processes"][group] = std::move(described);
    return true;
}

// Takes the lock's operations out of a list of operations, its bodies staying where they were.
bool unlock_in(Json& list, const std::string& lock) {
    Json kept = Json::array();
    bool changed = false;
    for (Json& op : list) {
        const auto is = [&](const char* word) { return op.is_object() && op.contains(word) && op[word] == lock; };
        if (is("lock") || is("unlock")) {
            changed = true;
        } else if (op.is_object() && op.contains("with") && op["with"].value("lock", "") == lock) {
            for (Json& inner : op["with"]["do"]) kept.push_back(std::move(inner));
            changed = true;
        } else {
            kept.push_back(std::move(op));
        }
    }
    list = std::move(kept);
    return changed;
}

}  // namespace

Remedy release_gil(const std::string& label) {
    return {fmt::format("release the GIL in `{}`", label), [label](Json& s) { return release_in(s, label); }};
}

Remedy use_processes(const std::string& group) {
    return {fmt::format("run {} as processes", group), [group](Json& s) { return make_processes(s, group); }};
}

Remedy switch_interval(std::int64_t nanoseconds) {
    return {fmt::format("a switch interval of {}", duration_text(nanoseconds)), [nanoseconds](Json& s) {
                if (!s.contains("interpreter") || !s["interpreter"].is_object()) return false;
                s["interpreter"]["switch_interval"] = fmt::format("{}ns", nanoseconds);
                return true;
            }};
}

Remedy without_collector() {
    return {"gc.disable()", [](Json& s) {
                if (!s.contains("interpreter") || !s["interpreter"].is_object()) return false;
                s["interpreter"]["memory"]["gc"]["enabled"] = false;
                return true;
            }};
}

Remedy rarer_collections() {
    return {"a first threshold of the collector ten times as high", [](Json& s) {
                if (!s.contains("interpreter") || !s["interpreter"].is_object()) return false;
                Json& thresholds = s["interpreter"]["memory"]["gc"]["thresholds"];
                if (!thresholds.is_array() || thresholds.empty() || !thresholds[0].is_number_integer()) return false;
                thresholds[0] = thresholds[0].get<std::int64_t>() * 10;
                return true;
            }};
}

Remedy more_cores(std::int64_t cores) {
    return {fmt::format("{} cores", cores), [cores](Json& s) {
                if (!s.contains("machine") || !s["machine"].is_object() || s["machine"].contains("speeds"))
                    return false;
                s["machine"]["cores"] = cores;
                return true;
            }};
}

Remedy without_lock(const std::string& lock) {
    return {fmt::format("no lock `{}` at all (the bound of any finer locking)", lock), [lock](Json& s) {
                bool changed = false;
                walk(s["programs"], [&](Json& list) {
                    if (list.is_array()) changed = unlock_in(list, lock) || changed;
                });
                return changed;
            }};
}

}  // namespace gilsim::analysis
