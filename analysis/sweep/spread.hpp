#pragma once
/// Repeated measurements: their mean and how far it can be trusted.

#include <cstdint>
#include <vector>

namespace gilsim::analysis {

/// Mean and 95 % confidence interval (Student's t) of samples.
struct Spread {
    std::int64_t count = 0;
    double mean = 0;
    double error = 0;  ///< standard error of the mean; 0 if there is but one sample
    double half = 0;   ///< the interval reaches this far to each side of the mean; likewise

    /// Half of the interval relative to the mean, in permille, rounded up; 0 if the mean is 0.
    [[nodiscard]] std::int64_t half_permille() const;
};

[[nodiscard]] Spread spread(const std::vector<double>& samples);

/// The mean of `b` less that of `a`. `paired`: sample i of both had the same chances (the same seed), so that what both
/// share of them cancels; both are equally long then. Otherwise Welch's interval.
[[nodiscard]] Spread difference(const std::vector<double>& a, const std::vector<double>& b, bool paired);

}  // namespace gilsim::analysis
