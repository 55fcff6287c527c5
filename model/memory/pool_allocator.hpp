#pragma once
/// The allocator of small blocks: CPython's obmalloc (Objects/obmalloc.c), and mimalloc in free-threaded builds, which has
/// the same shape: arenas (mimalloc: segments) of pools (mimalloc: pages) of blocks of one size. Exact to the block:
/// which pool serves a request, when an arena is obtained, and when it can be given back.

#include <cstdint>
#include <map>
#include <set>
#include <utility>
#include <vector>

#include "model/memory/address_space.hpp"

namespace gilsim::memory {

struct PoolLayout {
    Bytes arena = 1 << 20;
    Bytes pool = 16 << 10;
    Bytes header = 48;          ///< of a pool (struct pool_header); mimalloc keeps it elsewhere
    Bytes alignment = 16;       ///< distance of size classes
    bool returns_arenas = true;  ///< an arena without a used pool is unmapped
};

/// Neighbouring blocks of one pool.
struct BlockRun {
    std::int32_t pool = 0;
    std::int32_t first = 0;
    std::int32_t count = 0;
};

/// A value: fork copies it with the rest of the process.
class PoolAllocator {
public:
    explicit PoolAllocator(const PoolLayout& layout) : layout_(layout) {}

    /// Allocates blocks of `size` for the heap `heap` (free-threaded builds: one per thread; else 0), writes them, and
    /// appends them to `out`.
    Faults allocate(AddressSpace& space, int heap, Bytes size, std::int64_t count, std::vector<BlockRun>& out);
    /// Of the pools that nobody uses so many bytes are left; the others belong to somebody for good. Obtains arenas if
    /// there are fewer.
    void leave_room(AddressSpace& space, Bytes room);
    /// Frees the blocks of a run: each is written (the link of the pool's free list).
    Faults free(AddressSpace& space, const BlockRun& run);
    /// Writes to the blocks of a run.
    Faults write(AddressSpace& space, const BlockRun& run) const { return space.update(pages(run)); }

    [[nodiscard]] std::int64_t arenas() const { return arenas_in_use_; }
    [[nodiscard]] Bytes pool_size() const { return layout_.pool; }
    /// What a block of `size` takes of a pool.
    [[nodiscard]] Bytes room(Bytes size) const;

private:
    struct Interval {
        std::int32_t first, count;
    };
    using ClassKey = std::pair<int, Bytes>;  ///< heap, size of its blocks
    struct Pool {
        std::int32_t arena = 0;
        std::int64_t page = 0;  ///< its first
        ClassKey key;
        std::int32_t used = 0;
        std::int32_t capacity = 0;
        std::vector<Interval> free;  ///< the last is used first
    };
    struct Arena {
        PageRange pages;
        std::vector<std::int32_t> free_pools;  ///< the last is used first
        std::int32_t pools = 0;
    };
    [[nodiscard]] PageRange pages(const BlockRun& run) const;
    [[nodiscard]] Pool& pool(std::int32_t index) { return pools_[static_cast<std::size_t>(index)]; }
    using Usable = std::set<std::pair<std::size_t, std::int32_t>>;
    std::int32_t take_pool(AddressSpace& space, const ClassKey& key);
    std::int32_t take_pool_of(Usable::iterator arena, const ClassKey& key);
    void obtain_arena(AddressSpace& space);
    void give_pool_back(AddressSpace& space, std::int32_t index);

    PoolLayout layout_;
    std::vector<Arena> arenas_;
    std::vector<Pool> pools_;
    std::vector<std::int32_t> spare_pools_;                 ///< entries of `pools_` of arenas that were given back
    std::vector<std::int32_t> spare_arenas_;
    Usable usable_;  ///< arenas with free pools: the fullest first (usable_arenas)
    std::map<ClassKey, std::vector<std::int32_t>> partly_used_;  ///< usedpools: the last is used first
    std::int64_t arenas_in_use_ = 0;
};

}  // namespace gilsim::memory
