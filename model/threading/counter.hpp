#pragma once
/// A number in the trace that changes over time: the depth of a queue, the value of a semaphore.

#include <string>

#include "model/trace/recorder.hpp"

namespace gilsim::threading {

class Counter {
public:
    /// `process`: its id in the trace; -1: of the machine.
    Counter(trace::Recorder& recorder, std::string name, std::string unit, int process)
        : recorder_(recorder), id_(static_cast<int>(recorder.directory.counters.size())) {
        recorder.directory.counters.push_back({std::move(name), std::move(unit), process});
    }
    void set(Nanoseconds now, std::int64_t value) {
        recorder_.emit({.time = now, .kind = trace::EventKind::counter, .object = id_, .value = value});
    }

private:
    trace::Recorder& recorder_;
    int id_;
};

}  // namespace gilsim::threading
