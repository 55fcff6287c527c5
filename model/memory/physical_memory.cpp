#include "model/memory/physical_memory.hpp"

#include <algorithm>

namespace gilsim::memory {

Frame PhysicalMemory::take(int space) {
    Frame frame = static_cast<Frame>(frames_.size());
    if (free_.empty()) {
        frames_.emplace_back();
    } else {
        frame = free_.back();
        free_.pop_back();
        warm_ = std::max<std::int64_t>(0, warm_ - 1);
    }
    frames_[frame] = {1, static_cast<std::uint32_t>(space)};
    count_unique(space, 1);
    peak_ = std::max(peak_, ++used_);
    return frame;
}

void PhysicalMemory::share(Frame frame, int space) {
    Use& use = frames_[frame];
    if (use.mappers == 1) count_unique(static_cast<int>(use.who), -1);
    ++use.mappers;
    use.who ^= static_cast<std::uint32_t>(space);
}

void PhysicalMemory::drop(Frame frame, int space) {
    Use& use = frames_[frame];
    use.who ^= static_cast<std::uint32_t>(space);
    --use.mappers;
    if (use.mappers == 1) count_unique(static_cast<int>(use.who), 1);
    if (use.mappers > 0) return;
    count_unique(space, -1);
    --used_;
    free_.push_back(frame);
    warm_ = std::min(most_warm_, warm_ + 1);
}

std::int64_t PhysicalMemory::take_for_file(std::int64_t frames) {
    files_ += frames;
    used_ += frames;
    peak_ = std::max(peak_, used_);
    const std::int64_t warm = std::min(warm_, frames);
    warm_ -= warm;
    return frames - warm;
}

void PhysicalMemory::count_unique(int space, std::int64_t change) {
    const auto i = static_cast<std::size_t>(space);
    if (i >= unique_.size()) unique_.resize(i + 1);
    unique_[i] += change;
}

}  // namespace gilsim::memory
