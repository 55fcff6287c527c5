#include "model/memory/process_memory.hpp"

#include <algorithm>
#include <cmath>

#include "model/machine/shootdown.hpp"

namespace gilsim::memory {

using engine::Co;
using interpreter::PyThread;
using State = machine::Thread::State;
using trace::EventKind;

ProcessMemory::ProcessMemory(machine::Machine& machine, PhysicalMemory& physical, Gauge& in_use,
                             interpreter::Interpreter& its_interpreter, int id, int space)
    : machine_(machine),
      physical_(physical),
      in_use_(in_use),
      interpreter_(its_interpreter),
      spec_(its_interpreter.spec().memory),
      id_(id),
      heap_(physical, space, spec_, machine.spec().paging.huge_pages),
      big_blocks_(std::make_shared<BigBlocks>(heap_.space(), spec_.allocator == scenario::AllocatorKind::mimalloc)),
      gauges_(machine.recorder(), id) {
    interpreter_.on_pending([this](PyThread& thread) { return collect_due(thread); });
}

void ProcessMemory::start() {
    heap_.start();
    collector_ = make_collector(spec_.gc, heap_);
    show();
}

void ProcessMemory::fork_into(ProcessMemory& child) {
    heap_.fork_into(child.heap_);
    child.big_blocks_ = big_blocks_->fork(child.heap_.space());
    child.lists_ = lists_;
    child.collector_ = collector_->clone();
    forked_code_.share();
    child.forked_code_.share();
    show();
    child.show();
}

// Python/pylifecycle.c, Py_FinalizeEx: PyGC_Collect(), if the collector is on. Then the modules go: their functions
// refer to them, so that what they keep is garbage to the collector (finalize_modules, _PyGC_CollectNoFail); what it
// does not know goes with the last reference.
Co<> ProcessMemory::finalize(PyThread& thread) {
    show();
    finalized_ = true;
    if (heap_.sets().size() == 1) co_return;  // the interpreter's own
    const auto collect_all = [&] {
        Pass pass = collector_->collect_all(heap_);
        pass.own_visited = 0;
        return perform(thread, pass);
    };
    if (collector_->enabled()) co_await collect_all();
    for (ObjectSet& set : heap_.sets())
        if (&set != &heap_.sets().front() && set.traits.tracked) set.abandon();
    const std::int64_t pages = heap_.space().resident();
    co_await collect_all();
    co_await give_back(thread, pages - heap_.space().resident());
    for (std::size_t i = 1; i < heap_.sets().size(); ++i)  // others may allocate meanwhile
        co_await drop(thread, heap_.sets()[i], kNever, nullptr);
}

void ProcessMemory::end() {
    if (!finalized_)
        show();  // what it leaves: frames that others have given back since its last operation are its own again
    big_blocks_->end();
    heap_.space().release();
    gauges_.clear(machine_.now());
    in_use_.set(machine_.now(), physical_.used() * kPage);
}

void ProcessMemory::map_shared(std::int64_t pages) {
    heap_.map_shared(pages);
    show();
}

// --- operations -------------------------------------------------------------------------------------------------------

Co<> ProcessMemory::allocate(PyThread& thread, const scenario::Allocate& op) {
    const Style style = op.native ? Style::native : Style::bytecode;
    const auto blocks = heap_.blocks_of(op);
    const auto big = std::count_if(blocks.begin(), blocks.end(), [&](Bytes b) { return b > spec_.small_limit; });
    const auto small = static_cast<std::int64_t>(blocks.size()) - big;
    const bool short_lived = op.into < 0;
    const Nanoseconds again = op.make >= 0 ? op.make : spec_.remake >= 0 ? spec_.remake : spec_.make;
    const Nanoseconds own = short_lived ? again : op.make >= 0 ? op.make : spec_.make;
    const Nanoseconds make = own + small * spec_.allocate + big * spec_.allocate_big;
    if (short_lived) {  // each is gone before the next one comes: the same blocks serve all
        co_await spend(thread, op.objects * (make + small * spec_.free + big * spec_.free_big), style);
        co_return;
    }
    const auto set = static_cast<std::size_t>(op.into);
    const std::int64_t chunk = heap_.per_arena(op);
    for (std::int64_t left = op.objects; left > 0;) {
        // The collector counts what is allocated, not what a free list has (_PyObject_GC_Alloc).
        const std::int64_t waiting = heap_.waiting(op);
        const std::int64_t due = op.tracked && !collecting_ ? collector_->until_due() : kNever;
        const std::int64_t n = std::min({left, chunk, due == kNever ? due : due + waiting});
        const std::int64_t reused = std::min(n, waiting);
        const Faults faults = heap_.allocate(set, op, thread.id(), n);
        left -= n;
        if (op.tracked) collector_->count(n - reused);
        co_await spend(thread, n * make + reused * (again - own), style);
        co_await fault(thread, faults, style);
        const Bytes copied = lists_[set].append(*big_blocks_, n, machine_.now());
        if (copied > 0) co_await thread.os.run(per_mib(machine_.spec().ipc.copy, copied), State::native);
        co_await settle(thread);
        show();
        if (!collector_->due() || collecting_) continue;
        if (!spec_.gc.at_check_points) {
            co_await collect_due(thread);
        } else {
            interpreter_.schedule_pending();
            if (style == Style::bytecode) co_await interpreter_.check_point(thread);
        }
    }
    if (style == Style::native) co_await interpreter_.check_point(thread);
}

Co<> ProcessMemory::free(PyThread& thread, const scenario::Free& op) {
    ObjectSet* set = heap_.set(static_cast<std::size_t>(op.set));
    if (set == nullptr) co_return;
    co_await drop(thread, *set, op.objects >= 0 ? op.objects : kNever, &lists_[static_cast<std::size_t>(op.set)]);
    co_await settle(thread);
    show();
    co_await interpreter_.check_point(thread);
}

// list_dealloc and its like run to their end without a check point. Nothing waits for what the one before has fetched,
// so that the core fetches ahead while it works: the longer of both counts.
Co<> ProcessMemory::drop(PyThread& thread, ObjectSet& set, std::int64_t count, KeptList* list) {
    const auto big = set.big_blocks(heap_.allocators());
    const auto small = set.blocks() - big;
    Faults faults;
    const std::int64_t pages = heap_.space().resident();
    const std::int64_t garbage = set.garbage();
    const std::int64_t waiting = heap_.allocators().free_lists.count(set.kind());
    const std::int64_t freed = set.drop(heap_.allocators(), heap_.space(), count, faults);
    const std::int64_t kept = heap_.allocators().free_lists.count(set.kind()) - waiting;  // they still count
    if (set.traits.tracked) collector_->count(kept - freed);
    Read read;
    read.add_whole(heap_.allocators(), set, freed);
    read.add(heap_.allocators(), set, set.garbage() - garbage);  // of which only the reference count is written
    const std::int64_t released = pages - heap_.space().resident();
    if (list != nullptr && set.count() == 0) list->clear(*big_blocks_, machine_.now());
    const Nanoseconds work = (freed * small - kept) * spec_.free + freed * big * spec_.free_big;
    co_await spend(thread, std::max(work, beyond_caches(read)), Style::native);
    co_await give_back(thread, released);
    co_await fault(thread, faults, Style::native);
}

Co<> ProcessMemory::walk(PyThread& thread, const scenario::WalkSet& op) {
    ObjectSet* set = heap_.set(static_cast<std::size_t>(op.set));
    if (set == nullptr) co_return;
    Read read;
    read.add(heap_.allocators(), *set, set->count(), op.values);
    const Nanoseconds work = set->count() * (op.work >= 0 ? op.work : spec_.walk) + beyond_caches(read);
    lists_[static_cast<std::size_t>(op.set)].read(*big_blocks_);
    co_await settle(thread);
    Faults faults;
    if (!set->traits.immortal) {
        faults = set->write_headers(heap_.allocators(), heap_.space(), 0, set->count());
        if (op.values) faults += set->write_contents(heap_.allocators(), heap_.space());
    }
    co_await spend(thread, work, Style::bytecode);
    co_await fault(thread, faults, Style::bytecode);
    show();
}

Co<> ProcessMemory::gc(PyThread& thread, scenario::Gc::Action action) {
    using Action = scenario::Gc::Action;
    switch (action) {
        case Action::collect:
            co_await collect(thread, true);
            break;
        case Action::freeze:
        case Action::unfreeze:
            co_await interpreter_.stop_the_world(thread);
            if (action == Action::freeze)
                collector_->freeze(heap_);
            else
                collector_->unfreeze(heap_);
            co_await interpreter_.start_the_world(thread);
            break;
        case Action::enable:
        case Action::disable:
            collector_->enable(action == Action::enable);
            break;
    }
    show();
    co_await interpreter_.check_point(thread);
}

// --- collections ------------------------------------------------------------------------------------------------------

Co<> ProcessMemory::collect_due(PyThread& thread) {
    if (collecting_ || !collector_->due() || !collector_->agrees(heap_)) co_return;
    co_await collect(thread, false);
}

Co<> ProcessMemory::collect(PyThread& thread, bool all) {
    const Pass pass = all ? collector_->collect_all(heap_) : collector_->collect(heap_);
    co_await perform(thread, pass);
    show();
}

Co<> ProcessMemory::perform(PyThread& thread, Pass pass) {
    collecting_ = true;
    emit(EventKind::gc_begin, thread, interpreter_.id(), pass.generation);
    co_await interpreter_.stop_the_world(thread);
    co_await thread.os.run(visit_time(pass), State::collecting);
    if (pass.old)
        for (const auto& [set, list] : lists_) list.read(*big_blocks_);
    co_await settle(thread);
    co_await fault(thread, pass.faults, Style::native);
    co_await interpreter_.start_the_world(thread);
    if (spec_.gc.collector == scenario::CollectorKind::free_threaded) {
        // Weak references and finalisers run meanwhile; then the world stops again to see what they have brought back
        // to life (handle_resurrected_objects).
        co_await interpreter_.stop_the_world(thread);
        co_await thread.os.run(spec_.gc.start + pass.collected * spec_.gc.object, State::collecting);
        co_await interpreter_.start_the_world(thread);
    }
    co_await thread.os.run(pass.collected * spec_.gc.collected + pass.freed_blocks * spec_.free, State::collecting);
    emit(EventKind::gc_end, thread, interpreter_.id(), pass.collected);
    collecting_ = false;
}

Nanoseconds ProcessMemory::visit_time(const Pass& pass) const {
    const auto& gc = spec_.gc;
    constexpr std::int64_t kFollow = 2;  // subtract_refs(), move_unreachable(): the type of what is referred to is read
    const std::int64_t passes = pass.marked > 0 ? 1 : gc.passes;
    const Nanoseconds lines = beyond_caches(pass.read) * passes +
                              beyond_caches(pass.referred) * std::min(passes, kFollow) +
                              beyond_caches(pass.garbage) * (gc.garbage_passes - gc.passes);
    return gc.start + pass.visited * gc.object + pass.references * gc.reference +
           pass.own_visited * gc.start_object + pass.marked * gc.mark + lines;
}

Nanoseconds ProcessMemory::beyond_caches(const Read& read) const {
    return beyond(machine_.spec().core_cache, read) + beyond(machine_.spec().cache, read);
}

Nanoseconds ProcessMemory::beyond(const scenario::CacheSpec& cache, const Read& read) const {
    const double rounds = static_cast<double>(read.bytes) / static_cast<double>(cache.size);
    if (rounds <= 1) return 0;
    // Each line that is missing replaces one at random: those of a round leave exp(-missing * rounds) of the others.
    double missing = 1;
    for (int i = 0; i < 50; ++i) missing = 1 - std::exp(-missing * rounds);
    const Nanoseconds jump = std::min(pages_of(spec_.pool) * cache.begun_page, cache.begun_run);
    const Nanoseconds all =
        read.in_order * cache.streamed_line + read.pools_apart * jump + read.scattered * cache.missed_line;
    return all * std::lround(1000 * missing) / 1000;
}

// --- time -------------------------------------------------------------------------------------------------------------

Co<> ProcessMemory::spend(PyThread& thread, Nanoseconds work, Style style) {
    if (style == Style::bytecode) {
        co_await interpreter_.bytecode(thread, work);
    } else {
        co_await thread.os.run(work, State::native);
    }
}

Co<> ProcessMemory::fault(PyThread& thread, const Faults& faults, Style style) {
    if (time_of(faults) == 0) co_return;
    if (faults.total() > 0) emit(EventKind::page_faults, thread, id_, faults.total());
    if (faults.copied > 0) emit(EventKind::copy_on_write, thread, id_, faults.copied);
    // A fault returns to the program, which may come to a check point before the next one.
    if (style == Style::bytecode) {
        co_await interpreter_.bytecode(thread, time_of(faults), machine_.spec().paging.first_touch, State::paging);
        co_await spend(thread, faults.total() * spec_.after_fault, style);
    } else {
        co_await thread.os.run(time_of(faults), State::paging);
    }
    if (faults.replaced > 0) co_await machine::replace_pages(thread.os, faults.replaced);
    if (physical_.exhausted()) co_await on_exhausted(thread);
}

Co<> ProcessMemory::touch(PyThread& thread, std::int64_t pages) {
    const Faults faults = heap_.touch_own(pages);
    if (faults.total() == 0) co_return;
    co_await fault(thread, faults, Style::bytecode);
    co_await spend(thread, faults.inherited * spec_.forked.reads, Style::bytecode);
    show();
}

Co<> ProcessMemory::settle(PyThread& thread) {
    const Released released = big_blocks_->take_released();
    const Faults faults = big_blocks_->take_faults();
    if (released.pages > 0) co_await thread.os.run(time_of(released), State::paging);
    co_await fault(thread, faults, Style::native);
    if (released.pages > 0 || faults.total() > 0) show();
}

Co<> ProcessMemory::give_back(PyThread& thread, std::int64_t pages) {
    Released released;
    for (const std::int64_t arena = pages_of(spec_.arena); pages > 0; pages -= arena)
        released.add(std::min(pages, arena));
    co_await thread.os.run(time_of(released), State::paging);
}

Nanoseconds ProcessMemory::time_of(const Released& released) const {
    const auto& paging = machine_.spec().paging;
    return released.pages * paging.release_page + released.flushed * paging.flush_page +
           released.flushes * paging.flush_all;
}

Nanoseconds ProcessMemory::time_of(const Faults& faults) const {
    const auto& paging = machine_.spec().paging;
    return faults.first_touch * paging.first_touch + faults.huge * paging.huge_first_touch +
           faults.copied * paging.copy + faults.cold * paging.cold_frame + faults.reused * paging.reuse +
           faults.moved * paging.move_page + faults.found * paging.moved_page +
           faults.inherited * paging.inherited_page;
}

Nanoseconds ProcessMemory::extra_fork_time() const {
    return std::max<std::int64_t>(0, heap_.space().table_entries() - pages_of(spec_.start_memory)) *
           machine_.spec().paging.fork_page;
}

Nanoseconds ProcessMemory::extra_exit_time() const {
    return std::max<std::int64_t>(0, heap_.space().table_entries() - pages_of(spec_.start_memory)) *
           machine_.spec().paging.release_page;
}

void ProcessMemory::emit(EventKind kind, const PyThread& thread, int object, std::int64_t value) {
    machine_.recorder().emit(
        {.time = machine_.now(), .kind = kind, .thread = thread.id(), .object = object, .value = value});
}

void ProcessMemory::show() {
    gauges_.show(machine_.now(), heap_);
    in_use_.set(machine_.now(), physical_.used() * kPage);
}

}  // namespace gilsim::memory
