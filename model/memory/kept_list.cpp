#include "model/memory/kept_list.hpp"

namespace gilsim::memory {

namespace {
constexpr Bytes kReference = 8;
constexpr Bytes kWorth = 64 << 10;  // smaller ones are among the small blocks of the heap
}  // namespace

Bytes KeptList::append(BigBlocks& blocks, std::int64_t count, Nanoseconds now) {
    const Bytes needed = used_ + count * kReference;
    Bytes copied = 0;
    while (room_ < needed) {
        const Bytes full = room_ / kReference;
        const Bytes before = std::exchange(room_, (full + 1 + ((full + 1) >> 3) + 6) / 4 * 4 * kReference);
        if (block_) {
            blocks.write(*block_, used_, before);
            used_ = before;
            copied += blocks.resize(*block_, room_, used_, now);
        } else if (room_ >= kWorth) {
            block_ = blocks.allocate(room_, BigBlocks::kMainArena, now);
            blocks.write(*block_, 0, before);
            copied += before;
            used_ = before;
        }
    }
    if (block_) blocks.write(*block_, used_, needed);
    used_ = needed;
    return copied;
}

void KeptList::read(BigBlocks& blocks) const {
    if (block_) blocks.read(*block_);
}

void KeptList::clear(BigBlocks& blocks, Nanoseconds now) {
    if (block_) blocks.free(*block_, now);
    *this = {};
}

}  // namespace gilsim::memory
