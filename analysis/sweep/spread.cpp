#include "analysis/sweep/spread.hpp"

#include <algorithm>
#include <cmath>

#include <boost/math/distributions/students_t.hpp>

namespace gilsim::analysis {
namespace {

/// How many standard errors a 95 % interval reaches to each side.
double reach(double degrees_of_freedom) {
    return boost::math::quantile(boost::math::students_t(degrees_of_freedom), 0.975);
}

}  // namespace

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
    result.error = std::sqrt(squares / (n - 1) / n);
    result.half = reach(n - 1) * result.error;
    return result;
}

Spread difference(const std::vector<double>& a, const std::vector<double>& b, bool paired) {
    if (paired) {
        std::vector<double> differences;
        for (std::size_t i = 0; i < a.size(); ++i) differences.push_back(b[i] - a[i]);
        return spread(differences);
    }
    const Spread of_a = spread(a), of_b = spread(b);
    Spread result;
    result.count = std::min(of_a.count, of_b.count);
    result.mean = of_b.mean - of_a.mean;
    const double va = of_a.error * of_a.error, vb = of_b.error * of_b.error;
    if (va + vb == 0) return result;
    result.error = std::sqrt(va + vb);
    const auto part = [](double variance, std::int64_t count) {
        return count > 1 ? variance * variance / static_cast<double>(count - 1) : 0.0;
    };
    result.half = reach((va + vb) * (va + vb) / (part(va, of_a.count) + part(vb, of_b.count))) * result.error;
    return result;
}

}  // namespace gilsim::analysis
