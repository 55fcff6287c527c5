#include "model/memory/collector.hpp"

#include <algorithm>

#include "model/memory/free_threaded_collector.hpp"
#include "model/memory/generational_collector.hpp"
#include "model/memory/incremental_collector.hpp"

namespace gilsim::memory {

void Collector::count(std::int64_t change) {
    young_ = std::max<std::int64_t>(0, young_ + change);
}

std::int64_t Collector::until_due() const {
    if (!enabled_ || threshold(0) <= 0) return kNever;
    return std::max<std::int64_t>(1, due_above() + 1 - young_);
}

void Collector::freeze(Heap& heap) {
    for (const Generation g : {Generation::young, Generation::middle, Generation::old})
        move(heap, g, Generation::permanent, kNever);
}

void Collector::unfreeze(Heap& heap) {
    move(heap, Generation::permanent, Generation::old, kNever);
}

Pass Collector::visit(Heap& heap, std::initializer_list<Generation> from, Generation to) {
    const auto chosen = [&](Generation g) { return std::find(from.begin(), from.end(), g) != from.end(); };
    Pass pass;
    pass.old = chosen(Generation::old);
    for (ObjectSet& set : heap.sets()) {
        if (!set.traits.tracked) continue;
        std::int64_t at = 0;
        std::int64_t visited = 0;
        for (const ObjectSet::Run& run : set.runs()) {
            if (chosen(run.generation)) {
                visited += run.count;
                // update_refs() writes each header's copy of the reference count.
                if (!heap.space().all_writable())
                    pass.faults += set.write_headers(heap.allocators(), heap.space(), at, at + run.count);
            }
            at += run.count;
        }
        const bool own = &set == &heap.sets().front();
        (own ? pass.own_visited : pass.visited) += visited;
        pass.references += visited * set.traits.references;
        pass.read.add(heap.allocators(), set, visited);
        pass.referred.add_referred(heap.allocators(), set, visited);
        for (const Generation g : from) {
            pass.garbage.add(heap.allocators(), set, set.garbage(g));
            const std::int64_t waiting = heap.allocators().free_lists.count(set.kind());
            const std::int64_t freed = set.free_garbage(g, heap.allocators(), heap.space(), pass.faults);
            pass.collected += freed;
            pass.freed_blocks += freed * set.blocks() - (heap.allocators().free_lists.count(set.kind()) - waiting);
            if (g != to) set.move(g, to, kNever);
        }
    }
    return pass;
}

std::int64_t Collector::move(Heap& heap, Generation from, Generation to, std::int64_t most) {
    std::int64_t moved = 0;
    for (ObjectSet& set : heap.sets()) {
        if (!set.traits.tracked) continue;
        const std::int64_t n = std::min(most - moved, set.count(from));
        if (n > 0) set.move(from, to, n);
        moved += std::max<std::int64_t>(0, n);
    }
    return moved;
}

std::unique_ptr<Collector> make_collector(const scenario::GcSpec& spec, const Heap& heap) {
    switch (spec.collector) {
        case scenario::CollectorKind::incremental:
            return std::make_unique<IncrementalCollector>(spec);
        case scenario::CollectorKind::free_threaded:
            return std::make_unique<FreeThreadedCollector>(spec, heap);
        case scenario::CollectorKind::generational:
            break;
    }
    return std::make_unique<GenerationalCollector>(spec, heap);
}

}  // namespace gilsim::memory
