#include "model/memory/generational_collector.hpp"

namespace gilsim::memory {

// The oldest generation whose count exceeds its threshold. A full collection only if it has a quarter more to look at than
// the last one left alive: so its cost per new object stays bounded.
int GenerationalCollector::select() const {
    for (int i = 2; i > 0; --i) {
        if (counts_[static_cast<std::size_t>(i)] <= threshold(static_cast<std::size_t>(i))) continue;
        if (i == 2 && long_lived_pending_ < long_lived_total_ / 4) continue;
        return i;
    }
    return 0;
}

void GenerationalCollector::freeze(Heap& heap) {
    Collector::freeze(heap);
    young_ = 0;
    counts_ = {};
}

Pass GenerationalCollector::collect(Heap& heap, int generation) {
    if (generation < 2) ++counts_[static_cast<std::size_t>(generation) + 1];
    for (int i = 0; i <= generation; ++i) counts_[static_cast<std::size_t>(i)] = 0;
    young_ = 0;
    Pass pass;
    if (generation == 0) {
        pass = visit(heap, {Generation::young}, Generation::middle);
    } else if (generation == 1) {
        pass = visit(heap, {Generation::middle, Generation::young}, Generation::old);
        long_lived_pending_ += pass.visited + pass.own_visited - pass.collected;
    } else {
        pass = visit(heap, {Generation::old, Generation::middle, Generation::young}, Generation::old);
        heap.clear_free_lists(pass.freed_blocks, pass.faults);
        long_lived_pending_ = 0;
        long_lived_total_ = pass.visited + pass.own_visited - pass.collected;
    }
    pass.generation = generation;
    return pass;
}

}  // namespace gilsim::memory
