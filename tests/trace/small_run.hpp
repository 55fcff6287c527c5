#pragma once
/// A small run made by hand, with every kind of event: two cores, five threads in two processes, GIL hand-offs by
/// request and by blocking, two locks, two requests, a preemption; it ends in a deadlock while a daemon runs.

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "model/trace/events.hpp"
#include "tests/trace/laws.hpp"

namespace gilsim::test {

/// A run as the model would tell it.
struct Run {
    trace::Directory directory;
    std::vector<trace::Event> events;
    Nanoseconds end = 0;
    trace::Outcome outcome = trace::Outcome::completed;

    void play(trace::Sink& sink) const {
        for (const auto& event : events) sink.event(event);
        sink.finish(end, outcome);
    }
};

/// Threads of the small run.
enum SmallThread { kMain = 0, kWorker = 1, kDaemon = 2, kHelper = 3, kChild = 4 };

Run small_run();

/// `rounds` GIL hand-offs among four threads on two cores, 14 events each, with an event's usual neighbours.
void play_handoffs(trace::Sink& sink, int rounds);
trace::Directory handoff_directory();

/// A folder for one test, removed with everything in it.
class Folder {
public:
    Folder();
    ~Folder();
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    std::filesystem::path operator/(const std::string& name) const { return path_ / name; }
    [[nodiscard]] const std::filesystem::path& path() const { return path_; }

private:
    std::filesystem::path path_;
};

/// The run as a full Perfetto trace, decoded.
Trace written_and_read(const Run& run);

}  // namespace gilsim::test
