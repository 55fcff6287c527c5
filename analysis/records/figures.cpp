#include "analysis/records/figures.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "analysis/records/units.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

// What a key's suffix says of the number's dimension.
scenario::Quantity unit_of(std::string_view key) {
    for (const char* unit : {"ns", "bytes_per_s", "per_s", "bytes"}) {
        if (key.ends_with(fmt::format("_{}", unit))) return record_unit(unit)->one;
    }
    return {1, 0, 0};
}

// The dimension of a path: its last key that has one (`states_ns.gil_wait` is a duration).
scenario::Quantity unit_of_path(const std::vector<std::string>& steps) {
    for (auto step = steps.rbegin(); step != steps.rend(); ++step) {
        const scenario::Quantity unit = unit_of(*step);
        if (unit.time != 0 || unit.size != 0) return unit;
    }
    return {1, 0, 0};
}

std::vector<std::string> names_in(const Json& json) {
    std::vector<std::string> names;
    if (json.is_object()) {
        for (const auto& [key, value] : json.items()) names.push_back(key);
    } else {
        for (const Json& element : json) {
            if (element.is_object() && element.contains("name")) names.push_back(element["name"].get<std::string>());
        }
    }
    return names;
}

constexpr char kSum = '*';      // ends a step: the sum over all whose names begin with the rest
constexpr char kLargest = '^';  // the largest of them

bool matches(const std::string& pattern, const std::string& name) {
    if (!pattern.ends_with(kSum) && !pattern.ends_with(kLargest)) return pattern == name;
    return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

double number_at(const Json& json, const std::vector<std::string>& steps, std::size_t at) {
    if (at == steps.size()) {
        if (json.is_number()) return json.get<double>();
        throw FigureError(fmt::format("it ends at {}", json.is_array()    ? "a list"
                                                       : json.is_object() ? "a mapping"
                                                                          : "a text"));
    }
    const std::string& step = steps[at];
    const auto missing = [&] {
        return FigureError(fmt::format("nothing is called {} there{}", scenario::quote(step), [&] {
            const std::string hint = scenario::did_you_mean(step, names_in(json));
            return hint.empty() ? "" : "; " + hint;
        }()));
    };
    if (json.is_object()) {
        const auto found = json.find(step);
        if (found == json.end()) throw missing();
        return number_at(*found, steps, at + 1);
    }
    if (!json.is_array()) throw missing();
    double sum = 0;
    double largest = 0;
    int found = 0;
    for (std::size_t i = 0; i < json.size(); ++i) {
        const std::string name = json[i].value("name", "");
        if (!matches(step, name) && step != std::to_string(i)) continue;
        const double number = number_at(json[i], steps, at + 1);
        sum += number;
        largest = found == 0 ? number : std::max(largest, number);
        ++found;
    }
    if (found == 0) throw missing();
    if (step.ends_with(kLargest)) return largest;
    if (found > 1 && !step.ends_with(kSum))
        throw FigureError(fmt::format("{} are called {} there; take a number, or {} for their sum", found,
                                      scenario::quote(step), scenario::quote(step + kSum)));
    return sum;
}

}  // namespace

scenario::Quantity figure(const Json& variant, const std::string& path) {
    std::vector<std::string> steps{""};
    for (const char c : path) {
        if (c == '.') {
            steps.emplace_back();
        } else {
            steps.back() += c;
        }
    }
    scenario::Quantity result = unit_of_path(steps);
    result.value *= number_at(variant, steps, 0);
    return result;
}

}  // namespace gilsim::analysis
