#pragma once
/// Big blocks of memory that come and go, as messages between processes need them: which of their pages have frames
/// already, and which must be faulted in. glibc's malloc (malloc/malloc.c) to the byte: the nearest hole of the heap
/// that is big enough, its top, or a mapping of its own from a threshold on that rises with what is freed; a top above
/// twice the threshold is given back. Threads other than the main one have a heap each, an arena (malloc/arena.c).
/// mimalloc: slices of 64 KiB, each thread its own; the frames of freed ones stay for 10 ms (src/segment.c;
/// src/options.c, mi_option_purge_delay).

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "model/memory/address_space.hpp"

namespace gilsim::memory {

class BigBlocks {
public:
    using Block = int;
    using Arena = std::size_t;
    static constexpr Arena kMainArena = 0;  ///< of the main thread: where all the process's small blocks are, too

    BigBlocks(AddressSpace& space, bool mimalloc);

    /// The arena of a thread that is not the main one: its own; the first time, one whose thread has ended, or a new
    /// one (arena_get2; there are no more than eight for each core, which is not modelled).
    Arena arena_of(int thread);
    /// The thread has ended.
    void leave(int thread);

    Block allocate(Bytes size, Arena arena, Nanoseconds now);
    /// realloc, of which `used` bytes have been written. Returns how many of them had to be copied.
    Bytes resize(Block block, Bytes size, Bytes used, Nanoseconds now);
    void free(Block block, Nanoseconds now);
    /// All that has been written of the block is read.
    void read(Block block);
    /// Bytes `from` to `to` of the block are written.
    void write(Block block, Bytes from, Bytes to);

    /// One more block, or one less, of a size that is not followed. Such blocks fill pages one after the other, what
    /// was freed first; what counts is the most there is at a time.
    void take_small(Bytes size);
    void free_small(Bytes size);

    /// Whether a block begins where every big one does in its page: alone in a mapping, or in slices of mimalloc's.
    [[nodiscard]] bool alone(Block block) const { return mimalloc_ || mappings_.contains(block); }
    /// Whether small blocks have places of their own, apart from big ones (mimalloc).
    [[nodiscard]] bool segregated() const { return mimalloc_; }
    /// What the kernel had to do since the last call, in faults and in pages given back.
    Faults take_faults() { return std::exchange(faults_, {}); }
    Released take_released() { return std::exchange(released_, {}); }

    /// fork: the child, on its copy of the address space, has the same blocks.
    [[nodiscard]] std::shared_ptr<BigBlocks> fork(AddressSpace& child) const;
    /// The process has ended: whatever is freed later is gone already.
    void end() { space_ = nullptr; }

private:
    struct Chunk {  ///< of a heap
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
    struct Heap {
        Chunks chunks{};                    ///< below its top, ascending
        std::vector<std::int64_t> pages{};  ///< in the address space
        Bytes top = 0;                      ///< where its last chunk ends
        Bytes pad = 0;                      ///< what it grows by beyond what is needed

        [[nodiscard]] Bytes end() const { return static_cast<Bytes>(pages.size()) * kPage; }
        [[nodiscard]] Chunks::iterator find(Block block);
        /// Cuts off what a chunk has too much, as a hole.
        Chunks::iterator cut(Chunks::iterator chunk, Bytes size);
    };

    void take(Block block, Bytes size, Heap& heap);
    /// Where that block is; nullptr: it is gone, or a mapping.
    Heap* heap_of(Block block);
    void release(Heap& heap, Chunks::iterator chunk, Nanoseconds now);
    void purge(Heap& heap, Nanoseconds now);
    [[nodiscard]] Bytes chunk_size(Bytes size) const;
    void extend(Heap& heap, Bytes size);
    void trim(Heap& heap);
    void unmap(const PageRange& pages);
    void remap(Mapping& mapping, Bytes room);

    AddressSpace* space_;
    bool mimalloc_;
    Block next_ = 0;
    std::map<Block, Mapping> mappings_;
    std::vector<Heap> heaps_;
    std::map<int, Arena> arenas_;  ///< of the threads
    std::vector<Arena> left_;      ///< of threads that have ended
    /// What an interpreter's start leaves free, in pages that have frames. Measured: of 4 MiB in blocks of 600 bytes 1,
    /// 1, 13, 61 and 13 KiB (3.8.18, 3.10.13, 3.11.7, 3.12.1, 3.13.0, glibc 2.36); and when they were freed all pages
    /// stayed, for the next 4 MiB.
    static constexpr std::int64_t kLeftByStart = 3;
    Bytes small_ = 0;                          ///< in small blocks now
    std::int64_t small_pages_ = kLeftByStart;  ///< that they have had at most
    Bytes mmap_threshold_ = 128 << 10;
    Bytes trim_threshold_ = 128 << 10;
    Faults faults_;
    Released released_;
};

}  // namespace gilsim::memory
