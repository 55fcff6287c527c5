#pragma once
/// A record's predictions beside its measurements.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "analysis/records/predict.hpp"
#include "analysis/records/statistics.hpp"

namespace gilsim::analysis {

/// One predicted output of one cell.
struct Comparison {
    std::string cell;
    std::string output;
    OutputKind kind = OutputKind::makespan;
    std::string unit;
    std::size_t repetitions = 0;  ///< that count
    bool noisy = false;           ///< disturbed repetitions count, for lack of quiet ones
    bool fitted = false;          ///< free inputs were fitted on it: it says nothing about the model
    double measured = 0;          ///< median
    Interval interval;            ///< of that median
    double predicted = 0;         ///< median
    Error error;
};

/// An input of one cell, as its predictions used it.
struct UsedInput {
    std::string name;
    std::string unit, about;
    double median = 0, least = 0, greatest = 0;  ///< over the repetitions that count
};

/// What was measured in one cell, and under which conditions.
struct ValidatedCell {
    std::string name, about;
    std::size_t repetitions = 0, quiet = 0;
    Named<std::string> given;
    std::vector<UsedInput> inputs;
};

/// A record that has been predicted.
struct Validation {
    std::string record;
    std::string about;
    std::string phenomenon;
    Where where;
    std::string source;
    Profiles profiles;
    std::vector<ValidatedCell> cells;
    std::vector<Comparison> comparisons;
    Named<double> fitted;  ///< values of the free inputs
};

/// Predicts every output of every cell that has `predicted_by`, then compares. Throws what `predict` throws. `on_cell`
/// (may be empty) is told what comes next.
[[nodiscard]] Validation validate(const Record& record, const PredictionOptions& options,
                                  const std::function<void(const Cell&)>& on_cell = {});

/// Errors of one kind of output, over any number of records.
struct KindSummary {
    OutputKind kind = OutputKind::makespan;
    std::size_t count = 0;
    double median = 0, worst = 0;          ///< of `beyond`
    double median_raw = 0, worst_raw = 0;  ///< of `raw`
    std::string worst_where;               ///< record, cell and output of the worst
};
/// Per kind, in the order of the table of kinds; comparisons that were fitted do not count.
[[nodiscard]] std::vector<KindSummary> summarize(const std::vector<Validation>& validations);

/// What an error may be at most.
struct Bar {
    enum class Of : std::uint8_t {
        each,    ///< the error of each comparison of the kind
        median,  ///< the median of these errors
        factor,  ///< the factor between prediction and measurement, of each comparison
    };
    OutputKind kind = OutputKind::makespan;
    Of of = Of::each;
    double most = 0;  ///< 0.06 is 6 %; of a factor: itself
};
/// `makespan=20` (each error at most 20 %), `makespan.median=6`, `throughput.factor=2`. Nothing if the text is neither.
[[nodiscard]] std::optional<Bar> parse_bar(const std::string& text);
/// The bars that are missed, each as a sentence.
[[nodiscard]] std::vector<std::string> missed(const std::vector<Bar>& bars, const std::vector<Validation>& validations);

}  // namespace gilsim::analysis
