#pragma once
/// How something scales with a number N of workers, threads or cores: Gunther's Universal Scalability Law.

#include <optional>
#include <vector>

namespace gilsim::analysis {

/// One measurement: the throughput (of any unit) with N.
struct ScalingPoint {
    double n = 1;
    double throughput = 0;
};

/// X(N) = lambda N / (1 + sigma (N - 1) + kappa N (N - 1)): sigma is the serial share (contention), kappa what each
/// must agree on with each other (coherency). With kappa = 0 it is Amdahl's law, whose bound is 1 / sigma. Source: N.
/// J. Gunther, Guerrilla Capacity Planning, Springer 2007, chapter 4.
struct ScalingFit {
    double lambda = 0;
    double sigma = 0;
    double kappa = 0;
    double knee = 0;       ///< N with the greatest throughput: sqrt((1 - sigma) / kappa); 0: there is none
    double r_squared = 0;  ///< of the throughputs: 1 is a perfect fit

    [[nodiscard]] double at(double n) const;
};

/// Least squares of N / X, which is linear in the parameters, with none of them below 0. Nothing if there are fewer
/// than four different N of at least 1, or if the law does not describe the points (r_squared below 0.9).
[[nodiscard]] std::optional<ScalingFit> fit_scaling(const std::vector<ScalingPoint>& points);

}  // namespace gilsim::analysis
