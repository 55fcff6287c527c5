#pragma once
/// CPython 3.14.0 to 3.14.4 (Python/gc.c: gc_collect_increment, assess_work_to_do, mark_at_start): every collection visits
/// the young objects and as much of the old ones as keeps pace with allocation. A cycle begins with marking, in one go, all
/// that the interpreter's roots and the stacks reach: it need not be visited in this cycle any more.

#include "model/memory/collector.hpp"

namespace gilsim::memory {

class IncrementalCollector final : public Collector {
public:
    explicit IncrementalCollector(const scenario::GcSpec& spec) : Collector(spec) {}
    [[nodiscard]] std::unique_ptr<Collector> clone() const override {
        return std::make_unique<IncrementalCollector>(*this);
    }
    Pass collect(Heap& heap) override;
    Pass collect_all(Heap& heap) override;
    void freeze(Heap& heap) override {
        Collector::freeze(heap);
        young_ = 0;
    }

private:
    Pass mark(Heap& heap);
    void complete(Heap& heap);

    bool marking_ = true;           ///< the cycle has yet to mark (GC_PHASE_MARK)
    std::int64_t work_to_do_ = 0;   ///< objects to visit to keep pace; negative: ahead
};

}  // namespace gilsim::memory
