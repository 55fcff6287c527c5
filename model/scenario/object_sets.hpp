#pragma once
/// What must hold among the operations that allocate, walk and free sets of objects, seen before the run.

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// Reports sets that nothing allocates, and sets of objects of different kinds. `document`: where operations that come from
/// no file are reported.
void check_object_sets(const Variant& variant, const Place& document, Diagnostics& diagnostics);

}  // namespace gilsim::scenario
