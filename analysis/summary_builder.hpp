#pragma once
/// Computes the summary of a run from its events.

#include <deque>

#include "analysis/summary.hpp"

namespace gilsim::analysis {

/// A sink that sums up a run as it happens. Per event: a few additions in vectors indexed by the dense ids of the
/// directory, no look-up by key and (but for growth) no allocation; some 5 to 20 ns.
class SummaryBuilder final : public trace::Sink {
public:
    /// `directory` must outlive the run and the call of `summary`.
    explicit SummaryBuilder(const trace::Directory& directory) : directory_(directory) {}

    void event(const trace::Event& e) override;
    void finish(Nanoseconds end, trace::Outcome outcome) override;

    /// The finished summary; only after `finish`. `deadlock` and `failure` are left empty: the model's result has them, not the events.
    [[nodiscard]] RunSummary summary() const;

    // What the distributions in the summary come from, by id; only after `finish`.
    [[nodiscard]] const Samples& gil_waits(int id) const { return interpreters_[static_cast<std::size_t>(id)].waits; }
    [[nodiscard]] const Samples& lock_waits(int id) const { return locks_[static_cast<std::size_t>(id)].waits; }
    [[nodiscard]] const Samples& latencies(int kind) const { return requests_[static_cast<std::size_t>(kind)].latency; }

private:
    struct Thread {
        StateTimes states;
        ContextSwitches switches;
        Nanoseconds start = 0;
        Nanoseconds end = 0;
        Nanoseconds charged = 0;           ///< its time up to here has been charged to its state
        Nanoseconds gil_wait_since = -1;   ///< -1: does not wait
        Nanoseconds lock_wait_since = -1;  ///< -1: does not wait
        Nanoseconds collecting_since = -1;  ///< -1: does not collect
        int process = -1;
        int state = -1;  ///< -1: does not live
        bool ended = false;
        int holds_gil = -1;           ///< the interpreter whose GIL it holds; -1: none
        std::vector<int> operations;  ///< the labels it is in, innermost last
        std::vector<int> requests;    ///< the kinds of its open requests
    };
    struct Core {
        Nanoseconds busy = 0;
        Nanoseconds since = 0;
        std::int64_t switches = 0;
        int thread = -1;
    };
    struct Interpreter {
        GilSummary gil;
        Samples waits;
        Nanoseconds held_since = -1;
        int holder_before = -1;  ///< the one before the latest hand-off
    };
    struct Process {
        Nanoseconds start = 0;
        Nanoseconds end = 0;
        bool ended = false;
        bool killed = false;
        std::int64_t page_faults = 0;
        std::int64_t pages_copied = 0;
        std::int64_t objects_collected = 0;
        Samples gc_pauses;
        Nanoseconds gc_total = 0;
    };
    struct Request {
        Samples latency;
        StateTimes states;
        std::int64_t begun = 0;
    };
    struct Operation {
        StateTimes states;
        Nanoseconds gil_held = 0;
        std::int64_t count = 0;
        std::int64_t changes = 0;
        int thread = -1;  ///< that began the latest one
    };
    struct Lock {
        Samples waits;
        std::int64_t timeouts = 0;
        std::int64_t signals = 0;
        std::int64_t acquisitions = 0;
        Nanoseconds held = 0;
        Nanoseconds held_since = -1;
    };
    struct Counter {
        std::int64_t last = 0;
        std::int64_t max = 0;
        std::int64_t before = 0;   ///< it was `last`
        Nanoseconds changed = -1;  ///< when; -1: never
    };
    struct OpenRequest {
        Nanoseconds begin = -1;  ///< -1: not open
        int thread = -1;
    };

    void charge(Thread& thread, Nanoseconds now);
    void switch_core(const trace::Event& e);
    void acquire_gil(const trace::Event& e);
    void release_gil(Thread& thread, Nanoseconds now);
    void begin_request(const trace::Event& e);
    void serve_request(const trace::Event& e);
    void end_request(const trace::Event& e);
    [[nodiscard]] std::string process_name(int process) const;

    const trace::Directory& directory_;
    std::vector<Thread> threads_;
    std::vector<Core> cores_;
    std::vector<Interpreter> interpreters_;
    std::vector<Process> processes_;
    std::vector<Request> requests_;
    std::vector<Operation> operations_;
    std::vector<Lock> locks_;
    std::vector<Counter> counters_;
    std::deque<OpenRequest> open_;  ///< by serial number, from `first_open_` on
    std::int64_t first_open_ = 0;
    Nanoseconds end_ = 0;
    trace::Outcome outcome_ = trace::Outcome::completed;
};

}  // namespace gilsim::analysis
