#include "model/memory/incremental_collector.hpp"

#include <algorithm>

namespace gilsim::memory {

namespace {

constexpr std::int64_t kScanRateDivisor = 10;  // SCAN_RATE_DIVISOR

}  // namespace

// Generations: `old` are the old objects visited in this cycle, `middle` those that it has yet to visit.
Pass IncrementalCollector::collect(Heap& heap) {
    const std::int64_t scale = std::max<std::int64_t>(2, threshold(1));
    const std::int64_t fraction = heap.objects() / kScanRateDivisor / scale;
    work_to_do_ += young_ + std::min(fraction, young_ * 3 / 2);
    young_ = 0;
    if (marking_) {
        Pass pass = mark(heap);
        marking_ = false;
        pass.generation = 1;
        return pass;
    }
    const std::int64_t young = heap.objects(Generation::young);
    // Old objects not yet visited, until the increment is as big as the work to do: they join the young ones.
    if (work_to_do_ > young) move(heap, Generation::middle, Generation::young, work_to_do_ - young);
    Pass pass = visit(heap, {Generation::young}, Generation::old);
    const bool ahead = work_to_do_ <= 0;
    work_to_do_ += fraction - (pass.visited + pass.own_visited);
    // There is always something that no root of Python code leads to (objects of C code): a cycle does not end before
    // the collector has work left to look at it.
    if (!ahead && heap.objects(Generation::middle) == 0) complete(heap);
    pass.generation = 1;
    return pass;
}

Pass IncrementalCollector::mark(Heap& heap) {
    Pass pass;
    pass.old = true;
    for (ObjectSet& set : heap.sets()) {
        if (!set.traits.tracked) continue;
        std::int64_t at = 0;
        std::int64_t marked = 0;
        for (const ObjectSet::Run& run : set.runs()) {
            if (!run.garbage && run.generation != Generation::permanent) {
                marked += run.count;
                if (!heap.space().all_writable())
                    pass.faults += set.write_headers(heap.allocators(), heap.space(), at, at + run.count);
            }
            at += run.count;
        }
        pass.marked += marked;
        pass.read.add(heap.allocators(), set, marked);
        pass.referred.add_referred(heap.allocators(), set, marked);
        set.mark_alive(Generation::old);
    }
    work_to_do_ -= 2 * pass.marked;  // mark_at_start() and gc_collect_increment() both count them
    return pass;
}

Pass IncrementalCollector::collect_all(Heap& heap) {
    Pass pass = visit(heap, {Generation::old, Generation::middle, Generation::young}, Generation::old);
    heap.clear_free_lists(pass.freed_blocks, pass.faults);
    pass.generation = 2;
    young_ = 0;
    complete(heap);
    return pass;
}

// completed_scavenge(): the visited objects are the ones to visit in the next cycle.
void IncrementalCollector::complete(Heap& heap) {
    move(heap, Generation::old, Generation::middle, kNever);
    work_to_do_ = 0;
    marking_ = true;
}

}  // namespace gilsim::memory
