#include "model/memory/heap.hpp"

#include <algorithm>
#include <numeric>

#include "model/memory/malloc_chunk.hpp"

namespace gilsim::memory {

namespace {

PoolLayout layout_of(const scenario::MemorySpec& spec) {
    PoolLayout layout;
    layout.arena = spec.arena;
    layout.pool = spec.pool;
    if (spec.allocator == scenario::AllocatorKind::mimalloc) {
        layout.header = 0;              // the segment's first slice describes all its pages
        layout.returns_arenas = false;  // freed pages stay with the process for later use
    }
    return layout;
}

// CPython 2.7, Objects/intobject.c and floatobject.c: 41 numbers of 24 bytes in a PyIntBlock of 1000.
constexpr Bytes kNumber = 24;
constexpr Bytes kNumberBlock = 1008;
constexpr Bytes kNumbers = 41;

/// How the blocks of an object are laid out where numbers lie in blocks of their own.
struct Layout {
    std::vector<Bytes> apart;  ///< from the allocator of objects
    Bytes packed = 0;          ///< of malloc's heap: PyMem_Malloc was malloc before 3.6
};

Layout layout_of(const scenario::Allocate& like, const std::vector<Bytes>& blocks) {
    Layout layout{{blocks.front()}, 0};
    for (const Bytes size : like.buffers) layout.packed += malloc_chunk(size);
    std::int64_t numbers = 0;
    for (const Bytes size : like.values) {
        if (size == kNumber)
            ++numbers;
        else
            layout.apart.push_back(size);
    }
    if (numbers == 0) return {blocks, 0};
    layout.packed += (numbers * kNumberBlock + kNumbers - 1) / kNumbers;
    return layout;
}

}  // namespace

Heap::Heap(PhysicalMemory& memory, int id, const scenario::MemorySpec& spec, bool huge_pages)
    : spec_(spec),
      space_(memory, id, huge_pages),
      allocators_{PoolAllocator(layout_of(spec)), {}, {}, spec.small_limit} {}

void Heap::start() {
    ObjectTraits traits;
    traits.tracked = true;
    ObjectSet own(traits, {spec_.start_object_size});
    own.allocate(allocators_, space_, 0, spec_.start_objects);
    own.move(Generation::young, Generation::old, own.count());
    sets_.push_back(std::move(own));
    if (spec_.start_room >= 0) allocators_.pools.leave_room(space_, spec_.start_room);
    rest_ = space_.map(std::max<std::int64_t>(0, pages_of(spec_.start_memory) - space_.resident()));
    space_.write(rest_);
}

void Heap::fork_into(Heap& child) {
    space_.fork_into(child.space_);
    child.allocators_ = allocators_;
    child.sets_ = sets_;
    child.place_ = place_;
    child.rest_ = rest_;
    // The child's first steps (PyOS_AfterFork_Child, its stack, module state) write here and there.
    child.touched_ = 0;
    child.touch_own(pages_of(spec_.fork_touched));
    touched_ = child.touched_;  // `fork` contains the parent's first steps, as `fork_child` does the child's
}

Faults Heap::touch_own(std::int64_t pages) {
    const PageRange touched{rest_.first + touched_, std::min(pages, rest_.count - touched_)};
    touched_ += touched.count;
    return space_.update(touched);
}

std::vector<Bytes> Heap::blocks_of(const scenario::Allocate& like) const {
    std::vector<Bytes> blocks{like.size + spec_.object_header + (like.tracked ? spec_.gc_header : 0)};
    blocks.insert(blocks.end(), like.buffers.begin(), like.buffers.end());
    for (const Bytes size : like.values) blocks.push_back(size + spec_.object_header);
    return blocks;
}

std::int64_t Heap::per_arena(const scenario::Allocate& like) const {
    const auto blocks = blocks_of(like);
    const Bytes all = std::accumulate(blocks.begin(), blocks.end(), Bytes{0});
    return std::max<std::int64_t>(1, std::min<Bytes>(spec_.arena, 1 << 20) / std::max<Bytes>(1, all));
}

std::int64_t Heap::free_list_of(const scenario::Allocate& like) const {
    const Bytes own = blocks_of(like).front();
    if (!like.tracked || own > spec_.small_limit) return 0;
    if (!like.buffers.empty()) return spec_.free_lists.lists;
    return like.size <= spec_.free_lists.tuple_size ? spec_.free_lists.tuples : 0;
}

std::int64_t Heap::waiting(const scenario::Allocate& like) const {
    if (free_list_of(like) == 0) return 0;
    return allocators_.free_lists.count({blocks_of(like).front(), !like.buffers.empty()});
}

Faults Heap::allocate(std::size_t index, const scenario::Allocate& like, int thread, std::int64_t count) {
    if (index >= place_.size()) place_.resize(index + 1, -1);
    if (place_[index] < 0) {
        ObjectTraits traits;
        traits.references = like.references >= 0 ? like.references : static_cast<std::int64_t>(like.values.size());
        traits.tracked = like.tracked;
        traits.cyclic = like.cyclic;
        traits.immortal = like.immortal && spec_.immortal_objects;
        traits.scattered = like.scattered;
        traits.owns_buffers = !like.buffers.empty();
        traits.free_list = free_list_of(like);
        place_[index] = static_cast<int>(sets_.size());
        const auto blocks = blocks_of(like);
        const Layout layout = spec_.number_blocks ? layout_of(like, blocks) : Layout{blocks, 0};
        sets_.emplace_back(traits, blocks, layout.apart, layout.packed);
    }
    const int heap = spec_.allocator == scenario::AllocatorKind::mimalloc ? thread : 0;
    return set(index)->allocate(allocators_, space_, heap, count);
}

ObjectSet* Heap::set(std::size_t index) {
    if (index >= place_.size() || place_[index] < 0) return nullptr;
    return &sets_[static_cast<std::size_t>(place_[index])];
}

void Heap::clear_free_lists(std::int64_t& freed, Faults& faults) {
    freed += allocators_.free_lists.clear(allocators_.pools, space_, faults);
    if (space_.all_writable()) return;
    for (const ObjectSet& set : sets_) faults += set.write_packed(allocators_, space_);
}

std::int64_t Heap::objects() const {
    std::int64_t sum = 0;
    for (const ObjectSet& set : sets_) sum += set.count();
    return sum;
}

std::int64_t Heap::objects(Generation generation) const {
    std::int64_t sum = 0;
    for (const ObjectSet& set : sets_) sum += set.traits.tracked ? set.count(generation) : 0;
    return sum;
}

}  // namespace gilsim::memory
