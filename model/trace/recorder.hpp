#pragma once
/// The one place through which the model tells what happens.

#include <vector>

#include "model/trace/events.hpp"

namespace gilsim::trace {

/// Hands each event to every sink, and keeps the directory of names that the events' ids refer to.
class Recorder {
public:
    Directory directory;

    void attach(Sink& sink) { sinks_.push_back(&sink); }
    void emit(const Event& event) {
        for (Sink* sink : sinks_) sink->event(event);
    }
    void finish(Nanoseconds end, Outcome outcome) {
        for (Sink* sink : sinks_) sink->finish(end, outcome);
    }

private:
    std::vector<Sink*> sinks_;
};

}  // namespace gilsim::trace
