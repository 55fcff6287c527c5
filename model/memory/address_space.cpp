#include "model/memory/address_space.hpp"

#include <algorithm>
#include <utility>

namespace gilsim::memory {

Faults& Faults::operator+=(const Faults& other) {
    first_touch += other.first_touch;
    huge += other.huge;
    copied += other.copied;
    cold += other.cold;
    reused += other.reused;
    replaced += other.replaced;
    moved += other.moved;
    found += other.found;
    inherited += other.inherited;
    return *this;
}

void Released::add(std::int64_t at_once) {
    constexpr std::int64_t kSingly = 33;
    pages += at_once;
    if (at_once <= kSingly)
        flushed += at_once;
    else
        ++flushes;
}

AddressSpace::AddressSpace(PhysicalMemory& memory, int id, bool huge_pages)
    : memory_(memory), id_(id), huge_pages_(huge_pages) {}

AddressSpace::~AddressSpace() {
    release();
}

PageRange AddressSpace::map(std::int64_t pages) {
    const auto gap = std::find_if(gaps_.begin(), gaps_.end(), [&](const PageRange& g) { return g.count >= pages; });
    PageRange range{static_cast<std::int64_t>(entries_.size()), pages};
    if (gap != gaps_.end()) {
        range.first = gap->first;
        gap->first += pages;
        gap->count -= pages;
        if (gap->count == 0) gaps_.erase(gap);
    } else {
        entries_.resize(static_cast<std::size_t>(range.end()), kUnmapped);
    }
    for (std::int64_t page = range.first; page < range.end(); ++page) at(page) = kAbsent;
    return range;
}

void AddressSpace::unmap(const PageRange& range) {
    if (range.count == 0) return;
    for (std::int64_t page = range.first; page < range.end(); ++page) {
        drop_page(page);
        at(page) = kUnmapped;
    }
    auto next = std::find_if(gaps_.begin(), gaps_.end(), [&](const PageRange& g) { return g.first > range.first; });
    auto here = gaps_.insert(next, range);
    if (next = std::next(here); next != gaps_.end() && next->first == here->end()) {
        here->count += next->count;
        here = std::prev(gaps_.erase(next));
    }
    if (here != gaps_.begin() && std::prev(here)->end() == here->first) {
        std::prev(here)->count += here->count;
        gaps_.erase(here);
    }
}

PageRange AddressSpace::move(const PageRange& range, std::int64_t pages, Faults& faults) {
    std::vector<Entry> entries;
    for (std::int64_t page = range.first; page < range.end(); ++page) {
        split_huge(page);
        entries.push_back(std::exchange(at(page), kAbsent));
    }
    unmap(range);
    const PageRange elsewhere = map(pages);
    std::int64_t page = elsewhere.first;
    for (const Entry entry : entries) {
        at(page++) = entry < kFirstFrame ? entry : entry | kMoved;
        faults.moved += entry < kFirstFrame ? 0 : 1;
    }
    return elsewhere;
}

void AddressSpace::use(Entry& entry, Faults& faults) {
    if ((entry & kMoved) != 0) ++faults.found;
    if ((entry & kInherited) != 0) ++faults.inherited;
    entry &= ~(kMoved | kInherited);
}

Faults AddressSpace::read(const PageRange& range) {
    Faults faults;
    for (std::int64_t page = range.first; page < range.end(); ++page) use(at(page), faults);
    return faults;
}

Faults AddressSpace::write(const PageRange& range) {
    Faults faults;
    for (std::int64_t page = range.first; page < range.end(); ++page) write_page(page, faults);
    return faults;
}

Faults AddressSpace::update(const PageRange& range) {
    Faults faults;
    for (std::int64_t page = range.first; page < range.end(); ++page) {
        use(at(page), faults);
        write_page(page, faults);
    }
    return faults;
}

void AddressSpace::write_page(std::int64_t page, Faults& faults) {
    Entry& entry = at(page);
    const bool used = (entry & kInherited) == 0;
    entry &= ~kInherited;  // by a fault of the guest's, after which its host knows the page
    use(entry, faults);
    if ((entry & kWritable) != 0) return;
    if (entry == kAbsent) {
        if (huge_pages_ && fill_huge(page)) {
            ++faults.huge;
            return;
        }
        faults.cold += memory_.next_is_warm() ? 0 : 1;
        entry = (memory_.take(id_) + kFirstFrame) | kWritable;
        ++resident_;
        ++faults.first_touch;
        return;
    }
    split_huge(page);
    --protected_;
    const Frame frame = frame_of(entry);
    if (memory_.shared(frame)) {
        memory_.drop(frame, id_);
        faults.cold += memory_.next_is_warm() ? 0 : 1;
        entry = memory_.take(id_) + kFirstFrame;
        ++faults.copied;
        if (used) ++faults.replaced;
    } else {
        ++faults.reused;
    }
    entry |= kWritable;
}

bool AddressSpace::fill_huge(std::int64_t page) {
    const std::int64_t first = page / kHuge * kHuge;
    if (first + kHuge > static_cast<std::int64_t>(entries_.size())) return false;
    for (std::int64_t p = first; p < first + kHuge; ++p)
        if (at(p) != kAbsent) return false;
    for (std::int64_t p = first; p < first + kHuge; ++p) at(p) = (memory_.take(id_) + kFirstFrame) | kWritable;
    resident_ += kHuge;
    ++huge_blocks_;
    huge_.resize(std::max(huge_.size(), static_cast<std::size_t>(page / kHuge) + 1));
    huge_[static_cast<std::size_t>(page / kHuge)] = true;
    return true;
}

// A write to a shared huge page, or an unmapping of a part of it, breaks it up; only the page written is copied (Linux
// 5.8: mm/huge_memory.c, do_huge_pmd_wp_page).
void AddressSpace::split_huge(std::int64_t page) {
    const auto block = static_cast<std::size_t>(page / kHuge);
    if (block >= huge_.size() || !huge_[block]) return;
    huge_[block] = false;
    --huge_blocks_;
}

void AddressSpace::drop_page(std::int64_t page) {
    Entry& entry = at(page);
    if (entry < kFirstFrame) return;
    split_huge(page);
    if ((entry & kWritable) == 0) --protected_;
    memory_.drop(frame_of(entry), id_);
    --resident_;
    entry = kAbsent;
}

void AddressSpace::fork_into(AddressSpace& child) {
    for (Entry& entry : entries_) {
        if (entry < kFirstFrame) continue;
        entry &= ~kWritable;
        memory_.share(frame_of(entry), child.id_);
    }
    protected_ = resident_;
    child.entries_ = entries_;
    for (Entry& entry : child.entries_)
        if (entry >= kFirstFrame) entry |= kInherited;
    child.huge_ = huge_;
    child.gaps_ = gaps_;
    child.resident_ = child.protected_ = resident_;
    child.huge_blocks_ = huge_blocks_;
}

void AddressSpace::release() {
    for (const Entry entry : entries_)
        if (entry >= kFirstFrame) memory_.drop(frame_of(entry), id_);
    entries_.clear();
    huge_.clear();
    gaps_.clear();
    resident_ = protected_ = huge_blocks_ = 0;
}

}  // namespace gilsim::memory
