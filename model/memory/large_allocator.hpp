#pragma once
/// malloc of the C library (glibc, malloc/malloc.c), for blocks beyond the small ones: big blocks are mapped one by one
/// and given back when freed; others come from a heap that can shrink only at its top.

#include <vector>

#include "model/memory/address_space.hpp"

namespace gilsim::memory {

/// Neighbouring blocks of one size.
struct LargeRun {
    PageRange pages;
    std::int64_t count = 0;
    Bytes size = 0;
    bool mapped = false;  ///< each block by a mmap of its own
    bool packed = false;  ///< `size` is what each takes of the heap, headers included
};

/// A value: fork copies it with the rest of the process.
class LargeAllocator {
public:
    /// Allocates blocks and writes them.
    LargeRun allocate(AddressSpace& space, Bytes size, std::int64_t count, Faults& faults, bool packed = false);
    /// Frees the first `count` blocks of a run, which keeps the others.
    void free(AddressSpace& space, LargeRun& run, std::int64_t count);
    /// Takes the first `count` blocks off a run.
    static LargeRun split(LargeRun& run, std::int64_t count);

private:
    void trim(AddressSpace& space);
    [[nodiscard]] static std::int64_t pages_for(const LargeRun& run, std::int64_t count);

    // DEFAULT_MMAP_THRESHOLD, DEFAULT_TRIM_THRESHOLD, DEFAULT_MMAP_THRESHOLD_MAX
    Bytes mmap_threshold_ = 128 << 10;
    Bytes trim_threshold_ = 128 << 10;
    static constexpr Bytes kMostThreshold = 32 << 20;
    std::vector<PageRange> free_;  ///< of the heap, ascending, never adjacent
    std::int64_t top_ = 0;         ///< end of the heap's highest block
};

}  // namespace gilsim::memory
