#pragma once
/// The blocks of one size that belong to a set of objects, oldest first, wherever the allocators have put them.

#include <vector>

#include "model/memory/free_lists.hpp"
#include "model/memory/large_allocator.hpp"
#include "model/memory/pool_allocator.hpp"

namespace gilsim::memory {

/// The allocators of one process.
struct Allocators {
    PoolAllocator pools;
    LargeAllocator large;
    FreeLists free_lists;
    Bytes small_limit = 512;  ///< bigger requests go to malloc (SMALL_REQUEST_THRESHOLD)
};

/// A value: fork copies it with the rest of the process.
class BlockRuns {
public:
    /// `packed`: from malloc however small they are, `size` including its headers.
    explicit BlockRuns(Bytes size, bool packed = false) : size_(size), packed_(packed) {}

    /// Allocates `count` more, for the heap of a thread (free-threaded builds) or heap 0.
    Faults allocate(Allocators& from, AddressSpace& space, int heap, std::int64_t count);
    /// Blocks that are allocated already become the newest of ours, and are written.
    Faults add(const Allocators& of, AddressSpace& space, const std::vector<BlockRun>& blocks);
    /// The blocks [first, last), counted from the oldest, are ours no longer, but stay allocated. They must lie in
    /// pools.
    std::vector<BlockRun> cut(std::int64_t first, std::int64_t last);
    /// Frees the blocks [first, last), counted from the oldest.
    Faults free(Allocators& to, AddressSpace& space, std::int64_t first, std::int64_t last);
    /// Writes to the blocks [first, last), counted from the oldest.
    Faults write(const Allocators& of, AddressSpace& space, std::int64_t first, std::int64_t last) const;

    [[nodiscard]] Bytes size() const { return size_; }
    [[nodiscard]] bool small(const Allocators& from) const { return size_ <= from.small_limit; }
    /// Whether they lie in pools.
    [[nodiscard]] bool pooled(const Allocators& from) const { return !packed_ && small(from); }

private:
    Bytes size_;
    bool packed_;
    std::vector<BlockRun> small_;
    std::vector<LargeRun> large_;
};

}  // namespace gilsim::memory
