#pragma once
/// The cyclic garbage collector: when a collection is due, which objects it visits, what it frees. Decisions and
/// bookkeeping only; what a pass costs, and who waits for it, is decided where it runs (process_memory.cpp).

#include <initializer_list>
#include <memory>

#include "model/memory/heap.hpp"

namespace gilsim::memory {

/// What a collection has done.
struct Pass {
    int generation = 0;              ///< as gc.get_stats() counts it
    bool old = false;                ///< old objects, too, and with them the lists in which the program keeps others
    std::int64_t visited = 0;        ///< objects of the program whose references were followed, several times over
    std::int64_t references = 0;     ///< that they have
    std::int64_t own_visited = 0;    ///< objects of the interpreter itself
    std::int64_t marked = 0;         ///< objects marked as reachable (incremental)
    Read read;                       ///< the headers and objects visited or marked
    Read referred;                   ///< what these refer to
    Read garbage;                    ///< those of them that are garbage
    std::int64_t collected = 0;      ///< garbage objects
    std::int64_t freed_blocks = 0;   ///< of theirs
    Faults faults;                   ///< of writing to objects' headers
};

class Collector {
public:
    explicit Collector(const scenario::GcSpec& spec) : spec_(spec), enabled_(spec.enabled) {}
    virtual ~Collector() = default;
    Collector& operator=(const Collector&) = delete;
    Collector(Collector&&) = delete;
    Collector& operator=(Collector&&) = delete;
    /// A forked child's.
    [[nodiscard]] virtual std::unique_ptr<Collector> clone() const = 0;

    /// So many objects more (less) are tracked than before.
    void count(std::int64_t change);
    /// How many more objects until a collection is due; `kNever` if it never will be.
    [[nodiscard]] std::int64_t until_due() const;
    [[nodiscard]] bool due() const { return enabled_ && threshold(0) > 0 && young_ > due_above(); }
    /// The last question before a collection that is due.
    virtual bool agrees(const Heap& /*heap*/) { return true; }
    /// The collection that is due.
    virtual Pass collect(Heap& heap) = 0;
    /// gc.collect().
    virtual Pass collect_all(Heap& heap) = 0;

    void enable(bool on) { enabled_ = on; }
    [[nodiscard]] bool enabled() const { return enabled_; }
    /// gc.freeze(): what exists now is not visited again. Collectors with generations begin to count anew.
    virtual void freeze(Heap& heap);
    /// gc.unfreeze().
    virtual void unfreeze(Heap& heap);

    /// The collector's count of young objects (gc.get_count()[0]).
    [[nodiscard]] std::int64_t young() const { return young_; }

protected:
    Collector(const Collector&) = default;
    [[nodiscard]] std::int64_t threshold(std::size_t i) const {
        return i < spec_.thresholds.size() ? spec_.thresholds[i] : 0;
    }
    /// A collection is due when the count of young objects exceeds this.
    [[nodiscard]] virtual std::int64_t due_above() const { return threshold(0); }
    /// Visits all objects of some generations, frees their garbage, and puts the others into `to`.
    static Pass visit(Heap& heap, std::initializer_list<Generation> from, Generation to);
    /// Puts objects into another generation, oldest first; yields how many there were.
    static std::int64_t move(Heap& heap, Generation from, Generation to, std::int64_t most);

    const scenario::GcSpec& spec_;
    bool enabled_;
    std::int64_t young_ = 0;
};

/// The collector of an interpreter, for a process that has just started.
std::unique_ptr<Collector> make_collector(const scenario::GcSpec& spec, const Heap& heap);

}  // namespace gilsim::memory
