/// Pages, allocators and sets of objects, with figures worked out by hand.

#include "model/memory/heap.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::memory;

namespace {

/// An interpreter with the pools of CPython 3.11: 16 KiB, 48 bytes of header.
scenario::MemorySpec spec_3_11() {
    scenario::MemorySpec spec;
    spec.arena = kMiB;
    spec.pool = 16 << 10;
    spec.start_objects = 0;
    spec.start_memory = 0;
    spec.fork_touched = 0;
    return spec;
}

/// `[i]`: a list (40 bytes and the collector's header), its array, its number.
scenario::Allocate small_list() {
    scenario::Allocate like;
    like.size = 40;
    like.buffers = {8};
    like.values = {28};
    like.into = 0;
    return like;
}

}  // namespace

TEST_CASE("memory: the first write to a page takes a frame, unmapping gives it back") {
    PhysicalMemory memory(kMiB);
    AddressSpace space(memory, 0, false);
    const PageRange range = space.map(10);
    CHECK(space.resident() == 0);
    CHECK(space.write({range.first, 3}).first_touch == 3);
    CHECK(space.write(range).first_touch == 7);
    CHECK(space.write(range).total() == 0);
    CHECK(space.unique() == 10);
    CHECK(memory.used() == 10);
    CHECK_FALSE(memory.exhausted());
    const PageRange more = space.map(300);
    space.write(more);
    CHECK(memory.exhausted());  // 310 pages of 256
    space.unmap(more);
    CHECK(memory.used() == 10);
    CHECK(memory.peak() == 310);
    // Gaps are used again, the lowest that fits; neighbours join.
    space.unmap({range.first + 2, 3});
    space.unmap({range.first + 5, 2});
    CHECK(space.map(5) == PageRange{range.first + 2, 5});
}

TEST_CASE("memory: frames that were given back last are taken first, and are in the cache if that holds them") {
    PhysicalMemory memory(64 * kMiB, 100 * kPage);
    AddressSpace space(memory, 0, false);
    const PageRange range = space.map(150);
    CHECK(space.write(range).cold == 150);  // nobody had them before
    space.unmap(range);
    const PageRange again = space.map(150);
    CHECK(space.write({again.first, 80}).cold == 0);
    CHECK(space.write(again).cold == 50);
    // Copies take frames, too.
    AddressSpace child(memory, 1, false);
    space.fork_into(child);
    const Faults copies = child.write(again);
    CHECK(copies.copied == 150);
    CHECK(copies.cold == 150);
    child.release();
    AddressSpace next(memory, 2, false);
    space.fork_into(next);
    CHECK(next.write(again).cold == 50);
}

TEST_CASE("memory: after a fork the first who writes copies, the last one keeps the frame") {
    PhysicalMemory memory(64 * kMiB);
    AddressSpace parent(memory, 0, false);
    AddressSpace first(memory, 1, false);
    AddressSpace second(memory, 2, false);
    const PageRange range = parent.map(100);
    parent.write(range);
    CHECK(parent.all_writable());
    parent.fork_into(first);
    parent.fork_into(second);
    CHECK(memory.used() == 100);
    CHECK(parent.unique() == 0);
    CHECK(first.resident() == 100);

    CHECK(first.write({range.first, 10}).copied == 10);
    CHECK(memory.used() == 110);
    CHECK(first.unique() == 10);
    CHECK(parent.unique() == 0);  // still shared with the second child
    CHECK(second.write({range.first, 4}).copied == 4);
    CHECK(parent.unique() == 4);  // nobody else has them any more
    const Faults own = parent.write({range.first, 10});
    CHECK(own.reused == 4);
    CHECK(own.copied == 6);  // the second child still maps those: it gets them for itself
    CHECK(second.unique() == 10);
    first.release();
    second.release();
    CHECK(parent.unique() == 100);
    CHECK(memory.used() == 100);
    CHECK(parent.write(range).reused == 90);
    CHECK(parent.all_writable());
}

TEST_CASE("memory: a copy replaces what the process has used of what it shares") {
    PhysicalMemory memory(64 * kMiB);
    AddressSpace parent(memory, 0, false);
    AddressSpace child(memory, 1, false);
    const PageRange range = parent.map(10);
    parent.write(range);
    parent.fork_into(child);
    const Faults written = child.write({range.first, 3});
    CHECK(written.copied == 3);
    CHECK(written.replaced == 0);  // nobody has looked for them in the child yet
    CHECK(written.inherited == 0);
    const Faults updated = child.update({range.first + 3, 2});
    CHECK(updated.copied == 2);
    CHECK(updated.replaced == 2);
    CHECK(updated.inherited == 2);
    CHECK(updated.total() == 2);
    CHECK(child.read({range.first + 5, 2}).inherited == 2);
    CHECK(child.read({range.first + 5, 2}).inherited == 0);
    CHECK(child.write({range.first + 5, 2}).replaced == 2);
    const Faults own = parent.write(range);
    CHECK(own.reused == 7);
    CHECK(own.copied == 3);
    CHECK(own.replaced == 3);
    CHECK(own.inherited == 0);
}

TEST_CASE("memory: a huge page is one fault and one entry, and breaks up when it is copied") {
    PhysicalMemory memory(64 * kMiB);
    AddressSpace parent(memory, 0, true);
    AddressSpace child(memory, 1, true);
    const PageRange range = parent.map(1100);  // two blocks of 512 pages and 76 pages
    const Faults faults = parent.write(range);
    CHECK(faults.huge == 2);
    CHECK(faults.first_touch == 76);
    CHECK(parent.resident() == 1100);
    CHECK(parent.table_entries() == 78);
    parent.fork_into(child);
    CHECK(child.table_entries() == 78);
    CHECK(child.write({range.first, 1}).copied == 1);
    CHECK(child.table_entries() == 78 + 511);
    CHECK(child.unique() == 1);
}

TEST_CASE("memory: obmalloc fills pools with blocks of one size, and gives empty arenas back") {
    PhysicalMemory memory(64 * kMiB);
    AddressSpace space(memory, 0, false);
    PoolLayout layout;  // 1 MiB, 16 KiB
    PoolAllocator pools(layout);
    std::vector<BlockRun> runs;
    // A pool has (16384 - 48) / 64 = 255 blocks of 64 bytes: 1000 blocks need 4 pools, the last with 235.
    const Faults faults = pools.allocate(space, 0, 56, 1000, runs);
    REQUIRE(runs.size() == 4);
    CHECK(runs[0].count == 255);
    CHECK(runs[3].count == 235);
    CHECK(faults.first_touch == 16);
    CHECK(pools.arenas() == 1);
    // Another size has pools of its own: (16384 - 48) / 32 = 510.
    std::vector<BlockRun> others;
    pools.allocate(space, 0, 28, 10, others);
    CHECK(others[0].pool != runs[3].pool);
    // The same class goes on in the pool that is partly used.
    std::vector<BlockRun> more;
    pools.allocate(space, 0, 64, 21, more);
    REQUIRE(more.size() == 2);
    CHECK(more[0].pool == runs[3].pool);
    CHECK(more[0].first == 235);
    CHECK(more[0].count == 20);
    // 64 pools to an arena: 6 are in use; 59 more need a second arena.
    std::vector<BlockRun> many;
    pools.allocate(space, 0, 512, 59 * 31, many);  // (16384 - 48) / 512 = 31
    CHECK(pools.arenas() == 2);
    for (const BlockRun& run : many) pools.free(space, run);
    CHECK(pools.arenas() == 1);  // the second arena is empty, the first is not
    for (const auto* part : {&runs, &others, &more})
        for (const BlockRun& run : *part) pools.free(space, run);
    CHECK(pools.arenas() == 0);
    CHECK(space.resident() == 0);
}

TEST_CASE("memory: a freed block is the next one to be used") {
    PhysicalMemory memory(64 * kMiB);
    AddressSpace space(memory, 0, false);
    PoolAllocator pools(PoolLayout{});
    std::vector<BlockRun> runs;
    pools.allocate(space, 0, 16, 2000, runs);  // 1021 to a pool
    REQUIRE(runs.size() == 2);
    pools.free(space, {runs[0].pool, 100, 1});
    std::vector<BlockRun> again;
    pools.allocate(space, 0, 16, 2, again);
    REQUIRE(again.size() == 2);
    CHECK(again[0].pool == runs[0].pool);  // it was full: it stands first now
    CHECK(again[0].first == 100);
    CHECK(again[1].pool == runs[1].pool);
}

TEST_CASE("memory: malloc maps big blocks one by one, and its heap shrinks only at the top") {
    PhysicalMemory memory(256 * kMiB);
    AddressSpace space(memory, 0, false);
    LargeAllocator large;
    Faults faults;
    LargeRun mapped = large.allocate(space, kMiB, 3, faults);
    CHECK(mapped.mapped);
    CHECK(space.resident() == 3 * 257);  // the chunk's header makes it one page more
    large.free(space, mapped, 1);
    CHECK(space.resident() == 2 * 257);
    // From now on a block of that size comes from the heap (the dynamic threshold).
    LargeRun from_heap = large.allocate(space, kMiB, 1, faults);
    CHECK_FALSE(from_heap.mapped);
    LargeRun below = large.allocate(space, 10'000, 400, faults);
    LargeRun above = large.allocate(space, 10'000, 400, faults);
    const auto before = space.resident();
    large.free(space, below, 400);
    CHECK(space.resident() == before);  // something lies above it
    large.free(space, above, 400);
    CHECK(space.resident() == before - 2 * above.pages.count - below.pages.count - pages_of(400 * 10'016) * 2);
}

TEST_CASE("memory: two million small lists of CPython 3.11 need 31,373 pages for the lists alone") {
    PhysicalMemory memory(1024 * kMiB);
    const auto spec = spec_3_11();
    Heap heap(memory, 0, spec, false);
    heap.start();
    for (int i = 0; i < 20; ++i) heap.allocate(0, small_list(), 0, 100'000);
    Heap child(memory, 1, spec, false);
    heap.fork_into(child);
    CHECK(child.uss() == 0);
    // 255 lists to a pool of 4 pages: 7844 pools. A child that looks at every list copies them all; measured: 31,390.
    const Faults faults = child.set(0)->write_headers(child.allocators(), child.space(), 0, 2'000'000);
    CHECK(faults.copied == 31'373);
    CHECK(child.uss() == 31'373 * kPage);
    // Their arrays and numbers are still shared.
    CHECK(child.set(0)->write_contents(child.allocators(), child.space()).copied > 20'000);
}

// CPython 2.7.18: a child of a process with a million such lists that collects writes 20,104 pages of lists and 13,936
// of malloc's heap.
TEST_CASE("memory: a full collection of CPython 2.7 goes through the blocks of numbers") {
    scenario::MemorySpec spec;
    spec.arena = 256 << 10;
    spec.pool = 4 << 10;
    spec.number_blocks = true;
    spec.gc_header = 32;
    scenario::Allocate list;
    list.size = 40;
    list.buffers = {8};
    list.values = {24};
    PhysicalMemory memory(8LL << 30);
    Heap heap(memory, 1, spec, false);
    heap.start();
    heap.allocate(0, list, 0, 1'000'000);
    Heap child(memory, 2, spec, false);
    heap.fork_into(child);
    CHECK(child.set(0)->write_headers(child.allocators(), child.space(), 0, 1'000'000).copied == 20'000);
    const auto cleared = [](Heap& of) {
        Faults faults;
        std::int64_t freed = 0;
        of.clear_free_lists(freed, faults);
        return faults;
    };
    const std::int64_t numbers = cleared(child).copied;
    CHECK(numbers > 13'936 * 98 / 100);
    CHECK(numbers < 13'936 * 102 / 100);
    CHECK(cleared(child).total() == 0);  // they are the child's own now
    // Strings are not numbers.
    scenario::Allocate text = list;
    text.values = {40};
    heap.allocate(1, text, 0, 100'000);
    Heap other(memory, 3, spec, false);
    heap.fork_into(other);
    CHECK(cleared(other).copied == numbers);
}

TEST_CASE("memory: what was dropped waits for the next of its kind, in a list that a full collection empties") {
    scenario::MemorySpec spec;
    spec.start_objects = 0;
    spec.start_memory = 0;
    const auto waits = [&](const scenario::Allocate& like, std::int64_t made) {
        PhysicalMemory memory(1LL << 30);
        Heap heap(memory, 1, spec, false);
        heap.start();
        heap.allocate(0, like, 0, made);
        Faults faults;
        heap.set(0)->drop(heap.allocators(), heap.space(), made, faults);
        const std::int64_t waiting = heap.waiting(like);
        CHECK(heap.arenas() == (waiting > 0 ? 1 : 0));
        // Those that wait lie in memory that is there.
        CHECK((heap.allocate(0, like, 0, 50).total() == 0) == (waiting > 0));
        CHECK(heap.waiting(like) == std::max<std::int64_t>(0, waiting - 50));
        heap.set(0)->drop(heap.allocators(), heap.space(), 50, faults);
        CHECK(heap.waiting(like) == waiting);
        std::int64_t freed = 0;
        heap.clear_free_lists(freed, faults);
        CHECK(freed == waiting);
        CHECK(heap.waiting(like) == 0);
        CHECK(heap.arenas() == 0);
        return waiting;
    };
    scenario::Allocate tuple;
    tuple.tracked = true;
    tuple.size = 32;
    CHECK(waits(tuple, 100) == 100);
    CHECK(waits(tuple, 20'000) == 2000);
    tuple.size = 192;  // 21 references
    CHECK(waits(tuple, 100) == 0);
    scenario::Allocate list = tuple;
    list.size = 40;
    list.buffers = {8};
    CHECK(waits(list, 1000) == 80);
    list.size = 32;  // as a tuple's, but in another list
    list.buffers.clear();
    list.values = {28};
    spec.free_lists.lists = 0;
    CHECK(waits(list, 100) == 100);
    tuple.size = 32;
    tuple.tracked = false;
    CHECK(waits(tuple, 100) == 0);
    tuple.tracked = true;
    spec.free_lists = {.tuples = 0, .tuple_size = 184, .lists = 0};
    CHECK(waits(tuple, 100) == 0);
}

TEST_CASE("memory: a started interpreter has room in arenas that stay") {
    scenario::MemorySpec spec;
    spec.start_objects = 7000;
    spec.start_memory = 8 << 20;
    scenario::Allocate text;
    text.size = 480;
    text.tracked = false;
    const auto arenas = [&](Bytes room, std::int64_t made) {
        spec.start_room = room;
        PhysicalMemory memory(1LL << 30);
        Heap heap(memory, 1, spec, false);
        heap.start();
        CHECK(heap.rss() == (8 << 20) + spec.start_shared);
        const std::int64_t own = heap.arenas();
        heap.allocate(0, text, 0, made);
        Faults faults;
        const std::int64_t obtained = heap.arenas() - own;
        heap.set(0)->drop(heap.allocators(), heap.space(), made, faults);
        CHECK(heap.arenas() == own);
        return obtained;
    };
    const std::int64_t per_pool = (16 << 10) / 480;
    CHECK(arenas(0, 1) == 1);
    CHECK(arenas(17 * 16 << 10, 17 * per_pool) == 0);
    CHECK(arenas(17 * 16 << 10, 17 * per_pool + 1) == 1);
    CHECK(arenas(200 * 16 << 10, 200 * per_pool) == 0);  // more than an arena has
}

TEST_CASE("memory: dropping objects frees them, dropping cycles makes garbage") {
    PhysicalMemory memory(64 * kMiB);
    const auto spec = spec_3_11();
    Heap heap(memory, 0, spec, false);
    heap.start();
    auto like = small_list();
    heap.allocate(0, like, 0, 1000);
    Faults faults;
    CHECK(heap.set(0)->drop(heap.allocators(), heap.space(), 300, faults) == 300);
    CHECK(heap.set(0)->count() == 700);
    like.cyclic = true;
    heap.allocate(1, like, 0, 1000);
    CHECK(heap.set(1)->drop(heap.allocators(), heap.space(), 400, faults) == 0);
    CHECK(heap.set(1)->count() == 1000);
    CHECK(heap.set(1)->garbage() == 400);
    CHECK(heap.set(1)->free_garbage(Generation::young, heap.allocators(), heap.space(), faults) == 400);
    CHECK(heap.set(1)->count() == 600);
    CHECK(heap.set(1)->drop(heap.allocators(), heap.space(), kNever, faults) == 0);
    CHECK(heap.set(1)->garbage() == 600);
}

TEST_CASE("memory: what a block is depends on the build") {
    PhysicalMemory memory(64 * kMiB);
    auto spec = spec_3_11();
    CHECK(Heap(memory, 0, spec, false).blocks_of(small_list()) == std::vector<Bytes>{56, 8, 28});
    spec.gc_header = 0;
    spec.object_header = 16;  // free-threaded
    CHECK(Heap(memory, 1, spec, false).blocks_of(small_list()) == std::vector<Bytes>{56, 8, 44});
}
