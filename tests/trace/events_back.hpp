#pragma once
/// From a decoded trace back to the events it was written from: the proof that the encoding loses nothing.

#include <vector>

#include "model/trace/events.hpp"
#include "tests/trace/perfetto_reader.hpp"

namespace gilsim::test {

/// The events in their order, up to `run_end`.
std::vector<trace::Event> events_of(const Trace& trace);
/// The directory as far as the file has it: all of it, for a full trace that was finished.
trace::Directory directory_of(const Trace& trace);

}  // namespace gilsim::test
