#pragma once
/// The resource tracker (Lib/multiprocessing/resource_tracker.py): a small process that would unlink what its clients
/// leave behind.

#include "model/workload/process.hpp"

namespace gilsim::workload {
class World;
}

namespace gilsim::multiprocessing {

/// ensure_running: unless this process has one, by its own doing or from who forked or spawned it, it launches another
/// interpreter, which boots beside it and then waits for messages until the run ends. Nobody waits for it.
engine::Co<> ensure_tracker(workload::World& world, workload::SimThread& thread);

}  // namespace gilsim::multiprocessing
