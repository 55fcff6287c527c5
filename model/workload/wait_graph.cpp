#include "model/workload/wait_graph.hpp"

#include <algorithm>

#include "model/workload/process.hpp"

namespace gilsim::workload {

void WaitGraph::look(const SimThread& thread) {
    if (!cycle_.empty()) return;
    std::vector<const SimThread*> visited;
    if (!leads_to(thread, thread, visited)) return;
    std::reverse(cycle_.begin(), cycle_.end());
    engine_.stop();
}

// Depth first, so that the recursion is as deep as the chain of waits; the cycle is put down on the way back.
bool WaitGraph::leads_to(const SimThread& from, const SimThread& goal, std::vector<const SimThread*>& visited) {
    if (from.awaited == nullptr) return false;
    for (const SimThread* next : from.awaited->blockers()) {
        if (next == &goal || (std::find(visited.begin(), visited.end(), next) == visited.end() &&
                              (visited.push_back(next), leads_to(*next, goal, visited)))) {
            cycle_.push_back(&from);
            return true;
        }
    }
    return false;
}

}  // namespace gilsim::workload
