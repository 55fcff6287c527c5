#pragma once
/// CPython up to 3.13 and from 3.14.5 on (Modules/gcmodule.c, from 3.13 Python/gc.c: gc_select_generation,
/// gc_collect_main, gc_freeze_impl): three generations, the chosen one and all younger ones in one pass.

#include <array>

#include "model/memory/collector.hpp"

namespace gilsim::memory {

class GenerationalCollector final : public Collector {
public:
    GenerationalCollector(const scenario::GcSpec& spec, const Heap& heap)
        : Collector(spec), long_lived_total_(heap.objects(Generation::old)) {}
    [[nodiscard]] std::unique_ptr<Collector> clone() const override {
        return std::make_unique<GenerationalCollector>(*this);
    }
    Pass collect(Heap& heap) override { return collect(heap, select()); }
    Pass collect_all(Heap& heap) override { return collect(heap, 2); }
    void freeze(Heap& heap) override;

private:
    [[nodiscard]] int select() const;
    Pass collect(Heap& heap, int generation);

    std::array<std::int64_t, 3> counts_{};    ///< [1], [2]: collections of the generation below since this one's last
    std::int64_t long_lived_total_;           ///< survivors of the last full collection
    std::int64_t long_lived_pending_ = 0;     ///< objects that have entered the oldest generation since
};

}  // namespace gilsim::memory
