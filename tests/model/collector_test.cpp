/// When collections are due, what they visit and what they leave alone.

#include "model/memory/collector.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::memory;

namespace {

scenario::MemorySpec spec_with(std::vector<std::int64_t> thresholds, std::int64_t own_objects,
                               scenario::CollectorKind kind = scenario::CollectorKind::generational) {
    scenario::MemorySpec spec;
    spec.start_objects = own_objects;
    spec.start_memory = 0;
    spec.gc.thresholds = std::move(thresholds);
    spec.gc.collector = kind;
    return spec;
}

/// A process that allocates objects one stretch after the other, as a program would.
struct Program {
    explicit Program(const scenario::MemorySpec& its_spec)
        : spec(its_spec), heap(memory, 0, spec, false) {
        like.size = 40;
        heap.start();
        collector = make_collector(spec.gc, heap);
    }
    /// Allocates and collects whenever it is due.
    void keep(std::int64_t objects) {
        while (objects > 0) {
            const std::int64_t n = std::min(objects, collector->until_due());
            heap.allocate(0, like, 0, n);
            collector->count(n);
            objects -= n;
            if (collector->due() && collector->agrees(heap)) passes.push_back(collector->collect(heap));
        }
    }
    [[nodiscard]] std::int64_t count(int generation) const {
        std::int64_t sum = 0;
        for (const Pass& pass : passes) sum += pass.generation == generation ? 1 : 0;
        return sum;
    }

    PhysicalMemory memory{Bytes{1} << 30};
    scenario::MemorySpec spec;
    scenario::Allocate like;
    Heap heap;
    std::unique_ptr<Collector> collector;
    std::vector<Pass> passes;
};

}  // namespace

TEST_CASE("collector: 700, 10, 10: 400,000 kept lists cause 519, 47 and 4 collections, as CPython 3.11 counts") {
    Program program(spec_with({700, 10, 10}, 11'000));
    program.keep(400'000);
    // 400,000 / 701 = 570 collections; after 11 young ones the middle generation is taken along; after 11 of those a full
    // one is due, and takes place if a quarter of what the last one left has come to the oldest generation since.
    CHECK(program.passes.size() == 570);
    CHECK(program.count(0) == 519);
    CHECK(program.count(1) == 47);
    CHECK(program.count(2) == 4);
    CHECK(program.passes[0].visited == 701);
    CHECK(program.passes[11].generation == 1);
    CHECK(program.passes[11].visited == 12 * 701);
    CHECK(program.passes[12].visited == 701);
    for (const Pass& pass : program.passes) CHECK(pass.old == (pass.generation == 2));
}

TEST_CASE("collector: 2000, 10, 10: the same lists cause 182, 16 and 1, as CPython 3.13 counts") {
    Program program(spec_with({2000, 10, 10}, 11'000));
    program.keep(400'000);
    CHECK(program.count(0) == 182);
    CHECK(program.count(1) == 16);
    CHECK(program.count(2) == 1);
}

TEST_CASE("collector: a full collection waits for a quarter more than the last one left") {
    Program program(spec_with({10, 0, 0}, 1000));
    program.keep(12'000);
    // With thresholds of 0 every second collection may be of the middle generation, and every second of those full.
    std::int64_t total = 1000;
    std::int64_t last = 0;
    for (const Pass& pass : program.passes) {
        if (pass.generation != 2) continue;
        const std::int64_t now = pass.visited + pass.own_visited;
        CHECK(now - total >= total / 4);
        total = now;
        ++last;
    }
    CHECK(last > 3);
    CHECK(last < 14);  // log(13,000 / 1000) / log(1.25) = 11.5
}

TEST_CASE("collector: garbage in cycles is found by the generation that it is in") {
    Program program(spec_with({700, 10, 10}, 0));
    program.like.cyclic = true;
    program.keep(701);  // collected once: now in the middle generation
    Faults faults;
    program.heap.set(0)->drop(program.heap.allocators(), program.heap.space(), kNever, faults);
    program.keep(701);
    CHECK(program.passes[1].collected == 0);  // a young collection does not look there
    CHECK(program.heap.objects() == 1402);
    program.passes.push_back(program.collector->collect_all(program.heap));
    CHECK(program.passes.back().collected == 701);
    CHECK(program.heap.objects() == 701);
}

TEST_CASE("collector: disabled, frozen, and asked for") {
    Program program(spec_with({700, 10, 10}, 100));
    program.collector->enable(false);
    CHECK(program.collector->until_due() == kNever);
    program.keep(5000);
    CHECK(program.passes.empty());
    CHECK(program.collector->young() == 5000);
    program.collector->freeze(program.heap);
    CHECK(program.collector->young() == 0);
    CHECK(program.collector->collect_all(program.heap).visited == 0);
    program.collector->enable(true);
    program.keep(701);
    REQUIRE(program.passes.size() == 1);
    CHECK(program.passes[0].visited == 701);
    program.collector->unfreeze(program.heap);
    CHECK(program.collector->collect_all(program.heap).visited == 5701);
}

TEST_CASE("collector: gc.freeze() begins to count anew") {
    Program program(spec_with({700, 10, 10}, 0));
    program.keep(701 * 8);
    program.collector->freeze(program.heap);
    program.passes.clear();
    program.keep(701 * 12);
    CHECK(program.count(0) == 11);
    CHECK(program.count(1) == 1);
    CHECK(program.passes.back().generation == 1);
    // Without generations nothing is counted but young objects, and those go on being counted.
    Program free_threaded(spec_with({2000, 10, 10}, 0, scenario::CollectorKind::free_threaded));
    free_threaded.keep(1000);
    free_threaded.collector->freeze(free_threaded.heap);
    CHECK(free_threaded.collector->young() == 1000);
    CHECK(free_threaded.collector->collect_all(free_threaded.heap).visited == 0);
}

TEST_CASE("collector: free-threaded: 400,000 kept lists cause 16 collections of everything, as CPython 3.13t counts") {
    Program program(spec_with({2000, 10, 10}, 11'260, scenario::CollectorKind::free_threaded));
    program.keep(400'000);
    CHECK(program.passes.size() == 16);
    std::int64_t heap = 11'260;
    for (const Pass& pass : program.passes) {
        const std::int64_t now = pass.visited + pass.own_visited;
        CHECK(now - heap == std::max<std::int64_t>(2001, heap / 4));
        heap = now;
    }
}

TEST_CASE("collector: free-threaded, 3.14: no collection while the process does not grow") {
    auto spec = spec_with({2000, 10, 10}, 0, scenario::CollectorKind::free_threaded);
    spec.gc.memory_gate = true;
    spec.start_memory = 100 << 20;  // a tenth of it is 10 MiB
    Program program(spec);
    program.like.size = 16;  // 32 bytes: 2001 of them are 64 KiB
    program.keep(2001 * 39);
    CHECK(program.passes.empty());
    program.keep(2001 * 3);  // more than 80,000 were put off
    CHECK(program.passes.size() == 1);
}

TEST_CASE("collector: incremental: a cycle marks everything once, then keeps to the young and the garbage") {
    Program program(spec_with({2000, 10, 0}, 0, scenario::CollectorKind::incremental));
    program.collector->enable(false);
    program.keep(500'000);
    program.collector->enable(true);
    program.passes.push_back(program.collector->collect(program.heap));
    CHECK(program.passes[0].marked == 500'000);
    CHECK(program.passes[0].visited == 0);
    program.keep(20 * 2001);
    REQUIRE(program.passes.size() == 21);
    for (std::size_t i = 1; i < 21; ++i) {
        CHECK(program.passes[i].marked == 0);
        CHECK(program.passes[i].visited == 2001);
    }
    // Old garbage waits until the collector has made up for what it marked: then increments take it along.
    Faults faults;
    program.heap.set(0)->traits.cyclic = true;
    program.heap.set(0)->drop(program.heap.allocators(), program.heap.space(), 100'000, faults);
    program.keep(600 * 2001);
    std::int64_t collected = 0;
    std::int64_t most = 0;
    for (const Pass& pass : program.passes) {
        collected += pass.collected;
        most = std::max(most, pass.visited);
    }
    CHECK(collected == 100'000);
    CHECK(most < 110'000);
}
