#include "analysis/insight/lanes.hpp"

#include <algorithm>
#include <map>

#include "model/trace/entries.hpp"

namespace gilsim::analysis {
namespace {

using trace::entry;
using trace::EventKind;

// Merges neighbours until every slice is at least `grain` long (or the last), or was alone longer than that.
std::vector<Slice> merged(const std::vector<Slice>& slices, Nanoseconds grain, Nanoseconds now) {
    std::vector<Slice> result;
    std::map<std::int32_t, Nanoseconds> times;  // of the group being merged
    Nanoseconds group = -1;                     // where it began
    const auto close = [&] {
        if (group < 0) return;
        const auto most = std::max_element(times.begin(), times.end(),
                                           [](const auto& a, const auto& b) { return a.second < b.second; });
        if (result.empty() || result.back().value != most->first) result.push_back({group, most->first});
        times.clear();
        group = -1;
    };
    for (std::size_t i = 0; i < slices.size(); ++i) {
        const Nanoseconds end = i + 1 < slices.size() ? slices[i + 1].begin : now;
        const Nanoseconds length = end - slices[i].begin;
        if (length >= grain) {
            close();
            if (result.empty() || result.back().value != slices[i].value) result.push_back(slices[i]);
            continue;
        }
        if (group < 0) group = slices[i].begin;
        times[slices[i].value] += length;
        if (end - group >= grain) close();
    }
    close();
    // What the lane shows now must not be lost: its slice goes on.
    if (!slices.empty() && result.back().value != slices.back().value) result.push_back(slices.back());
    return result;
}

}  // namespace

void Lanes::add(std::vector<Lane>& lanes, Lane::Kind kind, int id, Nanoseconds time, std::int32_t value) {
    if (id < 0 || id >= kMostLanes) return;
    Lane& lane = entry(lanes, id);
    lane.kind = kind;
    lane.id = id;
    if (!lane.slices.empty() && lane.slices.back().begin == time) {
        lane.slices.back().value = value;
        return;
    }
    if (lane.slices.empty() ? value < 0 : lane.slices.back().value == value) return;
    lane.slices.push_back({time, value});
    if (++count_ > budget_) coarsen(time);
}

void Lanes::coarsen(Nanoseconds now) {
    // What has come since the last time was never merged: perhaps the present grain is enough.
    if (grain_ > 0) merge(now);
    while (count_ > budget_ / 2 && grain_ <= now) {
        grain_ = grain_ == 0 ? kMicrosecond : grain_ * 2;
        merge(now);
    }
}

void Lanes::merge(Nanoseconds now) {
    count_ = 0;
    for (auto* lanes : {&threads_, &cores_, &gils_}) {
        for (Lane& lane : *lanes) {
            lane.slices = merged(lane.slices, grain_, now);
            count_ += lane.slices.size();
        }
    }
}

void Lanes::event(const trace::Event& e) {
    switch (e.kind) {
        case EventKind::state:
            return add(threads_, Lane::Kind::thread, e.thread, e.time, static_cast<std::int32_t>(e.value));
        case EventKind::thread_end: {
            int& gil = entry(gil_of_, e.thread);
            if (gil > 0) add(gils_, Lane::Kind::gil, gil - 1, e.time, -1);
            gil = 0;
            return add(threads_, Lane::Kind::thread, e.thread, e.time, -1);
        }
        case EventKind::sched_switch:
            return add(cores_, Lane::Kind::core, e.core, e.time, e.thread);
        case EventKind::gil_acquire:
            entry(gil_of_, e.thread) = e.object + 1;
            return add(gils_, Lane::Kind::gil, e.object, e.time, e.thread);
        case EventKind::gil_release:
            entry(gil_of_, e.thread) = 0;
            return add(gils_, Lane::Kind::gil, e.object, e.time, -1);
        default:
            return;
    }
}

std::vector<Lane> Lanes::lanes() const {
    std::vector<Lane> all;
    for (const auto* lanes : {&threads_, &cores_, &gils_}) {
        for (const Lane& lane : *lanes) {
            if (lane.id >= 0) all.push_back(lane);
        }
    }
    return all;
}

}  // namespace gilsim::analysis
