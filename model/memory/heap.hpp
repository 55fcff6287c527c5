#pragma once
/// What one process has in memory: its pages, its allocators and its objects, the interpreter's own among them.

#include <deque>
#include <vector>

#include "model/memory/object_set.hpp"
#include "model/scenario/spec.hpp"

namespace gilsim::memory {

class Heap {
public:
    /// Empty; `id`: of the process. `spec` must outlive it.
    Heap(PhysicalMemory& memory, int id, const scenario::MemorySpec& spec, bool huge_pages);

    /// The memory of a started interpreter.
    void start();
    /// The child's memory becomes a copy of ours, without a frame more. The child must be empty.
    void fork_into(Heap& child);

    /// Makes objects of the set `index` for the heap of a thread; the first time says what they are like.
    Faults allocate(std::size_t index, const scenario::Allocate& like, int thread, std::int64_t count);
    /// The set, or null if nothing has been allocated into it.
    [[nodiscard]] ObjectSet* set(std::size_t index);
    /// All sets; first the interpreter's own objects.
    [[nodiscard]] std::deque<ObjectSet>& sets() { return sets_; }
    /// The blocks of an object of this program on this interpreter: its own first.
    [[nodiscard]] std::vector<Bytes> blocks_of(const scenario::Allocate& like) const;
    /// Of such an object, how many wait in its free list.
    [[nodiscard]] std::int64_t waiting(const scenario::Allocate& like) const;
    /// What a full collection does beside visiting objects: what waits in free lists is freed; and PyInt_ClearFreeList
    /// and PyFloat_ClearFreeList of CPython 2.7 go through all blocks of numbers, which lie so close that every page of
    /// theirs is written.
    void clear_free_lists(std::int64_t& freed, Faults& faults);
    /// How many such objects about one arena holds.
    [[nodiscard]] std::int64_t per_arena(const scenario::Allocate& like) const;

    /// So many pages of the interpreter's own memory are written that have not been since the last fork; all, if there
    /// are fewer.
    Faults touch_own(std::int64_t pages);

    AddressSpace& space() { return space_; }
    [[nodiscard]] const AddressSpace& space() const { return space_; }
    Allocators& allocators() { return allocators_; }
    /// Pages of files in memory: part of RSS once the process has touched them.
    void map_shared(std::int64_t pages) { shared_ += pages; }
    [[nodiscard]] Bytes rss() const { return (space_.resident() + shared_) * kPage + spec_.start_shared; }
    [[nodiscard]] Bytes uss() const { return space_.unique() * kPage; }
    [[nodiscard]] std::int64_t objects() const;
    [[nodiscard]] std::int64_t objects(Generation generation) const;
    [[nodiscard]] std::int64_t arenas() const { return allocators_.pools.arenas(); }

private:
    /// How many such objects a free list keeps.
    [[nodiscard]] std::int64_t free_list_of(const scenario::Allocate& like) const;

    const scenario::MemorySpec& spec_;
    AddressSpace space_;
    Allocators allocators_;
    std::deque<ObjectSet> sets_;  ///< whoever waits may hold one while others come
    std::vector<int> place_;      ///< of each named set among `sets_`; -1: nowhere yet
    PageRange rest_;              ///< of the interpreter's memory, beside its objects
    std::int64_t touched_ = 0;    ///< of these, since the last fork
    std::int64_t shared_ = 0;     ///< pages; a forked child has to touch them again (mm/memory.c, vma_needs_copy)
};

}  // namespace gilsim::memory
