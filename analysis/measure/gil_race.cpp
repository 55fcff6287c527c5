#include "analysis/measure/gil_race.hpp"

#include <algorithm>
#include <cmath>

namespace gilsim::analysis {
namespace {

double median_cost(const Costs& costs, const char* name) {
    const Quantiles* q = find_cost(costs, name);
    return q != nullptr ? q->p50 : 0;
}

// The half-life after which what is added after 5 ms is that share of what is added after 20.
Nanoseconds half_life(double share) {
    double low = 0.1;
    double high = 100;  // longer ones cannot be told apart
    scenario::ColdCodeSpec cold;
    for (int i = 0; i < 50; ++i) {
        const double middle = std::sqrt(low * high);
        cold.half_life = std::llround(middle * kMillisecond);
        (cold.lost(5 * kMillisecond) > share * cold.lost(20 * kMillisecond) ? low : high) = middle;
    }
    return cold.half_life;
}

// So many times what it takes warm it takes in addition, if so much of the slowdown makes it this.
std::int64_t slowdown(double warm, double cold, double lost) {
    return warm > 0 && lost > 0 ? std::llround(std::max(0.0, cold / warm - 1) / lost) : 0;
}

}  // namespace

std::optional<GilRace> gil_race(const Calibration& calibration) {
    const Costs& python = calibration.interpreter;
    const Quantiles* asker = find_cost(python, "asker_100us");
    const Quantiles* holder = find_cost(python, "holder_100us");
    if (asker == nullptr || holder == nullptr || find_cost(python, "holder_5ms") == nullptr ||
        find_cost(python, "holder_20ms") == nullptr)
        return std::nullopt;
    // Before the holder locks the mutex it has fetched the request, at its next check point, and has called drop_gil,
    // which gets cold, too; and the asker has come half of the way that cold code adds (TimedGil::way_to_wait).
    const double line = median_cost(calibration.machine, "cache_line");
    const double known = line + (median_cost(python, "turn") + median_cost(python, "gil")) / 2;
    const double least = 10;  // it does something
    const auto both = [&](const char* asked, const char* held) {
        const double way = median_cost(python, asked);
        const double before_request = std::max(0.0, way - asker->p50) / 2;
        return way + std::max(least, median_cost(python, held) - line - before_request);
    };
    const double warm = both("asker_100us", "holder_100us");
    const double after_5ms = both("asker_5ms", "holder_5ms");
    const double after_20ms = std::max(after_5ms, both("asker_20ms", "holder_20ms"));
    GilRace race{};
    race.asker = asker->p50;
    race.asker_tail = asker->p90;
    race.holder = std::max(least, holder->p50 - known);
    race.holder_tail = std::max(race.holder, holder->p90 - known);
    if (after_5ms > warm) {
        race.cold.half_life = half_life((after_5ms - warm) / (after_20ms - warm));
        race.cold.slowdown = slowdown(warm, after_5ms, race.cold.lost(5 * kMillisecond));
        race.cold.kernel_slowdown =
            slowdown(median_cost(calibration.machine, "futex_warm"), median_cost(calibration.machine, "futex_cold"),
                     race.cold.lost(20 * kMillisecond));
    }
    return race;
}

}  // namespace gilsim::analysis
