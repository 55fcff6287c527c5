#include "analysis/insight/memory_use.hpp"

#include <algorithm>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {

using trace::entry;
using trace::EventKind;

namespace {

bool of_memory(const std::string& name) {
    return name == trace::kRssCounter || name == trace::kUssCounter || name == trace::kMemoryCounter;
}

bool longer(const Collection& a, const Collection& b) {
    return a.end - a.begin > b.end - b.begin;
}

}  // namespace

void MemoryUse::add(std::vector<MemorySeries::Point>& points, Nanoseconds time, std::int64_t value) {
    if (!points.empty() && points.back().time == time) {
        points.back().value = value;
        return;
    }
    points.push_back({time, value});
    if (points.size() < kMostPoints) return;
    std::size_t kept = 0;
    for (std::size_t i = 0; i + 1 < points.size(); i += 2)
        points[kept++] = {points[i].time, std::max(points[i].value, points[i + 1].value)};
    points.resize(kept);
    points.push_back({time, value});
}

void MemoryUse::event(const trace::Event& e) {
    switch (e.kind) {
        case EventKind::counter:
            if (of_memory(directory_.counters[static_cast<std::size_t>(e.object)].name))
                add(entry(counters_, e.object), e.time, e.value);
            return;
        case EventKind::page_faults:
            used_ = true;
            return;
        case EventKind::copy_on_write: {
            auto& points = entry(copies_, e.object);
            add(points, e.time, (points.empty() ? 0 : points.back().value) + e.value);
            return;
        }
        case EventKind::gc_begin:
            entry(under_way_, e.thread) = {e.thread, e.time, e.time, e.value, 0};
            return;
        case EventKind::gc_end: {
            used_ = true;
            Collection& one = entry(under_way_, e.thread);
            one.end = e.time;
            one.freed = e.value;
            ended_.push_back(one);
            if (ended_.size() < 2 * kMostCollections) return;
            std::stable_sort(ended_.begin(), ended_.end(), longer);
            ended_.resize(kMostCollections);
            return;
        }
        default:
            return;
    }
}

std::vector<MemorySeries> MemoryUse::series() const {
    std::vector<MemorySeries> all;
    if (!used_) return all;
    for (std::size_t i = 0; i < counters_.size(); ++i) {
        if (counters_[i].empty()) continue;
        const auto& counter = directory_.counters[i];
        const std::string process =
            counter.process < 0 ? "" : directory_.processes[static_cast<std::size_t>(counter.process)].name;
        all.push_back({process, counter.name, counters_[i]});
    }
    for (std::size_t i = 0; i < copies_.size(); ++i)
        if (!copies_[i].empty()) all.push_back({directory_.processes[i].name, "pages copied", copies_[i]});
    std::stable_sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.process < b.process; });
    return all;
}

std::vector<Collection> MemoryUse::collections() const {
    auto longest = ended_;
    std::stable_sort(longest.begin(), longest.end(), longer);
    if (longest.size() > kMostCollections) longest.resize(kMostCollections);
    return longest;
}

}  // namespace gilsim::analysis
