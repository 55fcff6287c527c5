#pragma once
/// The model's front door: runs one variant of a scenario and tells its sinks what happens.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "model/scenario/spec.hpp"
#include "model/trace/events.hpp"

namespace gilsim::workload {

/// What a run yields beside its events.
struct RunResult {
    trace::Outcome outcome = trace::Outcome::completed;
    Nanoseconds end = 0;                ///< simulated time at the end: the makespan
    std::vector<std::string> deadlock;  ///< if deadlocked: who waits for whom, one line each, the cycle first
    std::string failure;                ///< if failed: which thread, where, what it did and the remedy
    std::uint64_t engine_events = 0;    ///< timers fired and actors woken: what the benchmark counts
};

/// One simulation. SimGrid's clock cannot be set back, so a process runs one simulation in its life: fork first
/// (`engine::in_child`).
class Simulation {
public:
    /// `scenario`: the file's name without folders, for the trace. `variant` must outlive the simulation.
    Simulation(const scenario::Variant& variant, const std::string& scenario);
    ~Simulation();
    Simulation(const Simulation&) = delete;
    Simulation& operator=(const Simulation&) = delete;

    /// Grows during the run; sinks keep a reference to it.
    [[nodiscard]] const trace::Directory& directory() const;
    /// Adds a consumer of events, before `run`. It must outlive the run.
    void attach(trace::Sink& sink);
    /// Runs to the end, calls `finish` of every sink. Once only.
    RunResult run();

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::workload
