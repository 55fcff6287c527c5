#include "model/memory/pool_allocator.hpp"

#include <algorithm>

namespace gilsim::memory {

Bytes PoolAllocator::room(Bytes size) const {
    return round_up(std::max<Bytes>(size, 1), layout_.alignment);
}

Faults PoolAllocator::allocate(AddressSpace& space, int heap, Bytes size, std::int64_t count,
                               std::vector<BlockRun>& out) {
    const ClassKey key{heap, room(size)};
    auto& partly_used = partly_used_[key];
    Faults faults;
    while (count > 0) {
        if (partly_used.empty()) partly_used.push_back(take_pool(space, key));
        const std::int32_t index = partly_used.back();
        Pool& from = pool(index);
        Interval& interval = from.free.back();
        const auto n = static_cast<std::int32_t>(std::min<std::int64_t>(interval.count, count));
        const BlockRun run{index, interval.first, n};
        interval.first += n;
        interval.count -= n;
        if (interval.count == 0) from.free.pop_back();
        from.used += n;
        if (from.used == from.capacity) partly_used.pop_back();
        faults += space.update({from.page, 1});  // the pool's header
        faults += write(space, run);
        out.push_back(run);
        count -= n;
    }
    return faults;
}

Faults PoolAllocator::free(AddressSpace& space, const BlockRun& run) {
    Pool& of = pool(run.pool);
    Faults faults = space.update({of.page, 1});
    faults += write(space, run);
    const bool was_full = of.used == of.capacity;
    of.used -= run.count;
    auto& partly_used = partly_used_[of.key];
    if (of.used == 0) {
        if (!was_full) partly_used.erase(std::find(partly_used.rbegin(), partly_used.rend(), run.pool).base() - 1);
        give_pool_back(space, run.pool);
        return faults;
    }
    if (was_full) partly_used.push_back(run.pool);
    of.free.push_back({run.first, run.count});
    return faults;
}

void PoolAllocator::leave_room(AddressSpace& space, Bytes room) {
    const auto free_pools = [this](std::int64_t most) {
        std::int64_t sum = 0;
        for (const auto& [free, arena] : usable_) sum += std::min<std::int64_t>(most, static_cast<std::int64_t>(free));
        return sum;
    };
    const std::int64_t all = layout_.arena / layout_.pool;
    const std::int64_t wanted = room / layout_.pool;
    const ClassKey whole{-1, layout_.pool - layout_.header};  // one block fills its pool
    // Of each arena somebody has a pool: it would have been given back.
    while (free_pools(all - 1) < wanted) obtain_arena(space);
    while (free_pools(all) > wanted) {
        const std::int32_t index = take_pool_of(std::prev(usable_.end()), whole);
        pool(index).used = 1;
        space.write({pool(index).page, pages_of(layout_.pool)});
    }
}

PageRange PoolAllocator::pages(const BlockRun& run) const {
    const Pool& of = pools_[static_cast<std::size_t>(run.pool)];
    const Bytes size = of.key.second;
    const std::int64_t first = (layout_.header + run.first * size) / kPage;
    const std::int64_t last = (layout_.header + (run.first + run.count) * size - 1) / kPage;
    return {of.page + first, last - first + 1};
}

std::int32_t PoolAllocator::take_pool(AddressSpace& space, const ClassKey& key) {
    if (usable_.empty()) obtain_arena(space);
    return take_pool_of(usable_.begin(), key);
}

std::int32_t PoolAllocator::take_pool_of(Usable::iterator of, const ClassKey& key) {
    const std::int32_t arena_index = usable_.extract(of).value().second;
    Arena& arena = arenas_[static_cast<std::size_t>(arena_index)];
    const std::int32_t index = arena.free_pools.back();
    arena.free_pools.pop_back();
    if (!arena.free_pools.empty()) usable_.emplace(arena.free_pools.size(), arena_index);
    Pool& taken = pool(index);
    taken.key = key;
    taken.capacity = static_cast<std::int32_t>((layout_.pool - layout_.header) / key.second);
    taken.used = 0;
    taken.free.assign(1, {0, taken.capacity});
    return index;
}

void PoolAllocator::obtain_arena(AddressSpace& space) {
    auto index = static_cast<std::int32_t>(arenas_.size());
    if (spare_arenas_.empty()) {
        arenas_.emplace_back();
    } else {
        index = spare_arenas_.back();
        spare_arenas_.pop_back();
    }
    Arena& arena = arenas_[static_cast<std::size_t>(index)];
    arena.pages = space.map(pages_of(layout_.arena));
    arena.pools = static_cast<std::int32_t>(layout_.arena / layout_.pool);
    arena.free_pools.resize(static_cast<std::size_t>(arena.pools));
    for (std::int32_t i = 0; i < arena.pools; ++i) {
        auto pool_index = static_cast<std::int32_t>(pools_.size());
        if (spare_pools_.empty()) {
            pools_.emplace_back();
        } else {
            pool_index = spare_pools_.back();
            spare_pools_.pop_back();
        }
        pool(pool_index).arena = index;
        pool(pool_index).page = arena.pages.first + i * pages_of(layout_.pool);
        arena.free_pools[static_cast<std::size_t>(arena.pools - 1 - i)] = pool_index;  // addresses ascending
    }
    usable_.emplace(arena.free_pools.size(), index);
    ++arenas_in_use_;
}

void PoolAllocator::give_pool_back(AddressSpace& space, std::int32_t index) {
    const std::int32_t arena_index = pool(index).arena;
    Arena& arena = arenas_[static_cast<std::size_t>(arena_index)];
    usable_.erase({arena.free_pools.size(), arena_index});
    arena.free_pools.push_back(index);
    if (layout_.returns_arenas && arena.free_pools.size() == static_cast<std::size_t>(arena.pools)) {
        space.unmap(arena.pages);
        spare_pools_.insert(spare_pools_.end(), arena.free_pools.rbegin(), arena.free_pools.rend());
        spare_arenas_.push_back(arena_index);
        arena = {};
        --arenas_in_use_;
        return;
    }
    usable_.emplace(arena.free_pools.size(), arena_index);
}

}  // namespace gilsim::memory
