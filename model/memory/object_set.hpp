#pragma once
/// A set of like objects: what a program allocates, walks and drops together.

#include <deque>
#include <vector>

#include "model/memory/block_runs.hpp"

namespace gilsim::memory {

/// Where an object stands in the collector's lists. The incremental collector calls `middle` the old objects that this
/// cycle has yet to visit.
enum class Generation : std::uint8_t { young = 0, middle = 1, old = 2, permanent = 3 };

/// What a set's objects are like.
struct ObjectTraits {
    std::int64_t references = 0;  ///< from each object to others, that a collector has to follow
    bool tracked = false;         ///< by the cyclic collector
    bool cyclic = false;          ///< parts of cycles: when dropped, only the collector frees them
    bool immortal = false;        ///< reference counts are never written
    bool scattered = false;       ///< neighbours in the collector's lists are not neighbours in memory
    bool owns_buffers = false;    ///< a list, which has an array
    std::int64_t free_list = 0;   ///< so many of their kind wait for the next one when they are dropped
};

/// A value: fork copies it with the rest of the process.
class ObjectSet {
public:
    /// `blocks`: the sizes of an object's blocks, its own first (headers included), then what it owns.
    ObjectSet(const ObjectTraits& its_traits, const std::vector<Bytes>& blocks)
        : ObjectSet(its_traits, blocks, blocks, 0) {}
    /// Only those `apart` are blocks of their own; the others together take `packed` of malloc's heap.
    ObjectSet(const ObjectTraits& its_traits, const std::vector<Bytes>& blocks, const std::vector<Bytes>& apart,
              Bytes packed);

    /// Allocates objects, of what waits in the free list first; they are young.
    Faults allocate(Allocators& from, AddressSpace& space, int heap, std::int64_t count);
    /// The last references to the `count` oldest go: they are freed, or garbage if they are `cyclic`. Yields how many
    /// were freed.
    std::int64_t drop(Allocators& to, AddressSpace& space, std::int64_t count, Faults& faults);
    /// The last references to all but the permanent ones go, from a cycle that only the collector finds: they are
    /// garbage.
    void abandon();
    /// Writes the headers (reference counts, collector's links) of the objects [first, last), oldest first.
    Faults write_headers(const Allocators& of, AddressSpace& space, std::int64_t first, std::int64_t last) const {
        return layers_.front().write(of, space, first, last);
    }
    /// Writes all blocks but the objects' own: the values that they hold.
    Faults write_contents(const Allocators& of, AddressSpace& space) const;

    /// Writes to all that is packed.
    Faults write_packed(const Allocators& of, AddressSpace& space) const;

    /// Objects that exist, garbage included.
    [[nodiscard]] std::int64_t count() const { return count_; }
    /// Objects that only the collector can free.
    [[nodiscard]] std::int64_t garbage() const;
    [[nodiscard]] std::int64_t garbage(Generation of) const;
    /// Of an object with all that it owns.
    [[nodiscard]] Bytes object_bytes() const { return object_bytes_; }
    /// Which free list serves them.
    [[nodiscard]] FreeLists::Kind kind() const { return {layers_.front().size(), traits.owns_buffers}; }
    /// The blocks of all objects by size: their own, then what they own.
    [[nodiscard]] const std::vector<BlockRuns>& layers() const { return layers_; }
    /// Pools of `count` neighbours' blocks in one layer that do not lie behind the one before: those of the other
    /// layers lie between them.
    [[nodiscard]] std::int64_t pools_apart(const Allocators& of, const BlockRuns& layer, std::int64_t count) const;
    /// Of the places of its blocks.
    [[nodiscard]] Bytes room(const Allocators& of) const;
    [[nodiscard]] std::int64_t blocks() const { return blocks_; }
    /// Blocks per object that come from malloc.
    [[nodiscard]] std::int64_t big_blocks(const Allocators& of) const;

    // --- for the collector
    // --------------------------------------------------------------------------------------------

    /// Neighbours of one generation, all garbage or all alive.
    struct Run {
        std::int64_t count = 0;
        Generation generation = Generation::young;
        bool garbage = false;
    };
    /// All objects, oldest first.
    [[nodiscard]] const std::deque<Run>& runs() const { return runs_; }
    [[nodiscard]] std::int64_t count(Generation generation) const;
    /// Moves the `count` oldest objects of `from` to `to`.
    void move(Generation from, Generation to, std::int64_t count);
    /// Moves every object that is alive, unless it is permanent.
    void mark_alive(Generation to);
    /// Frees the garbage of a generation; yields how much it was.
    std::int64_t free_garbage(Generation of, Allocators& to, AddressSpace& space, Faults& faults);

    ObjectTraits traits;

private:
    Faults free(Allocators& to, AddressSpace& space, std::int64_t first, std::int64_t last);
    void tidy();

    std::vector<BlockRuns> layers_;
    bool packed_;  ///< the last layer is
    std::int64_t blocks_;
    Bytes object_bytes_;
    std::deque<Run> runs_;
    std::int64_t count_ = 0;
};

/// What somebody who goes through objects reads of memory, as far as the cache minds.
struct Read {
    std::int64_t in_order = 0;     ///< lines, where the prefetcher expects them
    std::int64_t pools_apart = 0;  ///< where it starts anew
    std::int64_t scattered = 0;    ///< lines of an aged heap
    Bytes bytes = 0;               ///< of the objects, with all that they own

    /// `objects` of a set: of each its own block, or all its blocks.
    void add(const Allocators& of, const ObjectSet& set, std::int64_t objects, bool all_blocks = false);
    /// What `objects` of a set refer to: their blocks but their own. In an aged heap whoever waits for the one has the
    /// others meanwhile.
    void add_referred(const Allocators& of, const ObjectSet& set, std::int64_t objects);
    /// All that they fill, one after the other.
    void add_whole(const Allocators& of, const ObjectSet& set, std::int64_t objects);
};

}  // namespace gilsim::memory
