#include "model/memory/free_threaded_collector.hpp"

#include <algorithm>

namespace gilsim::memory {

std::int64_t FreeThreadedCollector::due_above() const {
    if (threshold(1) == 0) return threshold(0);
    return std::max(threshold(0), long_lived_total_ / 4 - 1);
}

// gc_should_collect_mem_usage(), 3.14: garbage cycles are not worth a collection while the process does not grow.
bool FreeThreadedCollector::agrees(const Heap& heap) {
    if (!spec_.memory_gate || deferred_ > 40 * threshold(0)) return true;
    if (heap.rss() - last_memory_ > std::max<Bytes>(last_memory_ / 10, 128 << 10)) return true;
    deferred_ += young_;
    young_ = 0;
    return false;
}

Pass FreeThreadedCollector::collect(Heap& heap) {
    Pass pass = visit(heap, {Generation::old, Generation::young}, Generation::old);
    heap.clear_free_lists(pass.freed_blocks, pass.faults);
    long_lived_total_ = pass.visited + pass.own_visited - pass.collected;
    last_memory_ = heap.rss();
    young_ = deferred_ = 0;
    return pass;
}

}  // namespace gilsim::memory
