#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/compare/comparison.hpp"
#include "analysis/text.hpp"
#include "analysis/text_table.hpp"

namespace gilsim::analysis {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kMostChanges = 10;
constexpr int kComparisonSchema = 1;

std::string value_text(const Metric& metric, double value) {
    if (metric.is_time) return duration_text(std::llround(value));
    return value < 10 ? fmt::format("{:.2f}/s", value) : fmt::format("{}/s", std::llround(value));
}

/// `+3.2 %`, or a factor where percent would be hard to grasp.
std::string change_text(std::int64_t permille) {
    if (permille >= 1000) return "x " + factor_text(permille + 1000);
    return fmt::format("{}{}", permille < 0 ? "-" : "+", percent_text(std::abs(permille)));
}

/// How far apart, whichever the direction: twice as much is as far as half as much.
double distance(const Change& c) {
    if (c.a <= 0 || c.b <= 0) return c.a == c.b ? 0 : 1e9;
    return std::abs(std::log(c.b / c.a));
}

std::string where(const Change& c) {
    return c.point.empty() ? c.variant : fmt::format("{} at {}", c.variant, c.point);
}

void list(std::vector<std::string>& lines, const char* head, const std::vector<std::string>& names) {
    if (names.empty()) return;
    std::string text = fmt::format("{}: {}", head, names.front());
    if (names.size() > 1) text += fmt::format(" and {} more", names.size() - 1);
    wrap(lines, text + ".");
}

}  // namespace

std::string comparison_text(const RunComparison& comparison) {
    std::vector<std::string> lines;
    if (!comparison.title.empty()) wrap(lines, comparison.title);
    wrap(lines, fmt::format("A: {}, B: {}", comparison.a, comparison.b));
    lines.emplace_back();
    std::vector<const Change*> beyond;
    std::int64_t known = 0, exact = 0;
    for (const Change& c : comparison.changes) {
        if (c.beyond_noise) beyond.push_back(&c);
        known += c.noise ? 1 : 0;
        exact += c.a == c.b ? 1 : 0;
    }
    std::stable_sort(beyond.begin(), beyond.end(),
                     [](const Change* a, const Change* b) { return distance(*a) > distance(*b); });
    const auto total = static_cast<std::int64_t>(comparison.changes.size());
    if (!beyond.empty()) {
        std::vector<TextRow> rows{{"variant", "figure", "A", "B", "change", "noise"}};
        for (std::size_t i = 0; i < std::min(beyond.size(), kMostChanges); ++i) {
            const Change& c = *beyond[i];
            rows.push_back({where(c), std::string(c.metric->words), value_text(*c.metric, c.a),
                            value_text(*c.metric, c.b), change_text(c.permille),
                            c.noise ? percent_text(*c.noise) : "?"});
        }
        for (std::string& line : layout(rows, false)) lines.push_back(std::move(line));
        if (beyond.size() > kMostChanges)
            lines.push_back(fmt::format("... and {} smaller ones (--json: all)", beyond.size() - kMostChanges));
        lines.emplace_back();
        const Change& most = *beyond.front();
        wrap(lines,
             fmt::format("{} of {} changed beyond {}, most of all the {} of {}: {} instead of {}.", beyond.size(),
                         count_text(total, "figure"), known > 0 ? "noise" : "3 %", most.metric->words, where(most),
                         value_text(*most.metric, most.b), value_text(*most.metric, most.a)));
    } else if (total == 0) {
        lines.emplace_back("They have nothing in common that could be compared.");
    } else if (exact == total) {
        lines.push_back(fmt::format("Nothing changed: all {} are the same.", count_text(total, "figure")));
    } else {
        lines.push_back(fmt::format("Nothing changed beyond {}: {} differ within it, {} not at all.",
                                    known > 0 ? "noise" : "3 %", total - exact, exact));
    }
    for (std::size_t i = 0; i < std::min<std::size_t>(comparison.outcomes.size(), 3); ++i)
        wrap(lines, comparison.outcomes[i] + ".");
    list(lines, "Only in A", comparison.only_in_a);
    list(lines, "Only in B", comparison.only_in_b);
    if (total > 0 && known < total) {
        lines.emplace_back("Where there is one run only, noise is not known: 'gilsim sweep --repeat' measures it.");
    } else if (total > 0) {
        wrap(lines, fmt::format("Noise: the 95 % interval of the difference{}.",
                                comparison.paired ? " of runs with the same seed" : ""));
    }
    return fmt::format("{}\n", fmt::join(lines, "\n"));
}

std::string to_json(const RunComparison& comparison) {
    Json changes = Json::array();
    for (const Change& c : comparison.changes) {
        const auto number = [&](double x) { return c.metric->is_time ? Json(std::llround(x)) : Json(x); };
        changes.push_back({{"point", c.point},
                           {"variant", c.variant},
                           {"figure", c.metric->name},
                           {"a", number(c.a)},
                           {"b", number(c.b)},
                           {"runs", c.runs},
                           {"change_permille", c.permille},
                           {"noise_permille", c.noise ? Json(*c.noise) : Json(nullptr)},
                           {"beyond_noise", c.beyond_noise}});
    }
    const Json json{{"schema", kComparisonSchema},
                    {"a", comparison.a},
                    {"b", comparison.b},
                    {"title", comparison.title},
                    {"paired", comparison.paired},
                    {"changes", changes},
                    {"outcomes", comparison.outcomes},
                    {"only_in_a", comparison.only_in_a},
                    {"only_in_b", comparison.only_in_b}};
    return json.dump(2) + "\n";
}

}  // namespace gilsim::analysis
