#include "analysis/report/scaling.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <set>

namespace gilsim::analysis {
namespace {

constexpr double kWorstFit = 0.9;

using Triple = std::array<double, 3>;

// Solves a 3 x 3 system by elimination; unknowns that `use` leaves out are 0.
Triple solve(std::array<Triple, 3> a, Triple b, const std::array<bool, 3>& use) {
    for (std::size_t i = 0; i < 3; ++i) {
        if (use[i]) continue;
        for (std::size_t k = 0; k < 3; ++k) a[i][k] = a[k][i] = 0;
        a[i][i] = 1;
        b[i] = 0;
    }
    for (std::size_t i = 0; i < 3; ++i) {
        std::size_t pivot = i;
        for (std::size_t k = i + 1; k < 3; ++k) {
            if (std::abs(a[k][i]) > std::abs(a[pivot][i])) pivot = k;
        }
        std::swap(a[i], a[pivot]);
        std::swap(b[i], b[pivot]);
        if (a[i][i] == 0) return {};
        for (std::size_t k = i + 1; k < 3; ++k) {
            const double f = a[k][i] / a[i][i];
            for (std::size_t c = i; c < 3; ++c) a[k][c] -= f * a[i][c];
            b[k] -= f * b[i];
        }
    }
    Triple x{};
    for (std::size_t i = 3; i-- > 0;) {
        double rest = b[i];
        for (std::size_t c = i + 1; c < 3; ++c) rest -= a[i][c] * x[c];
        x[i] = rest / a[i][i];
    }
    return x;
}

// 1/lambda, sigma/lambda, kappa/lambda by weighted least squares of N / X. The weights make the errors relative ones.
Triple least_squares(const std::vector<ScalingPoint>& points, const std::array<bool, 3>& use) {
    std::array<Triple, 3> a{};
    Triple b{};
    for (const ScalingPoint& p : points) {
        const double y = p.n / p.throughput;
        const Triple x{1, p.n - 1, p.n * (p.n - 1)};
        for (std::size_t i = 0; i < 3; ++i) {
            for (std::size_t k = 0; k < 3; ++k) a[i][k] += x[i] * x[k] / (y * y);
            b[i] += x[i] / y;
        }
    }
    return solve(a, b, use);
}

}  // namespace

double ScalingFit::at(double n) const {
    return lambda * n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

std::optional<ScalingFit> fit_scaling(const std::vector<ScalingPoint>& points) {
    std::set<double> different;
    for (const ScalingPoint& p : points) {
        if (p.n < 1 || p.throughput <= 0) return std::nullopt;
        different.insert(p.n);
    }
    if (different.size() < 4) return std::nullopt;
    // What comes out negative is left out, the more exotic parameter first.
    std::array<bool, 3> use{true, true, true};
    Triple x = least_squares(points, use);
    for (const std::size_t i : {std::size_t{2}, std::size_t{1}}) {
        if (x[i] >= 0) continue;
        use[i] = false;
        x = least_squares(points, use);
    }
    if (x[2] < 0) x = least_squares(points, use = {true, use[1], false});
    if (x[0] <= 0 || x[1] < 0) return std::nullopt;
    x[1] = std::min(x[1], x[0]);  // no more than all of it is serial
    ScalingFit fit{.lambda = 1 / x[0], .sigma = x[1] / x[0], .kappa = x[2] / x[0]};
    if (fit.kappa > 1e-9 && fit.sigma < 1) fit.knee = std::sqrt((1 - fit.sigma) / fit.kappa);
    double mean = 0;
    for (const ScalingPoint& p : points) mean += p.throughput / static_cast<double>(points.size());
    double error = 0;
    double spread = 0;
    for (const ScalingPoint& p : points) {
        error += (p.throughput - fit.at(p.n)) * (p.throughput - fit.at(p.n));
        spread += (p.throughput - mean) * (p.throughput - mean);
    }
    // Points all alike have no spread to explain: then it is the size of the error that counts.
    fit.r_squared = 1 - error / std::max(spread, 0.01 * mean * mean * static_cast<double>(points.size()));
    if (fit.r_squared < kWorstFit) return std::nullopt;
    return fit;
}

}  // namespace gilsim::analysis
