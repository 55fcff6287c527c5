#pragma once
/// A process's page table: which page has which frame, and which may be written without asking the kernel. Anonymous
/// private memory only (heap, mmap): what a Python process forks and writes.

#include <cstdint>
#include <vector>

#include "model/memory/physical_memory.hpp"

namespace gilsim::memory {

/// Neighbouring pages.
struct PageRange {
    std::int64_t first = 0;
    std::int64_t count = 0;
    [[nodiscard]] std::int64_t end() const { return first + count; }
    bool operator==(const PageRange&) const = default;
};

/// What the kernel and its host had to do for the pages of a process, in numbers of faults and of pages.
struct Faults {
    std::int64_t first_touch = 0;  ///< a page got its zeroed frame (mm/memory.c, do_anonymous_page)
    std::int64_t huge = 0;         ///< 512 pages at once got theirs (do_huge_pmd_anonymous_page)
    std::int64_t copied = 0;       ///< a shared frame was copied (do_wp_page, wp_page_copy)
    std::int64_t cold = 0;         ///< of these and of those that got a zeroed one: the frame was not in the cache
    std::int64_t reused = 0;       ///< nobody else maps the frame any more: made writable again (wp_page_reuse)
    std::int64_t replaced = 0;     ///< of those copied: the process had used the shared frame, which others may know
    std::int64_t moved = 0;        ///< pages that went elsewhere (mm/mremap.c, move_page_tables): no fault
    std::int64_t found = 0;        ///< of those, used for the first time since: no fault of the guest's, but its host's
    std::int64_t inherited = 0;    ///< pages from a parent, used for the first time, and not by writing: likewise
    Faults& operator+=(const Faults& other);
    /// Page faults, as the kernel counts them.
    [[nodiscard]] std::int64_t total() const { return first_touch + huge + copied + reused; }
};

/// Pages given back to the kernel, and translations that the core must forget for it: each by itself, of up to 33 pages
/// at once, or else all that it knows (Linux arch/x86/mm/tlb.c, tlb_single_page_flush_ceiling).
struct Released {
    std::int64_t pages = 0;
    std::int64_t flushed = 0;  ///< of these, each by itself
    std::int64_t flushes = 0;  ///< of all translations
    /// So many at once.
    void add(std::int64_t at_once);
};

class AddressSpace {
public:
    /// `id`: of the process. `huge_pages`: transparent huge pages wherever 512 aligned pages are mapped and untouched.
    AddressSpace(PhysicalMemory& memory, int id, bool huge_pages);
    ~AddressSpace();
    AddressSpace(const AddressSpace&) = delete;
    AddressSpace& operator=(const AddressSpace&) = delete;

    /// mmap: pages without frames, at the lowest place where they fit.
    PageRange map(std::int64_t pages);
    /// munmap.
    void unmap(const PageRange& range);
    /// mremap: to a place where so many pages fit. Frames go with them.
    PageRange move(const PageRange& range, std::int64_t pages, Faults& faults);
    /// Every page of the range is read. All have frames.
    Faults read(const PageRange& range);
    /// Every page of the range is written to.
    Faults write(const PageRange& range);
    /// Every page of the range is read and then written to, as objects and their reference counts are.
    Faults update(const PageRange& range);
    /// fork: the child, which has no pages yet, maps every frame of ours; neither may write them unasked any more.
    void fork_into(AddressSpace& child);
    /// exit: gives every frame back.
    void release();

    /// Pages with frames: the anonymous part of RSS.
    [[nodiscard]] std::int64_t resident() const { return resident_; }
    /// Pages that nobody else maps: the anonymous part of USS.
    [[nodiscard]] std::int64_t unique() const { return memory_.unique(id_); }
    /// Entries of the page table that fork has to copy; a huge page is one.
    [[nodiscard]] std::int64_t table_entries() const { return resident_ - huge_blocks_ * (kHuge - 1); }
    /// No page is write-protected: no write of a resident page can fault.
    [[nodiscard]] bool all_writable() const { return protected_ == 0; }
    [[nodiscard]] int id() const { return id_; }

private:
    using Entry = std::uint32_t;
    static constexpr Entry kUnmapped = 0;
    static constexpr Entry kAbsent = 1;
    static constexpr Entry kFirstFrame = 2;
    static constexpr Entry kWritable = 1U << 31U;
    static constexpr Entry kMoved = 1U << 30U;  ///< and not used since
    static constexpr Entry kInherited = 1U << 29U;  ///< from the parent, and not used since
    static constexpr Entry kFlags = kWritable | kMoved | kInherited;
    static constexpr std::int64_t kHuge = 512;  ///< pages of a huge page on x86-64 and arm64: 2 MiB

    [[nodiscard]] static Frame frame_of(Entry entry) { return (entry & ~kFlags) - kFirstFrame; }
    [[nodiscard]] Entry& at(std::int64_t page) { return entries_[static_cast<std::size_t>(page)]; }
    static void use(Entry& entry, Faults& faults);
    void write_page(std::int64_t page, Faults& faults);
    bool fill_huge(std::int64_t page);
    void split_huge(std::int64_t page);
    void drop_page(std::int64_t page);

    PhysicalMemory& memory_;
    int id_;
    bool huge_pages_;
    std::vector<Entry> entries_;
    std::vector<bool> huge_;         ///< by block of 512 pages: mapped by one entry
    std::vector<PageRange> gaps_;    ///< unmapped pages below the end, ascending, never adjacent
    std::int64_t resident_ = 0;
    std::int64_t protected_ = 0;
    std::int64_t huge_blocks_ = 0;
};

}  // namespace gilsim::memory
