#include "analysis/measure/gil_race.hpp"

#include <algorithm>
#include <cmath>

namespace gilsim::analysis {
namespace {

double median_cost(const Costs& costs, const char* name) {
    const Quantiles* q = find_cost(costs, name);
    return q != nullptr ? q->p50 : 0;
}

// Of x = 2^(-5 ms / half-life), if what is added after 5 ms is that share of what is added after 20: (1 - x) / (1 -
// x^4).
double decay(double share) {
    double low = 0;
    double high = 1;
    for (int i = 0; i < 50; ++i) {
        const double x = (low + high) / 2;
        (share * (1 + x + x * x + x * x * x) < 1 ? low : high) = x;
    }
    return low;
}

}  // namespace

std::optional<GilRace> gil_race(const Calibration& calibration) {
    const Costs& python = calibration.interpreter;
    const Quantiles* asker = find_cost(python, "asker_100us");
    const Quantiles* holder = find_cost(python, "holder_100us");
    if (asker == nullptr || holder == nullptr || find_cost(python, "holder_5ms") == nullptr ||
        find_cost(python, "holder_20ms") == nullptr)
        return std::nullopt;
    // Before the holder locks the mutex it has fetched the request, at its next check point, and has called drop_gil.
    const double known =
        median_cost(calibration.machine, "cache_line") + (median_cost(python, "turn") + median_cost(python, "gil")) / 2;
    const double least = 10;  // it does something
    const auto both = [&](const char* asked, const char* held) {
        return median_cost(python, asked) + std::max(least, median_cost(python, held) - known);
    };
    const double warm = both("asker_100us", "holder_100us");
    const double after_5ms = std::max(0.0, both("asker_5ms", "holder_5ms") / warm - 1);
    const double after_20ms = std::max(after_5ms, both("asker_20ms", "holder_20ms") / warm - 1);
    GilRace race{};
    race.asker = asker->p50;
    race.asker_tail = asker->p90;
    race.holder = std::max(least, holder->p50 - known);
    race.holder_tail = std::max(race.holder, holder->p90 - known);
    if (after_20ms > 0) {
        const double x = std::clamp(decay(after_5ms / after_20ms), 0.01, 0.99);
        race.slowdown = after_20ms / (1 - x * x * x * x);
        race.half_life = -5e6 / std::log2(x);
    }
    return race;
}

}  // namespace gilsim::analysis
