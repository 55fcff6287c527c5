#pragma once
/// Requests overlap, slices of one track must not: each open request has a lane for itself.

#include <functional>
#include <memory_resource>
#include <queue>
#include <unordered_map>
#include <vector>

#include "model/trace/events.hpp"
#include "model/trace/perfetto_dictionary.hpp"

namespace gilsim::trace::perfetto {

/// Writes the slices of requests. A request takes the free lane of its kind with the lowest number; lanes of a kind
/// bear the same name, so a viewer draws them as one track.
class Requests {
public:
    Requests(Dictionary& dictionary, Packets& out, const Directory& directory)
        : dictionary_(dictionary), out_(out), directory_(directory) {}

    void begin(const Event& e) {
        const auto lane = take_lane(e.object);
        open_[e.value] = lane;
        const auto uuid = dictionary_.request_lane(lane, e.object);
        TrackEvent slice(e.time, EventType::slice_begin, uuid);
        slice.named(dictionary_.request_name(e.object)).note(Note::request, e.value);
        if (e.thread >= 0) slice.note(Note::thread, tid(e.thread));  // otherwise: nobody serves it yet
        out_.write(slice);
    }

    void serve(const Event& e) {
        out_.write(TrackEvent(e.time, EventType::instant, dictionary_.thread(e.thread))
                       .named(event_name(e.kind))
                       .note(Note::request, e.value)
                       .note(Note::value, e.object));
    }

    void end(const Event& e) {
        const auto found = open_.find(e.value);
        if (found == open_.end()) {  // against the contract; shown, so that whoever checks the trace sees it
            out_.write(TrackEvent(e.time, EventType::instant, dictionary_.thread(e.thread))
                           .named(event_name(e.kind))
                           .note(Note::request, e.value));
            return;
        }
        TrackEvent slice(e.time, EventType::slice_end, track(Track::request_lane, found->second));
        if (e.thread >= 0) slice.note(Note::thread, tid(e.thread));  // otherwise: the reply reached a client outside
        out_.write(slice);
        lanes_[static_cast<std::size_t>(found->second)].busy = false;
        free_[static_cast<std::size_t>(e.object)].push(found->second);
        open_.erase(found);
    }

    /// Ends the slices of the requests that are open at the end of the run, in order of their lanes.
    void close(Nanoseconds end) {
        for (std::size_t lane = 0; lane < lanes_.size(); ++lane) {
            if (!lanes_[lane].busy) continue;
            out_.write(TrackEvent(end, EventType::slice_end, track(Track::request_lane, static_cast<int>(lane))));
        }
    }

private:
    struct Lane {
        bool busy = false;
    };
    using Free = std::priority_queue<int, std::vector<int>, std::greater<>>;

    int tid(int thread) const { return directory_.threads[static_cast<std::size_t>(thread)].tid; }
    int take_lane(int kind) {
        const auto k = static_cast<std::size_t>(kind);
        if (k >= free_.size()) free_.resize(k + 1);
        int lane = static_cast<int>(lanes_.size());
        if (free_[k].empty()) {
            lanes_.push_back({});
        } else {
            lane = free_[k].top();
            free_[k].pop();
        }
        lanes_[static_cast<std::size_t>(lane)].busy = true;
        return lane;
    }

    Dictionary& dictionary_;
    Packets& out_;
    const Directory& directory_;
    std::vector<Lane> lanes_;
    std::vector<Free> free_;                                   ///< per kind
    std::pmr::unsynchronized_pool_resource pool_;              ///< nodes are used again
    std::pmr::unordered_map<std::int64_t, int> open_{&pool_};  ///< serial number -> lane; never iterated
};

}  // namespace gilsim::trace::perfetto
