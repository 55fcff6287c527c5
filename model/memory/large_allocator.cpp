#include "model/memory/large_allocator.hpp"

#include <algorithm>

#include "model/memory/malloc_chunk.hpp"

namespace gilsim::memory {

namespace {

// sysmalloc: what a block takes that is mapped by itself. No chunk follows that would lend it its first field.
std::int64_t mapped_pages(Bytes size) {
    return pages_of(malloc_chunk(size) + kChunkSizeField);
}

}  // namespace

std::int64_t LargeAllocator::pages_for(const LargeRun& run, std::int64_t count) {
    if (run.packed) return pages_of(run.size * count);
    return run.mapped ? mapped_pages(run.size) * count : pages_of(malloc_chunk(run.size) * count);
}

LargeRun LargeAllocator::allocate(AddressSpace& space, Bytes size, std::int64_t count, Faults& faults, bool packed) {
    LargeRun run{{}, count, size, !packed && malloc_chunk(size) >= mmap_threshold_, packed};
    const std::int64_t pages = pages_for(run, count);
    const auto hole =
        run.mapped ? free_.end()
                   : std::find_if(free_.begin(), free_.end(), [&](const PageRange& f) { return f.count >= pages; });
    if (hole != free_.end()) {
        run.pages = {hole->first, pages};
        hole->first += pages;
        hole->count -= pages;
        if (hole->count == 0) free_.erase(hole);
    } else {
        run.pages = space.map(pages);
        if (!run.mapped) top_ = std::max(top_, run.pages.end());
    }
    faults += space.write(run.pages);
    return run;
}

LargeRun LargeAllocator::split(LargeRun& run, std::int64_t count) {
    LargeRun head = run;
    const std::int64_t kept = pages_for(run, run.count - count);
    head.count = count;
    head.pages.count = run.pages.count - kept;
    run.pages = {head.pages.end(), kept};
    run.count -= count;
    return head;
}

void LargeAllocator::free(AddressSpace& space, LargeRun& run, std::int64_t count) {
    // A page that freed and kept blocks share stays until its last block goes.
    const PageRange freed = split(run, count).pages;
    if (freed.count == 0) return;
    if (run.mapped) {
        space.unmap(freed);
        // The threshold moves: a block of this size is short-lived, so the next one comes from the heap.
        const Bytes mapped = mapped_pages(run.size) * kPage;
        if (mapped > mmap_threshold_ && mapped <= kMostThreshold) {
            mmap_threshold_ = mapped;
            trim_threshold_ = 2 * mapped;
        }
        return;
    }
    const auto next =
        std::find_if(free_.begin(), free_.end(), [&](const PageRange& f) { return f.first > freed.first; });
    auto here = free_.insert(next, freed);
    if (const auto after = std::next(here); after != free_.end() && after->first == here->end()) {
        here->count += after->count;
        here = std::prev(free_.erase(after));
    }
    if (here != free_.begin() && std::prev(here)->end() == here->first) {
        std::prev(here)->count += here->count;
        free_.erase(here);
    }
    trim(space);
}

// systrim: only what lies at the top of the heap can be given back.
void LargeAllocator::trim(AddressSpace& space) {
    if (free_.empty() || free_.back().end() != top_ || free_.back().count * kPage <= trim_threshold_) return;
    space.unmap(free_.back());
    top_ = free_.back().first;
    free_.pop_back();
}

}  // namespace gilsim::memory
