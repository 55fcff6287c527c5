#pragma once
/// The counters of the trace that show memory.

#include <array>
#include <string_view>

#include "model/memory/heap.hpp"
#include "model/trace/recorder.hpp"

namespace gilsim::memory {

/// A counter of the trace; records only changes.
class Gauge {
public:
    /// `process`: -1: of the machine.
    Gauge(trace::Recorder& recorder, std::string_view name, std::string_view unit, int process);
    void set(Nanoseconds now, std::int64_t value);

private:
    trace::Recorder& recorder_;
    int counter_;
    std::int64_t last_ = -1;
};

class Gauges {
public:
    /// Declares the counters of process `id`.
    Gauges(trace::Recorder& recorder, int id);
    /// Records what has changed.
    void show(Nanoseconds now, const Heap& heap);
    /// The process is gone.
    void clear(Nanoseconds now);

private:
    Gauge rss_, uss_, objects_, arenas_;
    std::array<Gauge, 3> generations_;
};

}  // namespace gilsim::memory
