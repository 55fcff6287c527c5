/// Memory: what the machine's paging and caches cost, how interpreters allocate and collect.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {
namespace {

constexpr Bytes kPage = 4096;
constexpr std::int64_t kMost = 1'000'000'000'000;

void check_memory(Reader& reader, const Node& node, const MemorySpec& memory) {
    if (memory.pool % kPage != 0) reader.error(node, "'pool' must be whole pages of 4KiB");
    if (memory.pool > 0 && memory.arena % memory.pool != 0) reader.error(node, "'arena' must be whole pools");
    if (memory.small_limit > memory.pool / 2) reader.error(node, "'small_limit' is more than half a pool");
}

void check_gc(Reader& reader, const Node& node, const GcSpec& gc) {
    const Node* thresholds = node.find("thresholds");
    if (thresholds == nullptr || (!gc.thresholds.empty() && gc.thresholds.size() <= 3)) return;
    const auto scope = reader.enter("thresholds");
    reader.error(*thresholds, "one to three numbers, as for gc.set_threshold()");
}

}  // namespace

const Structure& paging_fields() {
    using T = PagingSpec;
    static const Structure structure{
        "paging",
        "Virtual memory: what the kernel's part in writing to a page costs, as core time.",
        {
            field<T>("first_touch", &T::first_touch, duration(1),
                     "the first write to a page: a fault, and a frame to zero"),
            field<T>("cold_frame", &T::cold_frame, duration(),
                     "beyond that, and beyond `copy`, where the frame is not in the last-level cache, as one is that "
                     "was given back lately"),
            field<T>("copy", &T::copy, duration(1),
                     "a write to a page that another process shares since a fork: a fault and a copy"),
            field<T>("reuse", &T::reuse, duration(1),
                     "a write to a page that was shared, but is no longer: a fault without a copy"),
            field<T>("fork_page", &T::fork_page, duration(),
                     "fork: copying a page-table entry, beyond those of a freshly started interpreter"),
            field<T>("release_page", &T::release_page, duration(),
                     "giving a page back when memory is unmapped or a process ends"),
            field<T>("flush_page", &T::flush_page, duration(),
                     "of up to 33 pages that are unmapped at once, in addition: that the core forgets where it was "
                     "(invlpg; in a guest it may "
                     "leave for its host)"),
            field<T>("flush_all", &T::flush_all, duration(),
                     "of more than 33 unmapped at once, in addition: that the core forgets where all pages are"),
            field<T>("move_page", &T::move_page, duration(),
                     "a page of a big block that realloc() enlarges (mremap): its page-table entry goes elsewhere"),
            field<T>("moved_page", &T::moved_page, duration(),
                     "the first use of a page after that, where a hypervisor keeps page tables of its own, which do "
                     "not go with it"),
            field<T>("inherited_page", &T::inherited_page, duration(),
                     "the first use of a page in a forked child, unless it is a write, where a hypervisor keeps page "
                     "tables of its own"),
            field<T>("huge_pages", &T::huge_pages,
                     either("madvise", "4 KiB pages: Python does not ask for others", "always",
                            "2 MiB pages wherever they fit"),
                     "transparent huge pages (/sys/kernel/mm/transparent_hugepage/enabled)"),
            field<T>("huge_first_touch", &T::huge_first_touch, duration(1), "the first write to a huge page"),
        },
        ""};
    return structure;
}

const Structure& cache_fields() {
    using T = CacheSpec;
    static const Structure structure{
        "cache",
        "A cache, as far as walks over many objects feel it.",
        {
            field<T>("size", &T::size, size(1),
                     "what of it is left to this machine: guests of a host share the last level"),
            field<T>("streamed_line", &T::streamed_line, duration(),
                     "core time for a line beyond the cache that the hardware has prefetched"),
            field<T>(
                "begun_page", &T::begun_page, duration(),
                "core time for a page beyond the cache, beside its lines, where the one read before is no neighbour: "
                "prefetching starts anew"),
            field<T>("begun_run", &T::begun_run, duration(),
                     "the same for a run of many pages, of which only the first are slower"),
            field<T>("missed_line", &T::missed_line, duration(),
                     "core time for a line beyond the cache where those of a pool are read in no order"),
        },
        ""};
    return structure;
}

const Structure& gc_fields() {
    using T = GcSpec;
    static const Structure structure{
        "collector",
        "The cyclic garbage collector.",
        {
            field<T>("collector", &T::collector, choice<CollectorKind>(), "which one"),
            field<T>("thresholds", &T::thresholds, list_of<std::int64_t>("a list of numbers", count(0, kMost)),
                     "gc.get_threshold()"),
            field<T>("enabled", &T::enabled, boolean(), "whether collections begin by themselves"),
            field<T>("runs", &T::at_check_points,
                     either("in-allocation", "in the call that allocates (CPython up to 3.11)", "at-check-points",
                            "where the eval breaker is looked at, before the GIL is given up (3.12 and later)"),
                     "where a due collection begins"),
            field<T>("memory_gate", &T::memory_gate, boolean(),
                     "free-threaded, 3.14: only if the process has grown by a tenth since the last collection"),
            field<T>("start", &T::start, duration(), "core time of a collection that finds nothing to visit"),
            field<T>("object", &T::object, duration(), "core time per object visited, in cache"),
            field<T>("reference", &T::reference, duration(), "core time per reference followed"),
            field<T>("mark", &T::mark, duration(), "incremental: core time per object marked as reachable"),
            field<T>("collected", &T::collected, duration(), "core time per garbage object, beside freeing its blocks"),
            field<T>("passes", &T::passes, count(1, 100),
                     "times that a full collection goes through its list of objects"),
            field<T>("garbage_passes", &T::garbage_passes, count(1, 100),
                     "times that it goes through those of them that turn out to be garbage"),
            field<T>("start_object", &T::start_object, duration(),
                     "core time per object that the interpreter itself has made (modules, types, functions)"),
        },
        "",
        checked(check_gc)};
    return structure;
}

const Structure& forked_fields() {
    using T = ForkedSpec;
    static const Structure structure{
        "forked",
        "Pages that the interpreter writes to when it first runs a piece of code after a fork, in the parent and in the "
        "child: above all reference counts of functions and of what they use. Whoever writes first copies the page.",
        {
            field<T>("calls", &T::calls, count(0, 100'000), "100 functions of the library's"),
            field<T>("dumps", &T::dumps, count(0, 100'000), "pickling (`ForkingPickler.dumps`)"),
            field<T>("loads", &T::loads, count(0, 100'000), "unpickling"),
            field<T>("thread", &T::thread, count(0, 100'000), "a thread that is started"),
            field<T>("reads", &T::reads, duration(),
                     "core time of a child for the pages that it only reads meanwhile, by each that it writes to"),
        },
        ""};
    return structure;
}

const Structure& free_list_fields() {
    using T = FreeListSpec;
    static const Structure structure{
        "free_lists",
        "How many dropped objects wait for the next of their kind, in the blocks that they had. A full collection frees "
        "them; those that are made of them do not count as allocated for the collector.",
        {
            field<T>("tuples", &T::tuples, count(0, 1'000'000),
                     "tracked objects without buffers, of each size (Objects/tupleobject.c, PyTuple_MAXFREELIST)"),
            field<T>("tuple_size", &T::tuple_size, size(0),
                     "the biggest of those: 20 references (PyTuple_MAXSAVESIZE)"),
            field<T>("lists", &T::lists, count(0, 1'000'000),
                     "tracked objects with buffers (Objects/listobject.c, PyList_MAXFREELIST)"),
        },
        ""};
    return structure;
}

const Structure& memory_fields() {
    using T = MemorySpec;
    static const Structure structure{
        "memory",
        "How an interpreter manages memory, and what that costs.",
        {
            field<T>("allocator", &T::allocator, choice<AllocatorKind>(), "who serves small blocks"),
            field<T>("arena", &T::arena, size(kPage), "what the allocator maps at a time"),
            field<T>("pool", &T::pool, size(kPage), "a stretch of blocks of one size"),
            field<T>("small_limit", &T::small_limit, size(0), "bigger blocks come from malloc"),
            field<T>("numbers", &T::number_blocks,
                     either("objects", "each from the allocator, as any other object", "blocks",
                            "2.7: many in a block of malloc, among the arrays of lists; a full collection writes to "
                            "each block"),
                     "where ints and floats lie (values of 24B)"),
            field<T>("object_header", &T::object_header, size(0),
                     "what every object is bigger by than in a build with the GIL"),
            field<T>("gc_header", &T::gc_header, size(0), "before every object that the collector tracks"),
            field<T>("immortal_objects", &T::immortal_objects, boolean(),
                     "objects marked immortal have no reference count to write (3.12 and later)"),
            field<T>("make", &T::make, duration(), "bytecode time per object made, beside its blocks"),
            field<T>("remake", &T::remake, duration(),
                     "bytecode time per object made after its like was dropped, beside its blocks: a free list has its "
                     "memory (default: make)"),
            field<T>("allocate", &T::allocate, duration(), "core time to allocate a small block"),
            field<T>("free", &T::free, duration(), "core time to free a small block"),
            field<T>("allocate_big", &T::allocate_big, duration(), "core time to allocate a block of malloc"),
            field<T>("free_big", &T::free_big, duration(), "core time to free one"),
            field<T>("walk", &T::walk, duration(), "bytecode time per object of a loop that looks at each"),
            field<T>("after_fault", &T::after_fault, duration(),
                     "bytecode time lost after a page fault: the kernel has displaced the interpreter's code and data"),
            field<T>("start_objects", &T::start_objects, count(0, kMost), "tracked objects of a started interpreter"),
            field<T>("start_object_size", &T::start_object_size, size(1), "their mean size"),
            field<T>("start_memory", &T::start_memory, size(0),
                     "private memory of a started interpreter, those objects included"),
            field<T>("start_shared", &T::start_shared, size(0),
                     "its code and libraries: resident, but shared by all processes"),
            field<T>("fork_touched", &T::fork_touched, size(0), "what the first steps of a forked child write"),
            field<T>("start_room", &T::start_room, size(0),
                     "pools of its arenas that nobody uses, as multiples of `pool` (default: what those objects leave of "
                     "the last arena)"),
            field<T>("free_lists", &T::free_lists, record<FreeListSpec>(free_list_fields),
                     "dropped objects that wait for the next of their kind"),
            field<T>("forked", &T::forked, record<ForkedSpec>(forked_fields),
                     "what its code writes to when it first runs after a fork"),
            field<T>("gc", &T::gc, record<GcSpec>(gc_fields), "the cyclic garbage collector"),
        },
        "",
        checked(check_memory)};
    return structure;
}

}  // namespace gilsim::scenario
