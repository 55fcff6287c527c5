#include "analysis/summary_json.hpp"

#include <algorithm>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/summary_fields.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

template <class T>
struct IsVector : std::false_type {};
template <class T>
struct IsVector<std::vector<T>> : std::true_type {};
template <class T>
concept Vector = IsVector<T>::value;
template <class T>
concept Leaf = std::integral<T> || std::same_as<T, std::string>;

// --- writing
// ----------------------------------------------------------------------------------------------------------

struct Writer {
    Json json = Json::object();

    static Json value(const Leaf auto& x) { return x; }
    static Json value(trace::Outcome x) { return std::string(trace::name(x)); }
    static Json value(const StateTimes& x) {
        Json object = Json::object();
        for (const trace::StateRow& r : trace::kStates) object[std::string(r.name)] = x[r.state];
        return object;
    }
    static Json value(const Vector auto& list) {
        Json array = Json::array();
        for (const auto& x : list) array.push_back(value(x));
        return array;
    }
    static Json value(const auto& record) {
        Writer inner;
        fields(inner, record);
        return std::move(inner.json);
    }

    void operator()(const char* key, const auto& member, const char*) { json[key] = value(member); }
};

// --- reading
// ----------------------------------------------------------------------------------------------------------

struct Reader {
    const Json& json;

    static void value(const Json& j, Leaf auto& x) { j.get_to(x); }
    static void value(const Json& j, trace::Outcome& x) {
        const auto& names = trace::kOutcomes;
        const auto found = std::find(names.begin(), names.end(), j.get<std::string>());
        if (found == names.end()) throw SummaryError("unknown outcome " + j.dump());
        x = static_cast<trace::Outcome>(found - names.begin());
    }
    static void value(const Json& j, StateTimes& x) {
        for (const trace::StateRow& r : trace::kStates) j.at(std::string(r.name)).get_to(x[r.state]);
    }
    static void value(const Json& j, Vector auto& list) {
        if (!j.is_array()) throw SummaryError("expected a list, found " + j.dump().substr(0, 40));
        list.resize(j.size());
        for (std::size_t i = 0; i < list.size(); ++i) value(j[i], list[i]);
    }
    static void value(const Json& j, auto& record) {
        Reader inner{j};
        fields(inner, record);
    }

    void operator()(const char* key, auto& member, const char*) { value(json.at(key), member); }
};

template <class T>
T parse(const std::string& text) {
    T result;
    try {
        const Json json = Json::parse(text);
        if constexpr (std::same_as<T, ScenarioSummary>) {
            if (const int schema = json.at("schema").get<int>(); schema != kSummarySchema)
                throw SummaryError(fmt::format("schema {} where {} was expected", schema, kSummarySchema));
        }
        Reader::value(json, result);
    } catch (const Json::exception& e) {
        throw SummaryError(e.what());
    }
    return result;
}

// --- documenting
// ------------------------------------------------------------------------------------------------------

struct Describer {
    std::string prefix;
    std::string rows;

    static std::string_view unit(std::string_view key) {
        if (key.ends_with("_ns")) return "ns";
        if (key.ends_with("_per_s")) return "1/s";
        return "";
    }
    void nested(const std::string& path, const auto& record) {
        Describer inner{path + ".", {}};
        fields(inner, record);
        rows += inner.rows;
    }
    void expand(const std::string& path, const auto& member) {
        using T = std::remove_cvref_t<decltype(member)>;
        if constexpr (Vector<T>) {
            if constexpr (!Leaf<typename T::value_type>) nested(path + "[]", typename T::value_type{});
        } else if constexpr (!Leaf<T> && !std::same_as<T, trace::Outcome> && !std::same_as<T, StateTimes>) {
            nested(path, member);
        }
    }
    void operator()(const char* key, const auto& member, const char* meaning) {
        const std::string path = prefix + key;
        rows += fmt::format("| `{}` | {} | {} |\n", path, unit(key), meaning);
        expand(path, member);
    }
};

}  // namespace

std::string to_json(const ScenarioSummary& summary) {
    Json json = {{"schema", kSummarySchema}};
    json.update(Writer::value(summary));
    return json.dump(2) + "\n";
}

std::string to_json(const RunSummary& run) {
    return tree_of(run).dump();
}

nlohmann::ordered_json tree_of(const RunSummary& run) {
    return Writer::value(run);
}

ScenarioSummary scenario_summary_from_json(const std::string& text) {
    return parse<ScenarioSummary>(text);
}

RunSummary run_summary_from_json(const std::string& text) {
    return parse<RunSummary>(text);
}

std::string summary_reference() {
    Describer describer;
    const ScenarioSummary empty;
    fields(describer, empty);
    std::string text = "| key | unit | meaning |\n|---|---|---|\n";
    text += fmt::format("| `schema` | | version of this shape: {} |\n", kSummarySchema) + describer.rows;
    text += "\nThe keys of `states_ns`, each in ns:\n\n| key | on a core | meaning: the thread ... |\n|---|---|---|\n";
    for (const trace::StateRow& r : trace::kStates)
        text += fmt::format("| `{}` | {} | {} |\n", r.name, r.on_core ? "yes" : "no", r.about);
    return text;
}

}  // namespace gilsim::analysis
