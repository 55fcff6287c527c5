#pragma once
/// The machine's page frames, and who maps them. A process's unique set (USS) are the frames that it alone maps.

#include <cstdint>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::memory {

inline constexpr Bytes kPage = 4096;
inline constexpr Bytes kLine = 64;  ///< of a cache

/// Number of whole pages that hold `bytes`.
constexpr std::int64_t pages_of(Bytes bytes) {
    return (bytes + kPage - 1) / kPage;
}

using Frame = std::uint32_t;

class PhysicalMemory {
public:
    /// `size`: of main memory; `cache`: of the last-level cache.
    explicit PhysicalMemory(Bytes size, Bytes cache = 0) : capacity_(size / kPage), most_warm_(cache / kPage) {}

    /// A fresh frame, mapped by `space` alone: the one that was given back last (mm/page_alloc.c, free lists). More
    /// frames than there are may be taken: see `exhausted`.
    Frame take(int space);
    /// The next frame to be taken is still in the cache: whoever gave it back used it lately.
    [[nodiscard]] bool next_is_warm() const { return warm_ > 0; }
    /// `space` maps the frame, too.
    void share(Frame frame, int space);
    /// `space` maps the frame no longer; a frame that nobody maps is free.
    void drop(Frame frame, int space);

    /// Frames of a file in memory: in use until the end, part of no process's unique set. Yields how many of them were not
    /// in the cache.
    std::int64_t take_for_file(std::int64_t frames);
    /// How many more of them there may be: files get half of the memory (mm/shmem.c, shmem_default_max_blocks).
    [[nodiscard]] std::int64_t room_for_files() const { return capacity_ / 2 - files_; }

    [[nodiscard]] bool shared(Frame frame) const { return frames_[frame].mappers > 1; }
    /// Frames that `space` alone maps.
    [[nodiscard]] std::int64_t unique(int space) const {
        const auto i = static_cast<std::size_t>(space);
        return i < unique_.size() ? unique_[i] : 0;
    }
    [[nodiscard]] std::int64_t used() const { return used_; }
    [[nodiscard]] std::int64_t peak() const { return peak_; }
    /// More is in use than the machine has: somebody has to go (mm/oom_kill.c).
    [[nodiscard]] bool exhausted() const { return used_ > capacity_; }

private:
    struct Use {
        std::uint32_t mappers = 0;
        std::uint32_t who = 0;  ///< exclusive or of those who map it: the last one's number when only one is left
    };
    void count_unique(int space, std::int64_t change);

    std::int64_t capacity_;
    std::int64_t most_warm_;
    std::int64_t warm_ = 0;  ///< of those free: the last ones
    std::int64_t used_ = 0;
    std::int64_t peak_ = 0;
    std::int64_t files_ = 0;  ///< of those used
    std::vector<Use> frames_;
    std::vector<Frame> free_;
    std::vector<std::int64_t> unique_;  ///< by space
};

}  // namespace gilsim::memory
