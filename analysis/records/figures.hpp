#pragma once
/// Numbers of a summary by their paths.

#include <stdexcept>
#include <string>

#include <nlohmann/json.hpp>

#include "model/scenario/expression.hpp"

namespace gilsim::analysis {

/// A path that leads to no number; `what()` names the step and what there is instead.
struct FigureError : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The number at `path` in the summary of a variant: keys joined by dots; an element of a list by its `name`, by its
/// number or, for the sum of several, by `*` or a `prefix*`. The suffix of the last key is its dimension. Throws
/// FigureError.
[[nodiscard]] scenario::Quantity figure(const nlohmann::ordered_json& variant, const std::string& path);

}  // namespace gilsim::analysis
