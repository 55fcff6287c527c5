#pragma once
/// What must hold of a variant as a whole, beyond the fields one by one: no program runs itself, nothing runs for ever
/// without a limit, everything that is waited for is started, and all of it fits into this program.

#include "model/scenario/diagnostic.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::scenario {

/// `document`: the file that operations and groups were read from, and the place to blame where they have none.
void check_variant(const Variant& variant, const Place& document, Diagnostics& diagnostics);

/// The part of it about what would never end; programs must not run one another in circles.
void check_endless(const Variant& variant, const Place& document, Diagnostics& diagnostics);
/// The part of it about clients and sockets; programs must not run one another in circles.
void check_load(const Variant& variant, const Place& document, Diagnostics& diagnostics);
/// The part of it about objects; programs must not run one another in circles.
void check_objects(const Variant& variant, const Place& document, Diagnostics& diagnostics);
/// The part of it about processes and their pipes; programs must not run one another in circles.
void check_processes(const Variant& variant, const Place& document, Diagnostics& diagnostics);

}  // namespace gilsim::scenario
