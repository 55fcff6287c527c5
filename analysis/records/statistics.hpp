#pragma once
/// What a handful of repetitions says: their median, its confidence interval, the distance of a prediction from it.

#include <vector>

#include "analysis/records/record_fields.hpp"

namespace gilsim::analysis {

/// The middle value, or the mean of the two in the middle. `values` is not empty.
[[nodiscard]] double median(std::vector<double> values);

/// Where the median of the population lies.
struct Interval {
    double low = 0;
    double high = 0;
    double confidence = 0;  ///< 0.95 or more; less where there are fewer than 6 values, then it is their range
};

/// The interval of order statistics: the k-th smallest to the k-th largest value for the largest k such that it holds
/// the median of the population with probability 1 - 2 P(Binomial(n, 1/2) < k) >= 0.95, else k = 1. No assumption on
/// the distribution is made. (Conover, Practical Nonparametric Statistics, chapter 3.2.)
[[nodiscard]] Interval median_interval(std::vector<double> values);

/// How far a prediction is from what was measured.
struct Error {
    double beyond = 0;  ///< distance to the confidence interval of the median: what bars are about
    double raw = 0;     ///< distance to the median itself
    double factor =
        1;  ///< by what factor the prediction is above or below that interval; 1: inside (not for `absolute`)
    double ratio = 0;  ///< median of measured / predicted; 0: there is no ratio (`absolute`, or 0 is predicted)
    Interval ratios;   ///< of that median
};

/// The error of predictions[i] for measured[i], as docs/records.md defines it: paired by ratio (or, `absolute`, by
/// difference), so that a repetition on a slower machine is compared with the prediction for that machine.
[[nodiscard]] Error error_of(const std::vector<double>& measured, const std::vector<double>& predicted,
                             ErrorMeasure measure);

}  // namespace gilsim::analysis
