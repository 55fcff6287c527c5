#include "model/memory/big_blocks.hpp"

#include <algorithm>

#include "model/memory/malloc_chunk.hpp"

namespace gilsim::memory {

namespace {

// malloc/malloc.c: FASTBIN_CONSOLIDATION_THRESHOLD, DEFAULT_TOP_PAD, DEFAULT_MMAP_THRESHOLD_MAX
constexpr Bytes kConsolidated = 64 << 10;
constexpr Bytes kTopPad = 128 << 10;
constexpr Bytes kMostThreshold = 32 << 20;
// malloc/arena.c: what lies at the beginning of an arena: heap_info, malloc_state, and the thread's tcache; what it
// begins with beside (new_heap gets top_pad).
constexpr Bytes kArenaHeader = 48 + 2200 + 656;
// mimalloc: MI_SEGMENT_SLICE_SIZE, mi_option_purge_delay
constexpr Bytes kSlice = 64 << 10;
constexpr Nanoseconds kPurgeDelay = 10 * kMillisecond;

}  // namespace

Bytes BigBlocks::chunk_size(Bytes size) const {
    return mimalloc_ ? round_up(size, kSlice) : malloc_chunk(size);
}

BigBlocks::BigBlocks(AddressSpace& space, bool mimalloc) : space_(&space), mimalloc_(mimalloc) {
    heaps_.push_back({.pad = kTopPad});
}

BigBlocks::Arena BigBlocks::arena_of(int thread) {
    const auto [own, first] = arenas_.try_emplace(thread, heaps_.size());
    if (first && !left_.empty()) {
        own->second = left_.back();
        left_.pop_back();
    } else if (first) {
        heaps_.emplace_back();
        if (!mimalloc_ && space_ != nullptr) {
            extend(heaps_.back(), kArenaHeader + kTopPad);
            heaps_.back().top = kArenaHeader;
        }
    }
    return own->second;
}

void BigBlocks::leave(int thread) {
    if (const auto own = arenas_.extract(thread)) left_.push_back(own.mapped());
}

BigBlocks::Block BigBlocks::allocate(Bytes size, Arena arena, Nanoseconds now) {
    const Block block = next_++;
    if (space_ == nullptr) return block;
    Heap& heap = heaps_[arena];
    if (mimalloc_) purge(heap, now);
    take(block, chunk_size(size), heap);
    return block;
}

// _int_malloc, sysmalloc.
void BigBlocks::take(Block block, Bytes size, Heap& heap) {
    auto& chunks = heap.chunks;
    auto best = chunks.end();
    for (auto it = chunks.begin(); it != chunks.end(); ++it)
        if (it->block == kFree && it->size >= size && (best == chunks.end() || it->size < best->size)) best = it;
    if (best != chunks.end()) {
        best->block = block;
        heap.cut(best, size);
        return;
    }
    if (mimalloc_) {
        extend(heap, size);
    } else if (heap.end() - heap.top < size + kSmallestChunk) {
        if (size >= mmap_threshold_) {
            const Bytes room = round_up(size + kChunkSizeField, kPage);
            mappings_[block] = {space_->map(room / kPage), room};
            return;
        }
        extend(heap, size + heap.pad + kSmallestChunk - (heap.end() - heap.top));
    }
    chunks.push_back({heap.top, size, block});
    heap.top += size;
}

void BigBlocks::extend(Heap& heap, Bytes size) {
    const PageRange more = space_->map(round_up(size, kPage) / kPage);
    for (std::int64_t page = more.first; page < more.end(); ++page) heap.pages.push_back(page);
}

BigBlocks::Chunks::iterator BigBlocks::Heap::find(Block block) {
    return std::find_if(chunks.begin(), chunks.end(), [block](const Chunk& chunk) { return chunk.block == block; });
}

BigBlocks::Heap* BigBlocks::heap_of(Block block) {
    for (Heap& heap : heaps_)
        if (heap.find(block) != heap.chunks.end()) return &heap;
    return nullptr;
}

BigBlocks::Chunks::iterator BigBlocks::Heap::cut(Chunks::iterator chunk, Bytes size) {
    const Bytes rest = chunk->size - size;
    if (rest < kSmallestChunk) return chunks.end();
    chunk->size = size;
    return chunks.insert(std::next(chunk), {chunk->begin + size, rest, kFree, chunk->freed});
}

// __libc_realloc, _int_realloc.
Bytes BigBlocks::resize(Block block, Bytes size, Bytes used, Nanoseconds now) {
    if (space_ == nullptr) return 0;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end()) {
        remap(mapped->second, round_up(chunk_size(size) + kChunkSizeField, kPage));
        return 0;
    }
    Heap* const heap = heap_of(block);
    if (heap == nullptr) return 0;
    auto& chunks = heap->chunks;
    const auto chunk = heap->find(block);
    const Bytes wanted = chunk_size(size);
    const auto next = std::next(chunk);
    if (mimalloc_) {  // _mi_heap_realloc_zero: stays if it fits and wastes less than half
        if (size <= chunk->size && size >= chunk->size / 2) return 0;
    } else if (wanted <= chunk->size) {
        if (const auto rest = heap->cut(chunk, wanted); rest != chunks.end()) release(*heap, rest, now);
        return 0;
    } else if (next == chunks.end()) {
        if (heap->end() - chunk->begin >= wanted + kSmallestChunk) {
            chunk->size = wanted;
            heap->top = chunk->begin + wanted;
            return 0;
        }
    } else if (next->block == kFree && chunk->size + next->size >= wanted) {
        chunk->size += next->size;
        heap->cut(std::prev(chunks.erase(next)), wanted);
        return 0;
    }
    const Block moved = allocate(size, static_cast<Arena>(heap - heaps_.data()), now);
    write(moved, 0, used);
    free(block, now);
    if (auto mapped = mappings_.extract(moved)) {
        mappings_[block] = mapped.mapped();
    } else {
        heap->find(moved)->block = block;
    }
    return used;
}

// mremap: nothing is copied.
void BigBlocks::remap(Mapping& mapping, Bytes room) {
    const std::int64_t pages = room / kPage;
    if (pages <= mapping.pages.count) {
        unmap({mapping.pages.first + pages, mapping.pages.count - pages});
        mapping.pages.count = pages;
    } else {
        mapping.pages = space_->move(mapping.pages, pages, faults_);
    }
    mapping.room = room;
}

void BigBlocks::free(Block block, Nanoseconds now) {
    if (space_ == nullptr) return;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end()) {
        const Mapping own = mapped->second;
        mappings_.erase(mapped);
        unmap(own.pages);
        if (own.room > mmap_threshold_ && own.room <= kMostThreshold) {
            mmap_threshold_ = own.room;
            trim_threshold_ = 2 * own.room;
        }
        return;
    }
    if (Heap* const heap = heap_of(block)) release(*heap, heap->find(block), now);
}

// _int_free: neighbouring holes become one; what lies at the top belongs to it.
void BigBlocks::release(Heap& heap, Chunks::iterator chunk, Nanoseconds now) {
    auto& chunks = heap.chunks;
    chunk->block = kFree;
    if (const auto next = std::next(chunk); next != chunks.end() && next->block == kFree) {
        chunk->size += next->size;
        chunk = std::prev(chunks.erase(next));
    }
    if (chunk != chunks.begin() && std::prev(chunk)->block == kFree) {
        const auto before = std::prev(chunk);
        before->size += chunk->size;
        chunk = std::prev(chunks.erase(chunk));
    }
    if (mimalloc_) {
        chunk->freed = now;
        return;
    }
    Bytes size = chunk->size;
    if (std::next(chunk) == chunks.end()) {
        heap.top = chunk->begin;
        chunks.pop_back();
        size = heap.end() - heap.top;
    }
    if (size >= kConsolidated) trim(heap);
}

// mi_segment_try_purge: the pages stay, their frames go.
void BigBlocks::purge(Heap& heap, Nanoseconds now) {
    for (Chunk& chunk : heap.chunks) {
        if (chunk.block != kFree || chunk.freed == kNever || chunk.freed + kPurgeDelay > now) continue;
        const std::int64_t resident = space_->resident();
        for (Bytes at = chunk.begin; at < chunk.begin + chunk.size; at += kPage) {
            auto& page = heap.pages[static_cast<std::size_t>(at / kPage)];
            space_->unmap({page, 1});
            page = space_->map(1).first;
        }
        released_.add(resident - space_->resident());
        chunk.freed = kNever;
    }
}

// systrim, heap_trim.
void BigBlocks::trim(Heap& heap) {
    const Bytes top = heap.end() - heap.top;
    if (top < trim_threshold_) return;
    const std::int64_t extra = (top - kSmallestChunk - 1 - kTopPad) / kPage;
    const std::int64_t resident = space_->resident();
    for (std::int64_t i = 0; i < extra; ++i) {
        space_->unmap({heap.pages.back(), 1});
        heap.pages.pop_back();
    }
    released_.add(resident - space_->resident());
}

void BigBlocks::unmap(const PageRange& pages) {
    if (pages.count <= 0) return;
    const std::int64_t resident = space_->resident();
    space_->unmap(pages);
    released_.add(resident - space_->resident());
}

// Pages of a heap are never moved.
void BigBlocks::read(Block block) {
    if (space_ == nullptr) return;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end())
        faults_ += space_->read(mapped->second.pages);
}

void BigBlocks::write(Block block, Bytes from, Bytes to) {
    if (space_ == nullptr || from >= to) return;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end()) {
        const std::int64_t first = from / kPage;
        faults_ += space_->write({mapped->second.pages.first + first, (to - 1) / kPage - first + 1});
        return;
    }
    Heap* const heap = heap_of(block);
    if (heap == nullptr) return;
    const Bytes begin = heap->find(block)->begin;
    for (std::int64_t page = (begin + from) / kPage; page <= (begin + to - 1) / kPage; ++page)
        faults_ += space_->write({heap->pages[static_cast<std::size_t>(page)], 1});
}

void BigBlocks::take_small(Bytes size) {
    if (space_ == nullptr || size == 0) return;
    small_ += malloc_chunk(size);
    const std::int64_t more = pages_of(small_) - small_pages_;
    if (more <= 0) return;
    faults_ += space_->write(space_->map(more));
    small_pages_ += more;
}

void BigBlocks::free_small(Bytes size) {
    if (size > 0) small_ -= malloc_chunk(size);
}

std::shared_ptr<BigBlocks> BigBlocks::fork(AddressSpace& child) const {
    auto copy = std::make_shared<BigBlocks>(*this);
    copy->space_ = &child;
    copy->left_.clear();  // __malloc_fork_unlock_child: nobody has one any more
    for (Arena arena = kMainArena + 1; arena < heaps_.size(); ++arena) copy->left_.push_back(arena);
    copy->arenas_.clear();
    return copy;
}

}  // namespace gilsim::memory
