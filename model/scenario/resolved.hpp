#pragma once
/// A variant written back in the language: complete, without expressions, variants or configurations to be found.

#include <nlohmann/json.hpp>

#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// The resolved scenario of one run, for manifests and hashes: a scenario file in JSON (which is YAML) that loads to
/// the same variant. Deterministic: the same variant, the same bytes.
[[nodiscard]] nlohmann::ordered_json to_json(const Variant& variant);

}  // namespace gilsim::scenario
