#pragma once
/// Hand-made event streams for tests of the analysis.

#include "analysis/summary_builder.hpp"

namespace gilsim::analysis::testing {

using trace::Event;
using trace::EventKind;
using trace::Outcome;
using trace::ReleaseReason;
using trace::ThreadState;

/// A run told by hand: a directory, and events that go to a SummaryBuilder.
class Stream {
public:
    explicit Stream(int cores) {
        directory.scenario = "hand.yaml";
        directory.variant = "hand";
        directory.seed = 7;
        directory.cores = cores;
    }

    int process(Nanoseconds t, const std::string& name) {
        directory.processes.push_back({name, 1000 + static_cast<int>(directory.processes.size())});
        const int id = static_cast<int>(directory.processes.size()) - 1;
        send({.time = t, .kind = EventKind::process_start, .object = id});
        return id;
    }
    int thread(Nanoseconds t, const std::string& name, int process, ThreadState state) {
        directory.threads.push_back({name, process, 2000 + static_cast<int>(directory.threads.size())});
        const int id = static_cast<int>(directory.threads.size()) - 1;
        send({.time = t, .kind = EventKind::thread_start, .thread = id, .object = process});
        this->state(t, id, state);
        return id;
    }
    void state(Nanoseconds t, int thread, ThreadState s) {
        send({.time = t, .kind = EventKind::state, .thread = thread, .value = static_cast<std::int64_t>(s)});
    }
    void end(Nanoseconds t, int thread) { send({.time = t, .kind = EventKind::thread_end, .thread = thread}); }
    /// `core` goes from `previous` to `next`.
    void core(Nanoseconds t, int core, int previous, int next, bool preempted = false) {
        send({.time = t,
              .kind = EventKind::sched_switch,
              .core = static_cast<std::int16_t>(core),
              .thread = next,
              .object = previous,
              .value = preempted ? 1 : 0});
    }
    void send(EventKind kind, Nanoseconds t, int thread, int object, std::int64_t value = 0) {
        send({.time = t, .kind = kind, .thread = thread, .object = object, .value = value});
    }
    void send(const Event& e) { builder.event(e); }
    RunSummary finish(Nanoseconds t, Outcome outcome = Outcome::completed) {
        builder.finish(t, outcome);
        return builder.summary();
    }

    trace::Directory directory;
    SummaryBuilder builder{directory};
};

/// A state's time in a summary of times.
inline StateTimes times(std::initializer_list<std::pair<ThreadState, Nanoseconds>> list) {
    StateTimes result;
    for (const auto& [state, time] : list) result[state] = time;
    return result;
}

}  // namespace gilsim::analysis::testing
