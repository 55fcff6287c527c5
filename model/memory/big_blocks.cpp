#include "model/memory/big_blocks.hpp"

#include <algorithm>

namespace gilsim::memory {

namespace {

// malloc/malloc.c: MALLOC_ALIGNMENT, MINSIZE, FASTBIN_CONSOLIDATION_THRESHOLD, DEFAULT_TOP_PAD,
// DEFAULT_MMAP_THRESHOLD_MAX
constexpr Bytes kAlignment = 16;
constexpr Bytes kSmallest = 32;
constexpr Bytes kConsolidated = 64 << 10;
constexpr Bytes kTopPad = 128 << 10;
constexpr Bytes kMostThreshold = 32 << 20;
// mimalloc: MI_SEGMENT_SLICE_SIZE, mi_option_purge_delay
constexpr Bytes kSlice = 64 << 10;
constexpr Nanoseconds kPurgeDelay = 10 * kMillisecond;

Bytes rounded(Bytes size, Bytes unit) {
    return (size + unit - 1) / unit * unit;
}

}  // namespace

// request2size: a block with the size that stands before it.
Bytes BigBlocks::chunk_size(Bytes size) const {
    return mimalloc_ ? rounded(size, kSlice) : std::max(kSmallest, rounded(size + 8, kAlignment));
}

BigBlocks::Block BigBlocks::allocate(Bytes size, Nanoseconds now) {
    const Block block = next_++;
    if (space_ == nullptr) return block;
    if (mimalloc_) purge(now);
    take(block, chunk_size(size));
    return block;
}

// _int_malloc, sysmalloc.
void BigBlocks::take(Block block, Bytes size) {
    auto best = chunks_.end();
    for (auto it = chunks_.begin(); it != chunks_.end(); ++it)
        if (it->block == kFree && it->size >= size && (best == chunks_.end() || it->size < best->size)) best = it;
    if (best != chunks_.end()) {
        best->block = block;
        cut(best, size);
        return;
    }
    if (mimalloc_) {
        extend(size);
    } else if (heap_end() - top_ < size + kSmallest) {
        if (size >= mmap_threshold_) {
            const Bytes room = rounded(size + 8, kPage);
            mappings_[block] = {space_->map(room / kPage), room};
            return;
        }
        extend(size + kTopPad + kSmallest - (heap_end() - top_));
    }
    chunks_.push_back({top_, size, block});
    top_ += size;
}

void BigBlocks::extend(Bytes size) {
    const PageRange more = space_->map(rounded(size, kPage) / kPage);
    for (std::int64_t page = more.first; page < more.end(); ++page) pages_.push_back(page);
}

BigBlocks::Chunks::iterator BigBlocks::chunk_of(Block block) {
    return std::find_if(chunks_.begin(), chunks_.end(), [block](const Chunk& chunk) { return chunk.block == block; });
}

BigBlocks::Chunks::iterator BigBlocks::cut(Chunks::iterator chunk, Bytes size) {
    const Bytes rest = chunk->size - size;
    if (rest < kSmallest) return chunks_.end();
    chunk->size = size;
    return chunks_.insert(std::next(chunk), {chunk->begin + size, rest, kFree, chunk->freed});
}

// __libc_realloc, _int_realloc.
Bytes BigBlocks::resize(Block block, Bytes size, Bytes used, Nanoseconds now) {
    if (space_ == nullptr) return 0;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end()) {
        remap(mapped->second, rounded(chunk_size(size) + 8, kPage));
        return 0;
    }
    const auto chunk = chunk_of(block);
    if (chunk != chunks_.end()) {
        const Bytes wanted = chunk_size(size);
        const auto next = std::next(chunk);
        if (mimalloc_) {  // _mi_heap_realloc_zero: stays if it fits and wastes less than half
            if (size <= chunk->size && size >= chunk->size / 2) return 0;
        } else if (wanted <= chunk->size) {
            if (const auto rest = cut(chunk, wanted); rest != chunks_.end()) release(rest, now);
            return 0;
        } else if (next == chunks_.end()) {
            if (heap_end() - chunk->begin >= wanted + kSmallest) {
                chunk->size = wanted;
                top_ = chunk->begin + wanted;
                return 0;
            }
        } else if (next->block == kFree && chunk->size + next->size >= wanted) {
            chunk->size += next->size;
            cut(std::prev(chunks_.erase(next)), wanted);
            return 0;
        }
    }
    const Block moved = allocate(size, now);
    write(moved, 0, used);
    free(block, now);
    if (auto mapped = mappings_.extract(moved)) {
        mappings_[block] = mapped.mapped();
    } else {
        chunk_of(moved)->block = block;
    }
    return used;
}

// mremap: the frames stay, nothing is copied.
void BigBlocks::remap(Mapping& mapping, Bytes room) {
    const std::int64_t pages = room / kPage;
    if (pages <= mapping.pages.count) {
        unmap({mapping.pages.first + pages, mapping.pages.count - pages});
        mapping.pages.count = pages;
    } else {
        const std::int64_t elsewhere = space_->resident();
        space_->unmap(mapping.pages);
        const std::int64_t frames = elsewhere - space_->resident();
        mapping.pages = space_->map(pages);
        space_->write({mapping.pages.first, frames});
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
    if (const auto chunk = chunk_of(block); chunk != chunks_.end()) release(chunk, now);
}

// _int_free: neighbouring holes become one; what lies at the top belongs to it.
void BigBlocks::release(Chunks::iterator chunk, Nanoseconds now) {
    chunk->block = kFree;
    if (const auto next = std::next(chunk); next != chunks_.end() && next->block == kFree) {
        chunk->size += next->size;
        chunk = std::prev(chunks_.erase(next));
    }
    if (chunk != chunks_.begin() && std::prev(chunk)->block == kFree) {
        const auto before = std::prev(chunk);
        before->size += chunk->size;
        chunk = std::prev(chunks_.erase(chunk));
    }
    if (mimalloc_) {
        chunk->freed = now;
        return;
    }
    Bytes size = chunk->size;
    if (std::next(chunk) == chunks_.end()) {
        top_ = chunk->begin;
        chunks_.pop_back();
        size = heap_end() - top_;
    }
    if (size >= kConsolidated) trim();
}

// mi_segment_try_purge: the pages stay, their frames go.
void BigBlocks::purge(Nanoseconds now) {
    for (Chunk& chunk : chunks_) {
        if (chunk.block != kFree || chunk.freed == kNever || chunk.freed + kPurgeDelay > now) continue;
        for (Bytes at = chunk.begin; at < chunk.begin + chunk.size; at += kPage) {
            auto& page = pages_[static_cast<std::size_t>(at / kPage)];
            unmap({page, 1});
            page = space_->map(1).first;
        }
        chunk.freed = kNever;
    }
}

// systrim.
void BigBlocks::trim() {
    const Bytes top = heap_end() - top_;
    if (top < trim_threshold_) return;
    const std::int64_t extra = (top - kSmallest - 1 - kTopPad) / kPage;
    for (std::int64_t i = 0; i < extra; ++i) {
        unmap({pages_.back(), 1});
        pages_.pop_back();
    }
}

void BigBlocks::unmap(const PageRange& pages) {
    if (pages.count <= 0) return;
    const std::int64_t resident = space_->resident();
    space_->unmap(pages);
    released_ += resident - space_->resident();
}

void BigBlocks::write(Block block, Bytes from, Bytes to) {
    if (space_ == nullptr || from >= to) return;
    if (const auto mapped = mappings_.find(block); mapped != mappings_.end()) {
        const std::int64_t first = from / kPage;
        faults_ += space_->write({mapped->second.pages.first + first, (to - 1) / kPage - first + 1});
        return;
    }
    const auto chunk = chunk_of(block);
    if (chunk == chunks_.end()) return;
    for (std::int64_t page = (chunk->begin + from) / kPage; page <= (chunk->begin + to - 1) / kPage; ++page)
        faults_ += space_->write({pages_[static_cast<std::size_t>(page)], 1});
}

std::shared_ptr<BigBlocks> BigBlocks::fork(AddressSpace& child) const {
    auto copy = std::make_shared<BigBlocks>(*this);
    copy->space_ = &child;
    return copy;
}

}  // namespace gilsim::memory
