#include "model/memory/block_runs.hpp"

#include <algorithm>
#include <utility>

namespace gilsim::memory {

Faults BlockRuns::allocate(Allocators& from, AddressSpace& space, int heap, std::int64_t count) {
    if (pooled(from)) return from.pools.allocate(space, heap, size_, count, small_);
    Faults faults;
    large_.push_back(from.large.allocate(space, size_, count, faults, packed_));
    return faults;
}

Faults BlockRuns::add(const Allocators& of, AddressSpace& space, const std::vector<BlockRun>& blocks) {
    Faults faults;
    for (const BlockRun& run : blocks) faults += of.pools.write(space, run);
    small_.insert(small_.end(), blocks.begin(), blocks.end());
    return faults;
}

std::vector<BlockRun> BlockRuns::cut(std::int64_t first, std::int64_t last) {
    std::vector<BlockRun> kept;
    std::vector<BlockRun> gone;
    std::int64_t at = 0;
    for (const BlockRun& run : small_) {
        const auto from = static_cast<std::int32_t>(std::clamp<std::int64_t>(first - at, 0, run.count));
        const auto end = static_cast<std::int32_t>(std::clamp<std::int64_t>(last - at, 0, run.count));
        at += run.count;
        if (from > 0) kept.push_back({run.pool, run.first, from});
        if (end < run.count) kept.push_back({run.pool, run.first + end, run.count - end});
        if (from < end) gone.push_back({run.pool, run.first + from, end - from});
    }
    small_ = std::move(kept);
    return gone;
}

Faults BlockRuns::free(Allocators& to, AddressSpace& space, std::int64_t first, std::int64_t last) {
    Faults faults;
    if (pooled(to)) {
        for (const BlockRun& run : cut(first, last)) faults += to.pools.free(space, run);
        return faults;
    }
    std::int64_t at = 0;
    std::vector<LargeRun> large;
    for (LargeRun run : large_) {
        const std::int64_t from = std::clamp<std::int64_t>(first - at, 0, run.count);
        const std::int64_t end = std::clamp<std::int64_t>(last - at, 0, run.count);
        at += run.count;
        if (from > 0 && from < end) large.push_back(LargeAllocator::split(run, from));
        if (from < end) to.large.free(space, run, end - from);
        if (run.count > 0) large.push_back(run);
    }
    large_ = std::move(large);
    return faults;
}

Faults BlockRuns::write(const Allocators& of, AddressSpace& space, std::int64_t first, std::int64_t last) const {
    Faults faults;
    std::int64_t at = 0;
    for (const BlockRun& run : small_) {
        if (at >= last) break;
        const std::int64_t from = std::max(first, at);
        const std::int64_t to = std::min(last, at + run.count);
        if (from < to) {
            faults += of.pools.write(space, {run.pool, static_cast<std::int32_t>(run.first + from - at),
                                             static_cast<std::int32_t>(to - from)});
        }
        at += run.count;
    }
    for (const LargeRun& run : large_) {
        if (at >= last) break;
        const std::int64_t from = std::max(first, at) - at;
        const std::int64_t to = std::min(last, at + run.count) - at;
        // A header's write touches the block's first page: of small blocks all pages, of big ones one each.
        const std::int64_t per_block =
            std::max<std::int64_t>(1, run.pages.count / std::max<std::int64_t>(1, run.count));
        if (from < to && per_block == 1)
            faults += space.update({run.pages.first + run.pages.count * from / run.count,
                                    run.pages.count * to / run.count - run.pages.count * from / run.count});
        for (std::int64_t b = from; per_block > 1 && b < to; ++b)
            faults += space.update({run.pages.first + run.pages.count * b / run.count, 1});
        at += run.count;
    }
    return faults;
}

}  // namespace gilsim::memory
