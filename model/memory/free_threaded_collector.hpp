#pragma once
/// Free-threaded builds (Python/gc_free_threading.c: gc_should_collect, gc_collect_internal): no generations, every
/// collection visits the whole heap, with the world stopped.

#include "model/memory/collector.hpp"

namespace gilsim::memory {

class FreeThreadedCollector final : public Collector {
public:
    FreeThreadedCollector(const scenario::GcSpec& spec, const Heap& heap)
        : Collector(spec), long_lived_total_(heap.objects(Generation::old)), last_memory_(heap.rss()) {}
    [[nodiscard]] std::unique_ptr<Collector> clone() const override {
        return std::make_unique<FreeThreadedCollector>(*this);
    }
    bool agrees(const Heap& heap) override;
    Pass collect(Heap& heap) override;
    Pass collect_all(Heap& heap) override { return collect(heap); }

private:
    /// Above the threshold, and by a quarter of what the last collection left alive: no quadratic cost.
    [[nodiscard]] std::int64_t due_above() const override;

    std::int64_t long_lived_total_;
    Bytes last_memory_;           ///< of the process after the last collection
    std::int64_t deferred_ = 0;   ///< young objects of collections that the memory gate has put off
};

}  // namespace gilsim::memory
