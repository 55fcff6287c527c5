/// The list in which a program keeps objects: how its array grows, and what that touches.

#include "model/memory/kept_list.hpp"

#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::memory;

TEST_CASE("kept list: list.append() makes room for an eighth more, in malloc's heap and then in a mapping of its own") {
    PhysicalMemory memory(1 << 30);
    AddressSpace space(memory, 0, false);
    BigBlocks blocks(space, false);
    KeptList list;

    CHECK(list.append(blocks, 1000, 0) == 0);  // 8 KB: nobody looks
    CHECK(blocks.take_faults().total() == 0);
    CHECK(list.append(blocks, 7000, 0) > 0);  // beyond 64 KiB: copied to where it is followed
    const std::int64_t in_heap = blocks.take_faults().total();
    CHECK(in_heap == 16);  // 64,000 bytes of it are written
    CHECK(list.append(blocks, 92000, 0) > 64000);
    // 800,000 bytes are written in all, and before that what the heap had room for (64 KiB and what it grows by, 128
    // KiB): 48 pages. realloc() moves the pages of a mapping.
    CHECK(blocks.take_faults().total() == 196 + 48 - in_heap);
    list.clear(blocks, 0);
    CHECK(blocks.take_released().pages >= 196);
    CHECK(list.append(blocks, 1000, 0) == 0);  // it begins anew
}

TEST_CASE("kept list: pages of its array that realloc() has moved are found anew when the references are followed") {
    PhysicalMemory memory(1 << 30);
    AddressSpace space(memory, 0, false);
    BigBlocks blocks(space, false);
    KeptList list;
    list.append(blocks, 88'988, 0);  // all the room that there is then: 174 pages
    list.read(blocks);
    blocks.take_faults();
    list.append(blocks, 1, 0);
    const Faults moved = blocks.take_faults();
    CHECK(moved.moved == 174);
    CHECK(moved.found == 1);  // the new one is written to the last of them
    CHECK(moved.total() == 0);
    CHECK(space.resident() == 174 + 33);  // and what malloc has kept of the heap in which it was at first
    list.read(blocks);
    CHECK(blocks.take_faults().found == 173);
    list.read(blocks);
    CHECK(blocks.take_faults().found == 0);
}
