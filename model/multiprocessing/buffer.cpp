#include "model/multiprocessing/buffer.hpp"

#include <algorithm>
#include <utility>

#include "model/memory/process_memory.hpp"
#include "model/multiprocessing/stream.hpp"

namespace gilsim::multiprocessing {

namespace {

constexpr Bytes kVector = 16;
constexpr Bytes kApart = 64 << 10;  // mimalloc: from here on a block has slices of its own
// Of the time of a copy, in eighths: memset() of 512 KiB in the cache takes 8.5 us, memcpy() 13.7 (glibc 2.36, Zen 3).
constexpr Nanoseconds kWriting = 5;
constexpr Bytes kPlaces = 4;  // of a message, assumed: the object and its pickle, here and there

}  // namespace

Buffer::Buffer(SimThread& thread, Bytes size, Bytes worth)
    : blocks_(thread.process.memory->big_blocks()),
      arena_(thread.is_main() ? memory::BigBlocks::kMainArena : blocks_->arena_of(thread.py.id())),
      machine_(thread.os.machine()),
      least_(blocks_->segregated() ? kApart : (arena_ == memory::BigBlocks::kMainArena ? kWorth : worth)),
      small_(size >= least_ ? 0 : size),
      big_(size >= least_) {
    if (big_)
        block_ = blocks_->allocate(size, arena_, machine_.now());
    else
        blocks_->take_small(small_);
}

Buffer::~Buffer() {
    if (big_)
        blocks_->free(block_, machine_.now());
    else
        blocks_->free_small(small_);
}

Co<> Buffer::fill(SimThread& thread, Bytes from, Bytes to) {
    if (big_) blocks_->write(block_, from, to);
    co_await thread.process.memory->settle(thread.py);
}

Co<> Buffer::resize(SimThread& thread, Bytes size, Bytes used) {
    Bytes copied = 0;
    if (big_) {
        copied = blocks_->resize(block_, size, used, machine_.now());
    } else if (size < least_) {
        blocks_->free_small(std::exchange(small_, size));
        blocks_->take_small(small_);
    } else {
        blocks_->free_small(std::exchange(small_, 0));
        block_ = blocks_->allocate(size, arena_, machine_.now());
        blocks_->write(block_, 0, used);
        copied = used;
        big_ = true;
    }
    if (!big_) co_return;
    co_await copy(thread, copied);
    co_await thread.process.memory->settle(thread.py);
}

bool Buffer::aliases(Bytes to, Bytes bytes) const {
    const Bytes further = to % memory::kPage;
    return big_ && bytes >= kApart && further > 0 && further < kVector && blocks_->alone(block_);
}

Co<> Appended::append(SimThread& thread, Bytes bytes, Bytes message) {
    const Bytes needed = have_ + bytes;
    if (needed > room_) {
        room_ = needed < room_ + room_ / 8 ? needed + needed / 8 + 6 : needed + 1;
        if (buffer_ == nullptr) {
            buffer_ = std::make_shared<Buffer>(thread, room_);
        } else {
            co_await buffer_->resize(thread, room_, have_);
        }
    }
    co_await copy(thread, bytes, message, buffer_->aliases(have_, bytes));
    co_await buffer_->fill(thread, have_, needed);
    have_ = needed;
}

Co<> copy(SimThread& thread, Bytes bytes, Bytes message, bool aliased) {
    const auto& spec = thread.os.machine().spec();
    const auto& ipc = spec.ipc;
    const bool beyond_cache = kPlaces * std::max(bytes, message) > spec.cache.size;
    const Nanoseconds lines = beyond_cache ? 2 * bytes / memory::kLine * spec.cache.streamed_line : 0;
    const Nanoseconds mib = aliased && bytes < ipc.aliased_below && ipc.copy_aliased >= 0 ? ipc.copy_aliased : ipc.copy;
    co_await thread.os.run(per_mib(mib, bytes) + lines, machine::Thread::State::native);
}

Co<> write(SimThread& thread, Bytes bytes) {
    const Nanoseconds time = per_mib(thread.os.machine().spec().ipc.copy, bytes) * kWriting / 8;
    co_await thread.os.run(time, machine::Thread::State::native);
}

}  // namespace gilsim::multiprocessing
