#include "analysis/sweep/spread.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/students_t.hpp>

namespace gilsim::analysis {

std::int64_t Spread::half_permille() const {
    return mean == 0 ? 0 : static_cast<std::int64_t>(std::ceil(std::abs(half / mean) * 1000 - 1e-9));
}

Spread spread(const std::vector<double>& samples) {
    Spread result;
    result.count = static_cast<std::int64_t>(samples.size());
    if (samples.empty()) return result;
    const auto n = static_cast<double>(samples.size());
    for (const double x : samples) result.mean += x / n;
    const bool all_equal = std::all_of(samples.begin(), samples.end(), [&](double x) { return x == samples.front(); });
    if (all_equal) {
        result.mean = samples.front();
        return result;
    }
    double squares = 0;
    for (const double x : samples) squares += (x - result.mean) * (x - result.mean);
    const boost::math::students_t distribution(n - 1);
    result.half = boost::math::quantile(distribution, 0.975) * std::sqrt(squares / (n - 1) / n);
    return result;
}

}  // namespace gilsim::analysis
