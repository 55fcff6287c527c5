#pragma once
/// Who waits for whom: finds the cycle in which threads wait for one another for ever.

#include <vector>

#include "model/engine/engine.hpp"

namespace gilsim::workload {

class SimThread;

class WaitGraph {
public:
    explicit WaitGraph(engine::Engine& engine) : engine_(engine) {}
    /// `thread` has just begun to wait (`SimThread::awaited`): stops the run if it now waits, through others, for itself.
    void look(const SimThread& thread);
    /// The threads of the cycle, each waiting for something that needs the next; empty: none has closed.
    [[nodiscard]] const std::vector<const SimThread*>& cycle() const { return cycle_; }

private:
    bool leads_to(const SimThread& from, const SimThread& goal, std::vector<const SimThread*>& visited);

    engine::Engine& engine_;
    std::vector<const SimThread*> cycle_;
};

}  // namespace gilsim::workload
