#pragma once
/// What data costs a machine, as sections of its profile: keeping it in caches and pages, moving it between processes.

#include "analysis/measure/profile.hpp"

namespace gilsim::analysis {

/// What lines beyond the last-level cache, and beyond the core's own, take.
void caches_section(Profile& profile);
/// What the kernel does with pages.
void paging_section(Profile& profile);
/// What moving data between processes costs: the calls, less entering the kernel, and the copying.
void ipc_section(Profile& profile);

}  // namespace gilsim::analysis
