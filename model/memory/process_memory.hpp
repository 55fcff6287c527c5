#pragma once
/// A process's memory as its threads use it: allocating, walking, freeing and collecting take core time, cause page faults
/// and make threads wait. The heap (heap.hpp) and the collector (collector.hpp) decide what happens; here it takes time.

#include <array>
#include <functional>
#include <map>
#include <memory>

#include "model/interpreter/interpreter.hpp"
#include "model/memory/big_blocks.hpp"
#include "model/memory/collector.hpp"
#include "model/memory/forked_code.hpp"
#include "model/memory/gauges.hpp"
#include "model/memory/kept_list.hpp"

namespace gilsim::memory {

class ProcessMemory {
public:
    /// `in_use`: the counter of the machine's memory; `id`: of the process in the trace; `space`: a number of its own for
    /// each interpreter's memory. All arguments must outlive it.
    ProcessMemory(machine::Machine& machine, PhysicalMemory& physical, Gauge& in_use,
                  interpreter::Interpreter& interpreter, int id, int space);

    /// The memory of an interpreter that starts afresh.
    void start();
    /// The child's memory is a copy of ours. The child must be empty, on an interpreter of the same spec.
    void fork_into(ProcessMemory& child);
    /// The interpreter is finalised (a process that is no fork, a sub-interpreter): what its program has kept is
    /// collected and freed, beside the interpreter's own objects, which are part of `spawn_exit`. Gauges keep what
    /// there was before.
    engine::Co<> finalize(interpreter::PyThread& thread);
    /// The process has ended: all its memory is free.
    void end();

    /// What an operation of a program does. The thread must be attached.
    engine::Co<> allocate(interpreter::PyThread& thread, const scenario::Allocate& op);
    engine::Co<> free(interpreter::PyThread& thread, const scenario::Free& op);
    engine::Co<> walk(interpreter::PyThread& thread, const scenario::WalkSet& op);
    engine::Co<> gc(interpreter::PyThread& thread, scenario::Gc::Action action);

    /// Whether this piece of the interpreter's code runs for the first time since a fork.
    bool first_since_fork(machine::CodeSite site = machine::CodeSite::here()) { return forked_code_.first(site); }
    /// What such a piece does: it writes to so many pages that have not been written to since; a child reads others,
    /// too.
    engine::Co<> touch(interpreter::PyThread& thread, std::int64_t pages);

    /// Core time that fork() takes beyond that of a freshly started interpreter.
    [[nodiscard]] Nanoseconds extra_fork_time() const;
    /// Core time that exit takes beyond that of a freshly started interpreter.
    [[nodiscard]] Nanoseconds extra_exit_time() const;
    [[nodiscard]] Heap& heap() { return heap_; }
    /// Blocks for messages.
    [[nodiscard]] const std::shared_ptr<BigBlocks>& big_blocks() const { return big_blocks_; }
    /// The page faults and unmappings that they have caused: the thread, attached or not, pays.
    engine::Co<> settle(interpreter::PyThread& thread);

    /// Tells the trace how much there is: others that shared pages may have ended since the last operation.
    void show();
    /// So many pages more of files in memory have been touched.
    void map_shared(std::int64_t pages);

    /// Called by a thread whose page fault found no free frame; returns when there are enough again, if ever.
    std::function<engine::Co<>(interpreter::PyThread&)> on_exhausted;

private:
    /// How the core time of an operation is spent: with check points in between, or as one C call.
    enum class Style : std::uint8_t { bytecode, native };
    engine::Co<> spend(interpreter::PyThread& thread, Nanoseconds work, Style style);
    engine::Co<> fault(interpreter::PyThread& thread, const Faults& faults, Style style);
    engine::Co<> collect_due(interpreter::PyThread& thread);
    engine::Co<> collect(interpreter::PyThread& thread, bool all);
    /// What a collection that is decided takes.
    engine::Co<> perform(interpreter::PyThread& thread, Pass pass);
    /// The last references to the oldest objects of a set go, and with the last of them the list that keeps them.
    engine::Co<> drop(interpreter::PyThread& thread, ObjectSet& set, std::int64_t count, KeptList* list);
    /// Core time to visit (or mark) what a collection visits.
    [[nodiscard]] Nanoseconds visit_time(const Pass& pass) const;
    [[nodiscard]] Nanoseconds time_of(const Faults& faults) const;
    [[nodiscard]] Nanoseconds time_of(const Released& released) const;
    /// Pages of arenas, one after the other.
    engine::Co<> give_back(interpreter::PyThread& thread, std::int64_t pages);
    /// Core time for what is not in the caches any more of memory that is gone through again and again.
    [[nodiscard]] Nanoseconds beyond_caches(const Read& read) const;
    /// The part of one of the caches.
    [[nodiscard]] Nanoseconds beyond(const scenario::CacheSpec& cache, const Read& read) const;
    void emit(trace::EventKind kind, const interpreter::PyThread& thread, int object, std::int64_t value);

    machine::Machine& machine_;
    PhysicalMemory& physical_;
    Gauge& in_use_;
    interpreter::Interpreter& interpreter_;
    const scenario::MemorySpec& spec_;
    int id_;
    Heap heap_;
    std::shared_ptr<BigBlocks> big_blocks_;
    std::map<std::size_t, KeptList> lists_;  ///< by set
    std::unique_ptr<Collector> collector_;
    Gauges gauges_;
    ForkedCode forked_code_;
    bool collecting_ = false;
    bool finalized_ = false;
};

}  // namespace gilsim::memory
