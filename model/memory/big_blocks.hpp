#pragma once
/// Big blocks of memory that come and go, as messages between processes need them: which of their pages have frames
/// already, and which must be faulted in. glibc's malloc (malloc/malloc.c) to the byte: the nearest hole of the heap
/// that is big enough, its top, or a mapping of its own from a threshold on that rises with what is freed; a top above
/// twice the threshold is given back. mimalloc: slices of 64 KiB; the frames of freed ones stay for 10 ms
/// (src/segment.c; src/options.c, mi_option_purge_delay).

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "model/memory/address_space.hpp"

namespace gilsim::memory {

class BigBlocks {
public:
    using Block = int;

    BigBlocks(AddressSpace& space, bool mimalloc) : space_(&space), mimalloc_(mimalloc) {}

    Block allocate(Bytes size, Nanoseconds now);
    /// realloc, of which `used` bytes have been written. Returns how many of them had to be copied.
    Bytes resize(Block block, Bytes size, Bytes used, Nanoseconds now);
    void free(Block block, Nanoseconds now);
    /// Bytes `from` to `to` of the block are written.
    void write(Block block, Bytes from, Bytes to);

    /// Whether a block begins where every big one does in its page: alone in a mapping, or in slices of mimalloc's.
    [[nodiscard]] bool alone(Block block) const { return mimalloc_ || mappings_.contains(block); }
    /// Whether small blocks have places of their own, apart from big ones (mimalloc).
    [[nodiscard]] bool segregated() const { return mimalloc_; }
    /// What the kernel had to do since the last call, in faults and in pages given back.
    Faults take_faults() { return std::exchange(faults_, {}); }
    std::int64_t take_released() { return std::exchange(released_, 0); }

    /// fork: the child, on its copy of the address space, has the same blocks.
    [[nodiscard]] std::shared_ptr<BigBlocks> fork(AddressSpace& child) const;
    /// The process has ended: whatever is freed later is gone already.
    void end() { space_ = nullptr; }

private:
    struct Chunk {  ///< of the heap
        Bytes begin;
        Bytes size;
        Block block;            ///< kFree: a hole
        Nanoseconds freed = 0;  ///< a hole of mimalloc's: since when; kNever: its frames are gone
    };
    struct Mapping {
        PageRange pages;
        Bytes room;
    };
    using Chunks = std::vector<Chunk>;
    static constexpr Block kFree = -1;

    void take(Block block, Bytes size);
    Chunks::iterator chunk_of(Block block);
    /// Cuts off what a chunk has too much, as a hole.
    Chunks::iterator cut(Chunks::iterator chunk, Bytes size);
    void release(Chunks::iterator chunk, Nanoseconds now);
    void purge(Nanoseconds now);
    [[nodiscard]] Bytes chunk_size(Bytes size) const;
    [[nodiscard]] Bytes heap_end() const { return static_cast<Bytes>(pages_.size()) * kPage; }
    void extend(Bytes size);
    void trim();
    void unmap(const PageRange& pages);
    void remap(Mapping& mapping, Bytes room);

    AddressSpace* space_;
    bool mimalloc_;
    Block next_ = 0;
    std::map<Block, Mapping> mappings_;
    Chunks chunks_;                    ///< of the heap below its top, ascending
    std::vector<std::int64_t> pages_;  ///< of the heap, in the address space
    Bytes top_ = 0;                    ///< where the heap's last chunk ends
    Bytes mmap_threshold_ = 128 << 10;
    Bytes trim_threshold_ = 128 << 10;
    Faults faults_;
    std::int64_t released_ = 0;
};

}  // namespace gilsim::memory
