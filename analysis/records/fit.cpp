#include "analysis/records/fit.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "analysis/records/validation.hpp"

namespace gilsim::analysis {
namespace {

constexpr int kPoints = 9;      ///< of one look between two bounds
constexpr int kNarrowings = 4;  ///< each to the neighbours of the best point
constexpr int kRounds = 3;      ///< over all free inputs, if there are several

double misfit(const Comparison& c) {
    if (row(c.kind).error == ErrorMeasure::absolute) return std::abs(c.predicted - c.measured);
    if (c.predicted <= 0 || c.measured <= 0) return c.predicted == c.measured ? 0 : 100;
    return std::abs(std::log(c.predicted / c.measured));
}

double total_misfit(const Record& record, const PredictionOptions& options) {
    double sum = 0;
    for (const Comparison& c : validate(record, options).comparisons) sum += misfit(c);
    return sum;
}

// The best value of one free input, the others as they are in `options`.
double best(const Record& record, PredictionOptions& options, const std::string& name, double least, double most) {
    double& value = options.fitted[name];
    double found = std::sqrt(least * most);
    for (int i = 0; i <= kNarrowings; ++i) {
        const double step = std::pow(most / least, 1.0 / (kPoints - 1));
        double least_misfit = INFINITY;
        for (int point = 0; point < kPoints; ++point) {
            value = least * std::pow(step, point);
            const double here = total_misfit(record, options);
            if (here < least_misfit) {
                least_misfit = here;
                found = value;
            }
        }
        least = std::max(least, found / step);
        most = std::min(most, found * step);
    }
    return value = found;
}

}  // namespace

std::map<std::string, double> fit(const Record& record, const PredictionOptions& options) {
    if (record.free.empty()) return {};
    Record fitted = record;
    std::erase_if(fitted.cells, [&](const Cell& cell) {
        return std::find(record.fit_on.begin(), record.fit_on.end(), cell.name) == record.fit_on.end();
    });
    PredictionOptions trial = options;
    for (const auto& [name, free] : record.free) trial.fitted[name] = std::sqrt(free.least * free.most);
    const std::size_t figures = validate(fitted, trial).comparisons.size();
    if (figures < record.free.size())
        throw PredictionError(fmt::format("{}: {} free inputs cannot be fitted on {} figures: more are needed (fit_on)",
                                          record.name, record.free.size(), figures));
    for (int round = 0; round < (record.free.size() == 1 ? 1 : kRounds); ++round) {
        for (const auto& [name, free] : record.free)
            trial.fitted[name] = best(fitted, trial, name, free.least, free.most);
    }
    return trial.fitted;
}

}  // namespace gilsim::analysis
