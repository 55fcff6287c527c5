#pragma once
/// Repeated measurements: their mean and how far it can be trusted.

#include <cstdint>
#include <vector>

namespace gilsim::analysis {

/// Mean and 95 % confidence interval (Student's t) of samples.
struct Spread {
    std::int64_t count = 0;
    double mean = 0;
    double half = 0;  ///< the interval reaches this far to each side of the mean; 0 if there is but one sample

    /// Half of the interval relative to the mean, in permille, rounded up; 0 if the mean is 0.
    [[nodiscard]] std::int64_t half_permille() const;
};

[[nodiscard]] Spread spread(const std::vector<double>& samples);

}  // namespace gilsim::analysis
