#include "analysis/records/statistics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace gilsim::analysis {
namespace {

// The distance from `at` to [low, high].
double distance(double at, double low, double high, double center, ErrorMeasure measure) {
    if (at >= low && at <= high) return 0;
    const double bound = at < low ? low : high;
    switch (measure) {
        case ErrorMeasure::relative:
            return std::abs(at - bound) / std::abs(center);  // infinite if nothing was measured
        case ErrorMeasure::factor: {
            const double factor = std::max(at, bound) / std::min(at, bound);
            return std::isfinite(factor) ? factor - 1 : std::numeric_limits<double>::infinity();
        }
        case ErrorMeasure::absolute:
            return std::abs(at - bound);
    }
    return 0;
}

}  // namespace

double median(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

Interval median_interval(std::vector<double> values) {
    std::sort(values.begin(), values.end());
    const std::size_t n = values.size();
    double tail = std::pow(0.5, static_cast<double>(n));  // P(Binomial(n, 1/2) < k), from k = 1
    double term = tail;
    std::size_t k = 1;
    double confidence = 1 - 2 * tail;
    for (std::size_t next = 2; 2 * next <= n; ++next) {
        term *= static_cast<double>(n - next + 2) / static_cast<double>(next - 1);
        tail += term;
        if (1 - 2 * tail < 0.95) break;
        k = next;
        confidence = 1 - 2 * tail;
    }
    return {values[k - 1], values[n - k], n == 1 ? 0 : confidence};
}

Error error_of(const std::vector<double>& measured, const std::vector<double>& predicted, ErrorMeasure measure) {
    std::vector<double> sample;
    double target = 0;
    bool ratios = false;
    if (measure == ErrorMeasure::absolute) {
        for (std::size_t i = 0; i < measured.size(); ++i) sample.push_back(measured[i] - predicted[i]);
    } else if (std::all_of(predicted.begin(), predicted.end(), [](double p) { return p > 0; })) {
        for (std::size_t i = 0; i < measured.size(); ++i) sample.push_back(measured[i] / predicted[i]);
        target = 1;
        ratios = true;
    } else {  // no ratio to nothing
        sample = measured;
        target = median(predicted);
    }
    const double center = median(sample);
    const Interval interval = median_interval(sample);
    double factor = 1;
    if (measure != ErrorMeasure::absolute && target > 0) {
        if (interval.low > target) factor = interval.low / target;
        if (interval.high < target) factor = target / interval.high;  // infinite for nothing
    }
    return {distance(target, interval.low, interval.high, center, measure),
            distance(target, center, center, center, measure), factor, ratios ? center : 0,
            ratios ? interval : Interval{}};
}

}  // namespace gilsim::analysis
