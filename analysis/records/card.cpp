#include "analysis/records/card.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

#include <fmt/format.h>

namespace gilsim::analysis {
namespace {

/// Kinds of output that one bar is for.
struct Group {
    const char* name;
    std::vector<OutputKind> kinds;
    double most;  ///< that an error may be
};

const std::vector<Group>& groups() {
    static const std::vector<Group> all{
        {"makespan, throughput", {OutputKind::makespan, OutputKind::throughput}, 0.20},
        {"latency p50, mean", {OutputKind::p50, OutputKind::mean}, 0.25},
        {"p99 and other tails", {OutputKind::p99}, 0.60},
        {"switches, faults", {OutputKind::count}, 0.25},
        {"memory", {OutputKind::memory}, 0.20},
    };
    return all;
}

struct Judged {
    const Validation* validation;
    const Comparison* comparison;
};
using Column = std::vector<Judged>;

bool of_group(const Group& group, const Comparison& comparison) {
    return std::find(group.kinds.begin(), group.kinds.end(), comparison.kind) != group.kinds.end();
}

// Those of one phenomenon (empty: of all) and one group that were not fitted.
Column figures(const std::vector<Validation>& validations, const std::string& phenomenon, const Group& group) {
    Column found;
    for (const Validation& validation : validations) {
        if (!phenomenon.empty() && validation.phenomenon != phenomenon) continue;
        for (const Comparison& comparison : validation.comparisons) {
            if (!comparison.fitted && of_group(group, comparison)) found.push_back({&validation, &comparison});
        }
    }
    return found;
}

std::string brief_percent(double x) {
    if (!std::isfinite(x)) return "no ratio";
    return x < 0.0995 ? fmt::format("{:.1f} %", 100 * x) : fmt::format("{:.0f} %", 100 * x);
}

std::string errors(const Column& of) {
    if (of.empty()) return "";
    std::vector<double> all;
    for (const Judged& judged : of) all.push_back(judged.comparison->error.beyond);
    const double worst = *std::max_element(all.begin(), all.end());
    return fmt::format("{} / {} ({})", brief_percent(median(all)), brief_percent(worst), all.size());
}

std::vector<std::string> phenomena(const std::vector<Validation>& validations) {
    std::set<std::string> names;
    for (const Validation& validation : validations) names.insert(validation.phenomenon);
    return {names.begin(), names.end()};
}

std::size_t records(const std::vector<Validation>& validations, const std::string& phenomenon) {
    return static_cast<std::size_t>(std::count_if(validations.begin(), validations.end(), [&](const Validation& v) {
        return phenomenon.empty() || v.phenomenon == phenomenon;
    }));
}

// Those that the records have figures of.
std::vector<Group> groups_in(const std::vector<Validation>& validations) {
    std::vector<Group> found;
    for (const Group& group : groups())
        if (!figures(validations, "", group).empty()) found.push_back(group);
    return found;
}

std::string row(const std::vector<Validation>& validations, const std::string& phenomenon,
                const std::vector<Group>& columns) {
    std::string text =
        fmt::format("| {} | {} |", phenomenon.empty() ? "**all**" : phenomenon, records(validations, phenomenon));
    for (const Group& group : columns) text += fmt::format(" {} |", errors(figures(validations, phenomenon, group)));
    return text + "\n";
}

// Phenomenon and group where figures miss the bar; the worst of them by name.
std::string misses(const std::vector<Validation>& validations, const std::string& phenomenon, const Group& group) {
    const Column all = figures(validations, phenomenon, group);
    Column missed;
    std::copy_if(all.begin(), all.end(), std::back_inserter(missed),
                 [&](const Judged& judged) { return judged.comparison->error.beyond > group.most; });
    if (missed.empty()) return "";
    const Judged& worst = *std::max_element(missed.begin(), missed.end(), [](const Judged& a, const Judged& b) {
        return a.comparison->error.beyond < b.comparison->error.beyond;
    });
    return fmt::format("| {} | {} | {} of {} | {}, {}: {} {} |\n", phenomenon, group.name, missed.size(), all.size(),
                       worst.validation->record, worst.comparison->cell, worst.comparison->output,
                       brief_percent(worst.comparison->error.beyond));
}

}  // namespace

std::string accuracy_card(const std::vector<Validation>& validations) {
    const std::vector<Group> columns = groups_in(validations);
    std::string text = "| phenomenon | records |";
    std::string rule = "|---|---|";
    for (const Group& group : columns) {
        text += fmt::format(" {} |", group.name);
        rule += "---|";
    }
    text += "\n" + rule + "\n";
    for (const std::string& phenomenon : phenomena(validations)) text += row(validations, phenomenon, columns);
    text += row(validations, "", columns);
    text +=
        "\nMedian / worst error (number of figures).\n\n| phenomenon | figures | beyond the bar | the worst "
        "|\n|---|---|---|---|\n";
    for (const std::string& phenomenon : phenomena(validations)) {
        for (const Group& group : columns) text += misses(validations, phenomenon, group);
    }
    text += "\nBars:";
    for (const Group& group : columns)
        text += fmt::format("{} {} {:.0f} %", &group == &columns.front() ? "" : ",", group.name, 100 * group.most);
    return text + ".\n";
}

}  // namespace gilsim::analysis
