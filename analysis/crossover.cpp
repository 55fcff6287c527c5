#include "analysis/crossover.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>
#include <optional>

#include <fmt/format.h>

#include "model/scenario/units.hpp"

namespace gilsim::analysis {
namespace {

/// A quantity at the end of a variant's name, as it is written and as a number.
struct CrossingQuantity {
    std::string text;
    std::int64_t value = 0;
    bool is_time = true;
};

struct Family {
    std::string name;
    std::map<std::int64_t, const RunSummary*> runs;  ///< by quantity
    const RunSummary* always = nullptr;              ///< the only run, whatever the quantity
    [[nodiscard]] const RunSummary* at(std::int64_t quantity) const {
        if (always != nullptr) return always;
        const auto found = runs.find(quantity);
        return found == runs.end() ? nullptr : found->second;
    }
};

std::optional<CrossingQuantity> quantity_of(const std::string& text) {
    const auto time = scenario::parse_duration(text);
    if (const auto* value = std::get_if<Nanoseconds>(&time)) return CrossingQuantity{text, *value, true};
    const auto size = scenario::parse_size(text);
    if (const auto* value = std::get_if<Bytes>(&size)) return CrossingQuantity{text, *value, false};
    return std::nullopt;
}

/// Two digits are all that an interpolation between neighbours is worth.
std::string roughly(double value, bool is_time) {
    constexpr std::array<const char*, 4> kTimes{"ns", "us", "ms", "s"};
    constexpr std::array<const char*, 4> kSizes{"B", "KiB", "MiB", "GiB"};
    const double step = is_time ? 1000 : 1024;
    std::size_t unit = 0;
    for (; unit + 1 < kTimes.size() && value >= step; ++unit) value /= step;
    const char* const name = (is_time ? kTimes : kSizes)[unit];
    if (value < 9.95) return fmt::format("{:.1f}{}", value, name);
    const double digit = value < 99.5 ? 1 : 10;
    return fmt::format("{:.0f}{}", std::round(value / digit) * digit, name);
}

/// How many times as fast as the first family.
double gain(const RunSummary& first, const RunSummary& other) {
    return static_cast<double>(first.makespan) / static_cast<double>(other.makespan);
}

std::string compare(const Family& first, const Family& other,
                    const std::map<std::int64_t, CrossingQuantity>& quantities) {
    std::vector<std::pair<CrossingQuantity, double>> gains;
    for (const auto& [value, run] : other.runs) {
        const RunSummary* partner = first.at(value);
        if (partner == nullptr) continue;
        if (run->outcome != trace::Outcome::completed || partner->outcome != trace::Outcome::completed) return "";
        if (run->makespan <= 0 || value <= 0) return "";
        gains.emplace_back(quantities.at(value), gain(*partner, *run));
    }
    if (gains.size() < 2) return "";
    const auto faster = [](const auto& g) { return g.second > 1; };
    if (std::all_of(gains.begin(), gains.end(), faster))
        return fmt::format("{} is faster than {} from {} on.", other.name, first.name, gains.front().first.text);
    if (std::none_of(gains.begin(), gains.end(), faster))
        return fmt::format("{} is not faster than {}, up to {}.", other.name, first.name, gains.back().first.text);
    std::string text;
    for (std::size_t i = 1; i < gains.size(); ++i) {
        const auto& [low, before] = gains[i - 1];
        const auto& [high, after] = gains[i];
        if (faster(gains[i - 1]) == faster(gains[i])) continue;
        const double share = std::log(before) / (std::log(before) - std::log(after));
        const double at = std::exp(std::log(static_cast<double>(low.value)) * (1 - share) +
                                   std::log(static_cast<double>(high.value)) * share);
        text += fmt::format("{}{} than {} from about {} on", text.empty() ? other.name + " is " : ", ",
                            after > 1 ? "faster" : "slower", first.name, roughly(at, low.is_time));
    }
    return text + ".";
}

}  // namespace

std::vector<std::string> crossovers(const ScenarioSummary& summary) {
    std::vector<Family> families;
    std::map<std::int64_t, CrossingQuantity> quantities;
    for (const RunSummary& run : summary.variants) {
        const auto at = run.name.rfind('@');
        if (families.empty() && at == std::string::npos) {
            families.push_back({run.name, {}, &run});
            continue;
        }
        if (at == std::string::npos || at == 0) return {};
        const auto quantity = quantity_of(run.name.substr(at + 1));
        if (!quantity) return {};
        const std::string name = run.name.substr(0, at);
        auto family = std::find_if(families.begin(), families.end(), [&](const Family& f) { return f.name == name; });
        if (family == families.end()) family = families.insert(families.end(), {name, {}, nullptr});
        family->runs[quantity->value] = &run;
        quantities[quantity->value] = *quantity;
    }
    std::vector<std::string> sentences;
    for (std::size_t i = 1; i < families.size(); ++i) {
        std::string sentence = compare(families.front(), families[i], quantities);
        if (!sentence.empty()) sentences.push_back(std::move(sentence));
    }
    return sentences;
}

}  // namespace gilsim::analysis
