#include "analysis/measure/profile.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>

#include <fmt/format.h>

#include "model/scenario/units.hpp"

namespace gilsim::analysis {
namespace {

Nanoseconds whole(double nanoseconds) {
    Nanoseconds unit = 1;
    while (nanoseconds >= 1000 * static_cast<double>(unit)) unit *= 10;
    return std::max<Nanoseconds>(0, std::llround(nanoseconds / static_cast<double>(unit))) * unit;
}

}  // namespace

std::string calibrated(double nanoseconds) {
    return scenario::format_duration(whole(nanoseconds));
}

std::string calibrated_span(double median, double tail) {
    const Nanoseconds least = std::max<Nanoseconds>(1, whole(median));
    return fmt::format("{{lognormal: {{median: {}, p99: {}}}}}", scenario::format_duration(least),
                       scenario::format_duration(std::max(least + 1, whole(tail))));
}

std::string calibrated_spread(double p10, double median, double p90) {
    // Standard deviations from the median to the 99th percentile, and from the 10th to the 90th.
    return calibrated_span(median, median * std::pow(p90 / p10, 2.326 / 2.563));
}

std::string quoted(const std::string& text) {
    return nlohmann::json(text).dump();
}

std::string spread(const Quantiles& q) {
    return fmt::format("{}, 10 % to 90 % of {} samples {} to {}", calibrated(q.p50), q.n, calibrated(q.p10),
                       calibrated(q.p90));
}

bool version_at_least(const std::string& version, int major, int minor) {
    int a = 0, b = 0;
    if (std::sscanf(version.c_str(), "%d.%d", &a, &b) != 2) return false;
    return a > major || (a == major && b >= minor);
}

const Quantiles* find_cost(const Costs& costs, const std::string& name) {
    const auto found = costs.find(name);
    return found == costs.end() ? nullptr : &found->second;
}

void Profile::value(const std::string& key, const std::string& value, const std::string& source) {
    line(fmt::format("{}: {{value: {}, source: {}}}", key, value, quoted(source)));
}

void Profile::median(const std::string& key, const std::string& name, const std::string& how) {
    if (const Quantiles* q = find(name)) value(key, calibrated(q->p50), fmt::format("{}: {}", how, spread(*q)));
}

void Profile::bytes(const std::string& key, const char* name, const std::string& how) {
    if (const Quantiles* q = find(name)) value(key, fmt::format("{:.0f}B", q->p50), how);
}

void Profile::number(const std::string& key, const char* name, const std::string& how) {
    if (const Quantiles* q = find(name)) value(key, fmt::format("{:.0f}", q->p50), how);
}

void Profile::disturbed(const Calibration& calibration) {
    const std::string disturbance = calibration.disturbance();
    if (!disturbance.empty()) line(fmt::format("# The machine was not quiet: {}. Calibrate again.", disturbance));
    if (const std::string missing = calibration.missing(); !missing.empty())
        line(fmt::format("# No answer, so that what follows from it is left out: {}. Calibrate again.", missing));
    std::vector<std::string> corrected;
    for (const auto& [name, times] : calibration.corrected)
        if (find(name) != nullptr) corrected.push_back(fmt::format("{} by {:.2f}", name, times));
    if (!corrected.empty())
        line(fmt::format("# Measured while the machine was slow, and divided by how slow it was: {}.",
                         fmt::join(corrected, ", ")));
}

}  // namespace gilsim::analysis
