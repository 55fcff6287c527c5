#pragma once
/// The units in which records state figures.

#include <span>
#include <string>
#include <string_view>

#include "model/scenario/expression.hpp"

namespace gilsim::analysis {

/// One unit: what 1 of it is in nanoseconds, bytes or plain numbers.
struct RecordUnit {
    std::string_view name;
    std::string_view meaning;
    scenario::Quantity one;
};

[[nodiscard]] std::span<const RecordUnit> record_units();
/// The unit of that name, or null.
[[nodiscard]] const RecordUnit* record_unit(std::string_view name);
/// Whether both are of the same dimension.
[[nodiscard]] bool same_dimension(const scenario::Quantity& a, const scenario::Quantity& b);
/// A ratio as `12.3 %`; `inf` if there is none.
[[nodiscard]] std::string percent(double ratio);

}  // namespace gilsim::analysis
