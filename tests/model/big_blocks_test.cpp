/// Big blocks of malloc's, with page faults worked out by hand.

#include "model/memory/big_blocks.hpp"

#include <array>

#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::memory;

namespace {

constexpr std::int64_t kPages = kMiB / kPage;

struct Room {
    PhysicalMemory memory{1 << 30};
    AddressSpace space{memory, 0, false};
};

/// A block of 1 MiB, all of it written: how many page faults?
std::int64_t fill(BigBlocks& blocks, BigBlocks::Block block) {
    blocks.write(block, 0, kMiB);
    return blocks.take_faults().total();
}

}  // namespace

TEST_CASE("big blocks: the first is a mapping of its own, the next ones come from the heap") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto first = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    CHECK(fill(blocks, first) == kPages);
    blocks.free(first, 0);
    CHECK(blocks.take_released().pages == kPages);
    CHECK(room.space.resident() == 0);
    for (int i = 0; i < 3; ++i) {  // one at a time is less than what is given back
        const auto next = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
        CHECK(fill(blocks, next) == (i == 0 ? kPages : 0));
        blocks.free(next, 0);
        CHECK(blocks.take_released().pages == 0);
    }
}

TEST_CASE("big blocks: up to 33 pages that go at once are forgotten one by one, more all together") {
    Room room;
    const auto released = [&room](Bytes size) {
        BigBlocks blocks(room.space, false);
        const auto block = blocks.allocate(size, BigBlocks::kMainArena, 0);  // a mapping, with 16 bytes before it
        blocks.write(block, 0, size);
        blocks.free(block, 0);
        const Released all = blocks.take_released();
        return std::array{all.pages, all.flushed, all.flushes};
    };
    CHECK(released(33 * kPage - 16) == std::array<std::int64_t, 3>{33, 33, 0});
    CHECK(released(34 * kPage - 16) == std::array<std::int64_t, 3>{34, 0, 1});
    CHECK(released(kMiB) == std::array<std::int64_t, 3>{kPages, 0, 1});
}

TEST_CASE("big blocks: a top above twice the threshold is given back, a hole below a used block is not") {
    Room room;
    BigBlocks blocks(room.space, false);
    blocks.free(blocks.allocate(kMiB, BigBlocks::kMainArena, 0), 0);  // from now on: the heap
    const auto a = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    const auto b = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    const auto c = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    CHECK(fill(blocks, a) + fill(blocks, b) + fill(blocks, c) == 3 * kPages + 1);
    blocks.free(a, 0);
    blocks.free(b, 0);
    CHECK(blocks.take_released().pages == 0);
    const auto again = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    CHECK(fill(blocks, again) == 0);
    blocks.free(again, 0);
    blocks.free(c, 0);
    CHECK(blocks.take_released().pages > 2 * kPages);
}

TEST_CASE("big blocks: a mapping moves with its frames, a block at the top grows in place, others are copied") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto mapped = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    fill(blocks, mapped);
    CHECK(blocks.resize(mapped, 2 * kMiB, kMiB, 0) == 0);
    CHECK(fill(blocks, mapped) == 0);
    blocks.free(mapped, 0);
    const auto low = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    const auto top = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    fill(blocks, low);
    fill(blocks, top);
    CHECK(blocks.resize(top, kMiB + 65536, kMiB, 0) == 0);
    CHECK(blocks.take_faults().total() == 0);
    CHECK(blocks.resize(low, kMiB + 65536, kMiB, 0) == kMiB);
    CHECK(blocks.take_faults().total() > 0);
    CHECK(fill(blocks, low) == 0);
}

TEST_CASE("big blocks: a forked child copies what it writes") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto block = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    fill(blocks, block);
    AddressSpace other(room.memory, 1, false);
    room.space.fork_into(other);
    const auto child = blocks.fork(other);
    child->write(block, 0, kMiB);
    CHECK(child->take_faults().copied == kPages);
    child->free(block, 0);
    CHECK(other.resident() == 0);
    CHECK(room.space.resident() == kPages);
}

TEST_CASE("big blocks: mimalloc keeps the frames of freed blocks for 10 ms") {
    Room room;
    BigBlocks blocks(room.space, true);
    const auto first = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    CHECK(fill(blocks, first) == kPages);
    blocks.free(first, kMillisecond);
    const auto soon = blocks.allocate(kMiB, BigBlocks::kMainArena, 10 * kMillisecond);
    CHECK(fill(blocks, soon) == 0);
    blocks.free(soon, 10 * kMillisecond);
    const auto late = blocks.allocate(kMiB, BigBlocks::kMainArena, 20 * kMillisecond);
    CHECK(blocks.take_released().pages == kPages);
    CHECK(fill(blocks, late) == kPages);
}

TEST_CASE("big blocks: what is freed after the end of the process is gone already") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto block = blocks.allocate(kMiB, BigBlocks::kMainArena, 0);
    fill(blocks, block);
    blocks.end();
    room.space.release();
    blocks.free(block, 0);
    CHECK(blocks.take_released().pages == 0);
}

TEST_CASE("big blocks: a thread's arena grows by no more than it needs, and holds 128 KiB from the start") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto arena = blocks.arena_of(7);
    CHECK(arena != BigBlocks::kMainArena);
    CHECK(blocks.arena_of(7) == arena);
    constexpr Bytes kBlock = 100 << 10;
    const auto cycle = [&](BigBlocks::Arena of) {
        const auto first = blocks.allocate(kBlock, of, 0);
        const auto second = blocks.allocate(kBlock, of, 0);
        blocks.write(first, 0, kBlock);
        blocks.write(second, 0, kBlock);
        blocks.free(first, 0);
        blocks.free(second, 0);
        return blocks.take_faults().total();
    };
    const auto all = cycle(arena);
    CHECK(all >= 2 * kBlock / kPage);
    // The top of 200 KiB is above the threshold, and given back but for 128.
    CHECK(cycle(arena) == (2 * kBlock - (128 << 10)) / kPage);
    CHECK(cycle(BigBlocks::kMainArena) == 2 * kBlock / kPage + 1);
}

TEST_CASE("big blocks: the arena of a thread that has ended is taken up by the next one, in a forked child, too") {
    Room room;
    BigBlocks blocks(room.space, false);
    const auto first = blocks.arena_of(1);
    CHECK(blocks.arena_of(2) != first);
    blocks.leave(1);
    CHECK(blocks.arena_of(3) == first);
    AddressSpace other(room.memory, 1, false);
    room.space.fork_into(other);
    const auto child = blocks.fork(other);
    CHECK(child->arena_of(9) != BigBlocks::kMainArena);
    CHECK(child->arena_of(9) <= 2);
}

TEST_CASE("big blocks: of small ones the most that there is at a time counts, but for what the start has left") {
    Room room;
    BigBlocks blocks(room.space, false);
    for (int i = 0; i < 100; ++i) blocks.take_small(1000);
    CHECK(blocks.take_faults().first_touch == 25 - 3);
    for (int i = 0; i < 50; ++i) blocks.free_small(1000);
    for (int i = 0; i < 50; ++i) blocks.take_small(1000);
    CHECK(blocks.take_faults().total() == 0);
    for (int i = 0; i < 100; ++i) blocks.take_small(1000);
    CHECK(blocks.take_faults().first_touch == 50 - 25);  // 1008 bytes each
}
