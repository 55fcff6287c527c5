#pragma once
/// Objects that were dropped and wait for the next of their kind, instead of going back to the allocator: tuples by
/// their length, and lists, whose arrays are freed (CPython: free lists, Objects/tupleobject.c and listobject.c).

#include <cstdint>
#include <map>
#include <utility>
#include <vector>

#include "model/memory/pool_allocator.hpp"

namespace gilsim::memory {

/// A value: fork copies it with the rest of the process. Free-threaded builds have such lists for each thread, this is
/// one for all.
class FreeLists {
public:
    /// The size of an object's own block, and whether it owns buffers.
    using Kind = std::pair<Bytes, bool>;

    [[nodiscard]] std::int64_t count(const Kind& kind) const;
    void keep(const Kind& kind, const std::vector<BlockRun>& blocks);
    /// At most `count` of them, those that came last.
    std::vector<BlockRun> take(const Kind& kind, std::int64_t count);
    /// All go back to their allocator. Yields how many they were.
    std::int64_t clear(PoolAllocator& to, AddressSpace& space, Faults& faults);

private:
    std::map<Kind, std::vector<BlockRun>> lists_;
};

}  // namespace gilsim::memory
