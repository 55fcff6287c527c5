#pragma once
/// The table of the fields of a record: reading with validation and the JSON Schema both walk its rows.

#include "analysis/records/record.hpp"
#include "model/scenario/choices.hpp"
#include "model/scenario/kind.hpp"

namespace gilsim::analysis {

/// The fields of a whole record.
[[nodiscard]] const scenario::Structure& record_fields();

/// How far a prediction is from a measurement.
enum class ErrorMeasure : std::uint8_t {
    relative,  ///< distance / measured
    factor,    ///< by what factor they differ, less 1
    absolute,  ///< distance
};

/// One row of the table of kinds of outputs.
struct KindRow {
    OutputKind kind;
    std::string_view name;
    std::string_view about;
    ErrorMeasure error;
};
[[nodiscard]] std::span<const KindRow> output_kinds();
[[nodiscard]] const KindRow& row(OutputKind kind);

}  // namespace gilsim::analysis
