#pragma once
/// The objects of a process, from what the scenario says of them.

#include "model/scenario/spec.hpp"
#include "model/trace/recorder.hpp"
#include "model/workload/process.hpp"

namespace gilsim::workload {

/// Makes the objects of a process, which has its interpreter already, and enters them in the trace's directory.
void make_objects(Process& process, const scenario::Variant& variant, trace::Recorder& recorder);

}  // namespace gilsim::workload
