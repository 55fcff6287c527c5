#pragma once
/// The objects of a process, from what the scenario says of them.

#include "model/workload/process.hpp"

namespace gilsim::workload {

class World;

/// Makes the objects of a process, which has its interpreter already, and enters them in the trace's directory.
void make_objects(World& world, Process& process);

}  // namespace gilsim::workload
