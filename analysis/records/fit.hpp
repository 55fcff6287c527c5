#pragma once
/// Free inputs: what nobody measured, looked for on the cells that may be used for it.

#include <map>
#include <string>

#include "analysis/records/predict.hpp"

namespace gilsim::analysis {

/// The values of a record's free inputs, in their units, that predict the outputs of its `fit_on` cells best: the least
/// sum of |ln(predicted / measured)| over their medians (of differences, for shares). Each is sought on a logarithmic
/// scale between its bounds, the others held, in turn. The same record, the same values. Throws PredictionError where
/// there are fewer figures than free inputs, and what `predict` throws.
[[nodiscard]] std::map<std::string, double> fit(const Record& record, const PredictionOptions& options);

}  // namespace gilsim::analysis
