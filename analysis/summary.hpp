#pragma once
/// The summary of a run: where every thread's time went, what cores and GILs did, how long requests took. Plain
/// integers, computed from the events of the run alone: from memory or from a trace file, the figures are the same.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "analysis/samples.hpp"
#include "model/engine/time.hpp"
#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// Time per thread state, indexed by `trace::ThreadState`.
struct StateTimes {
    std::array<Nanoseconds, trace::kStates.size()> times{};

    Nanoseconds& operator[](trace::ThreadState s) { return times[static_cast<std::size_t>(s)]; }
    Nanoseconds operator[](trace::ThreadState s) const { return times[static_cast<std::size_t>(s)]; }
    StateTimes& operator+=(const StateTimes& other);
    /// All states together.
    [[nodiscard]] Nanoseconds total() const;
    /// All states in which a thread occupies a core.
    [[nodiscard]] Nanoseconds on_core() const;
    bool operator==(const StateTimes&) const = default;
};

// The meaning and the JSON key of every member below stand in summary_fields.hpp, the one table of them.

struct ContextSwitches {
    std::int64_t voluntary = 0;
    std::int64_t involuntary = 0;
    ContextSwitches& operator+=(const ContextSwitches& other) {
        voluntary += other.voluntary;
        involuntary += other.involuntary;
        return *this;
    }
    bool operator==(const ContextSwitches&) const = default;
};

struct ThreadSummary {
    std::string name;
    std::string process;
    Nanoseconds start = 0;
    Nanoseconds end = 0;
    bool ended = false;
    StateTimes states;  ///< tile [start, end] exactly
    ContextSwitches switches;
    bool operator==(const ThreadSummary&) const = default;
};

struct CoreSummary {
    Nanoseconds busy = 0;
    Nanoseconds idle = 0;
    std::int64_t switches = 0;
    bool operator==(const CoreSummary&) const = default;
};

struct GilSummary {
    std::string policy;
    std::int64_t acquisitions = 0;
    std::int64_t handoffs = 0;
    std::int64_t returns = 0;
    std::int64_t drop_requests = 0;
    std::int64_t forced_switches = 0;
    Nanoseconds held = 0;
    Nanoseconds idle = 0;
    Distribution waits;
    std::int64_t missed = 0;
    std::int64_t world_stops = 0;
    bool operator==(const GilSummary&) const = default;
};

struct InterpreterSummary {
    std::string name;
    std::string process;
    GilSummary gil;
    bool operator==(const InterpreterSummary&) const = default;
};

struct ProcessSummary {
    std::string name;
    std::int64_t pid = 0;
    std::int64_t threads = 0;
    Nanoseconds start = 0;
    Nanoseconds end = 0;
    bool ended = false;
    bool killed = false;
    Bytes rss_peak = 0;
    Bytes uss_peak = 0;
    Bytes uss_end = 0;
    std::int64_t page_faults = 0;
    std::int64_t pages_copied = 0;
    std::int64_t collections = 0;
    std::int64_t objects_collected = 0;
    Distribution gc_pauses;
    Nanoseconds gc_total = 0;
    bool operator==(const ProcessSummary&) const = default;
};

struct RequestSummary {
    std::string name;
    std::int64_t count = 0;
    std::int64_t unfinished = 0;
    std::int64_t throughput_per_s = 0;
    Distribution latency;
    StateTimes states;
    bool operator==(const RequestSummary&) const = default;
};

struct OperationSummary {
    std::string name;
    std::int64_t count = 0;
    std::int64_t changes = 0;
    Nanoseconds gil_held = 0;
    StateTimes states;
    bool operator==(const OperationSummary&) const = default;
};

struct LockSummary {
    std::string name;
    std::string process;
    std::int64_t acquisitions = 0;
    Nanoseconds held = 0;
    Distribution waits;
    std::string kind = "lock";
    std::int64_t timeouts = 0;
    std::int64_t signals = 0;
    bool operator==(const LockSummary&) const = default;
};

struct CounterSummary {
    std::string name;
    std::string process;
    std::string unit;
    std::int64_t last = 0;
    std::int64_t max = 0;
    bool operator==(const CounterSummary&) const = default;
};

/// One run of one variant.
struct RunSummary {
    std::string name;
    std::uint64_t seed = 0;
    trace::Outcome outcome = trace::Outcome::completed;
    Nanoseconds makespan = 0;
    Bytes memory_peak = 0;
    std::vector<std::string> deadlock;
    std::string failure;
    ContextSwitches switches;
    std::vector<ThreadSummary> threads;
    std::vector<CoreSummary> cores;
    std::vector<InterpreterSummary> interpreters;
    std::vector<ProcessSummary> processes;
    std::vector<RequestSummary> requests;
    std::vector<OperationSummary> operations;
    std::vector<LockSummary> locks;
    std::vector<CounterSummary> counters;
    bool operator==(const RunSummary&) const = default;
};

/// How a run ended that neither got to its end nor to its time limit, in words; else empty. Such a run stopped early:
/// what it took is not to be compared with anything.
[[nodiscard]] constexpr std::string_view bad_end(trace::Outcome outcome) {
    switch (outcome) {
        case trace::Outcome::completed:
        case trace::Outcome::limit:
            return "";
        case trace::Outcome::deadlock:
            return "deadlock";
        case trace::Outcome::failed:
            return "program error";
        case trace::Outcome::out_of_memory:
            return "out of memory";
    }
    return "";
}
[[nodiscard]] constexpr bool ended_badly(trace::Outcome outcome) {
    return !bad_end(outcome).empty();
}

/// A whole scenario: what summary.json holds.
struct ScenarioSummary {
    std::string scenario;  ///< the file's name without folders
    std::string title;
    std::vector<RunSummary> variants;
    bool operator==(const ScenarioSummary&) const = default;
};

}  // namespace gilsim::analysis
