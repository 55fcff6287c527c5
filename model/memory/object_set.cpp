#include "model/memory/object_set.hpp"

#include <algorithm>
#include <numeric>

namespace gilsim::memory {

ObjectSet::ObjectSet(const ObjectTraits& its_traits, const std::vector<Bytes>& blocks, const std::vector<Bytes>& apart,
                     Bytes packed)
    : traits(its_traits),
      packed_(packed > 0),
      blocks_(static_cast<std::int64_t>(blocks.size())),
      object_bytes_(std::accumulate(blocks.begin(), blocks.end(), Bytes{0})) {
    for (const Bytes size : apart) layers_.emplace_back(size);
    if (packed_) layers_.emplace_back(packed, true);
}

Faults ObjectSet::allocate(Allocators& from, AddressSpace& space, int heap, std::int64_t count) {
    Faults faults;
    std::int64_t waiting = 0;
    if (traits.free_list > 0) {
        const auto blocks = from.free_lists.take(kind(), count);
        for (const BlockRun& run : blocks) waiting += run.count;
        faults += layers_.front().add(from, space, blocks);
    }
    for (BlockRuns& layer : layers_)
        faults += layer.allocate(from, space, heap, &layer == &layers_.front() ? count - waiting : count);
    count_ += count;
    runs_.push_back({count, Generation::young, false});
    tidy();
    return faults;
}

std::int64_t ObjectSet::drop(Allocators& to, AddressSpace& space, std::int64_t count, Faults& faults) {
    std::int64_t freed = 0;
    std::int64_t at = 0;
    for (std::size_t i = 0; i < runs_.size() && count > 0; ++i) {
        if (!runs_[i].garbage) {
            const std::int64_t n = std::min(count, runs_[i].count);
            count -= n;
            if (traits.cyclic) {
                const Run rest{runs_[i].count - n, runs_[i].generation, false};
                runs_[i] = {n, rest.generation, true};
                if (rest.count > 0) runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
            } else {
                faults += free(to, space, at, at + n);
                runs_[i].count -= n;
                freed += n;
            }
        }
        at += runs_[i].count;
    }
    tidy();
    return freed;
}

void ObjectSet::abandon() {
    for (Run& run : runs_) run.garbage = run.garbage || run.generation != Generation::permanent;
    tidy();
}

Faults ObjectSet::free(Allocators& to, AddressSpace& space, std::int64_t first, std::int64_t last) {
    Faults faults;
    // The newest first: `del kept[:]` drops what it has cut out from its end (Objects/listobject.c, list_ass_slice).
    const std::int64_t kept = std::clamp<std::int64_t>(traits.free_list - to.free_lists.count(kind()), 0, last - first);
    if (kept > 0) {
        faults += layers_.front().write(to, space, last - kept, last);
        to.free_lists.keep(kind(), layers_.front().cut(last - kept, last));
    }
    for (BlockRuns& layer : layers_)
        faults += layer.free(to, space, first, &layer == &layers_.front() ? last - kept : last);
    count_ -= last - first;
    return faults;
}

Faults ObjectSet::write_contents(const Allocators& of, AddressSpace& space) const {
    Faults faults;
    for (std::size_t i = 1; i < layers_.size(); ++i) faults += layers_[i].write(of, space, 0, count_);
    return faults;
}

Faults ObjectSet::write_packed(const Allocators& of, AddressSpace& space) const {
    return packed_ ? layers_.back().write(of, space, 0, count_) : Faults{};
}

std::int64_t ObjectSet::garbage() const {
    std::int64_t sum = 0;
    for (const Run& run : runs_) sum += run.garbage ? run.count : 0;
    return sum;
}

std::int64_t ObjectSet::garbage(Generation of) const {
    std::int64_t sum = 0;
    for (const Run& run : runs_) sum += run.garbage && run.generation == of ? run.count : 0;
    return sum;
}

std::int64_t ObjectSet::pools_apart(const Allocators& of, const BlockRuns& layer, std::int64_t count) const {
    if (!layer.pooled(of)) return 0;
    Bytes all = 0;
    for (const BlockRuns& other : layers_) all += other.pooled(of) ? other.size() : 0;
    return count * std::min(layer.size(), all - layer.size()) / of.pools.pool_size();
}

void Read::add(const Allocators& of, const ObjectSet& set, std::int64_t objects, bool all_blocks) {
    const std::int64_t lines = objects * (all_blocks ? set.blocks() : 1);
    bytes += objects * set.object_bytes();
    if (set.traits.scattered) {
        scattered += lines;
    } else {
        in_order += lines;
        pools_apart += set.pools_apart(of, set.layers().front(), objects);
    }
}

void Read::add_referred(const Allocators& of, const ObjectSet& set, std::int64_t objects) {
    if (set.traits.scattered) return;
    bytes += objects * set.object_bytes();
    for (std::size_t i = 1; i < set.layers().size(); ++i) {
        const BlockRuns& layer = set.layers()[i];
        in_order += objects * std::min(layer.size(), kLine) / kLine;
        pools_apart += set.pools_apart(of, layer, objects);
    }
}

Bytes ObjectSet::room(const Allocators& of) const {
    Bytes sum = 0;
    for (const BlockRuns& layer : layers_) sum += of.pools.room(layer.size());
    return sum;
}

void Read::add_whole(const Allocators& of, const ObjectSet& set, std::int64_t objects) {
    const Bytes all = objects * set.room(of);
    bytes += all;
    (set.traits.scattered ? scattered : in_order) += all / kLine;
}

std::int64_t ObjectSet::big_blocks(const Allocators& of) const {
    return std::count_if(layers_.begin(), layers_.end(), [&](const BlockRuns& layer) { return !layer.small(of); });
}

std::int64_t ObjectSet::count(Generation generation) const {
    std::int64_t sum = 0;
    for (const Run& run : runs_) sum += run.generation == generation ? run.count : 0;
    return sum;
}

void ObjectSet::move(Generation from, Generation to, std::int64_t count) {
    for (std::size_t i = 0; i < runs_.size() && count > 0; ++i) {
        Run& run = runs_[i];
        if (run.generation != from) continue;
        const std::int64_t n = std::min(count, run.count);
        count -= n;
        const Run rest{run.count - n, from, run.garbage};
        run = {n, to, run.garbage};
        if (rest.count > 0) runs_.insert(runs_.begin() + static_cast<std::ptrdiff_t>(i) + 1, rest);
    }
    tidy();
}

void ObjectSet::mark_alive(Generation to) {
    for (Run& run : runs_)
        if (!run.garbage && run.generation != Generation::permanent) run.generation = to;
    tidy();
}

std::int64_t ObjectSet::free_garbage(Generation of, Allocators& to, AddressSpace& space, Faults& faults) {
    std::int64_t freed = 0;
    std::int64_t at = 0;
    for (Run& run : runs_) {
        if (run.garbage && run.generation == of) {
            faults += free(to, space, at, at + run.count);
            freed += run.count;
            run.count = 0;
        }
        at += run.count;
    }
    tidy();
    return freed;
}

// Joins neighbours that are alike.
void ObjectSet::tidy() {
    std::deque<Run> joined;
    for (const Run& run : runs_) {
        if (run.count == 0) continue;
        if (!joined.empty() && joined.back().generation == run.generation && joined.back().garbage == run.garbage) {
            joined.back().count += run.count;
        } else {
            joined.push_back(run);
        }
    }
    runs_ = std::move(joined);
}

}  // namespace gilsim::memory
