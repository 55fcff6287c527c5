#include "model/memory/free_lists.hpp"

#include <algorithm>

namespace gilsim::memory {

std::int64_t FreeLists::count(const Kind& kind) const {
    const auto list = lists_.find(kind);
    std::int64_t sum = 0;
    if (list != lists_.end())
        for (const BlockRun& run : list->second) sum += run.count;
    return sum;
}

void FreeLists::keep(const Kind& kind, const std::vector<BlockRun>& blocks) {
    auto& list = lists_[kind];
    list.insert(list.end(), blocks.begin(), blocks.end());
}

std::vector<BlockRun> FreeLists::take(const Kind& kind, std::int64_t count) {
    std::vector<BlockRun> taken;
    const auto list = lists_.find(kind);
    while (list != lists_.end() && count > 0 && !list->second.empty()) {
        BlockRun& last = list->second.back();
        const auto n = static_cast<std::int32_t>(std::min<std::int64_t>(count, last.count));
        taken.push_back({last.pool, last.first + last.count - n, n});
        last.count -= n;
        count -= n;
        if (last.count == 0) list->second.pop_back();
    }
    return taken;
}

std::int64_t FreeLists::clear(PoolAllocator& to, AddressSpace& space, Faults& faults) {
    std::int64_t freed = 0;
    for (const auto& [kind, list] : lists_) {
        for (const BlockRun& run : list) {
            faults += to.free(space, run);
            freed += run.count;
        }
    }
    lists_.clear();
    return freed;
}

}  // namespace gilsim::memory
