#pragma once
/// Running a sweep: every point, every variant, every repetition, on all cores, each in a process of its own; what ends
/// is kept at once, so that a sweep that was killed goes on where it was.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "analysis/resource_limits.hpp"
#include "analysis/sweep/sweep_store.hpp"
#include "analysis/sweep/worker_pool.hpp"
#include "model/scenario/sweep_file.hpp"

namespace gilsim::analysis {

/// A variant at a point.
struct SweepCell {
    std::uint64_t combination = 0;  ///< of the file's axes
    std::int64_t point = 0;
    std::int64_t variant = 0;  ///< of those that are run
    std::size_t variant_in_file = 0;
    std::uint64_t seed = 0;  ///< of the first repetition
    std::string digest;      ///< of the resolved variant without its seed
    std::size_t twin = 0;    ///< the first cell that resolves to the same; itself if there is none
};

/// All that is decided before the first run.
struct SweepPlan {
    SweepHead head;
    std::vector<SweepCell> cells;  ///< by point, then by variant
    scenario::Repeats repeats;
    std::vector<scenario::Diagnostic> diagnostics;  ///< if not empty, the rest is of no use

    /// Runs that are planned for certain: without twins, without what `auto` may add.
    [[nodiscard]] std::int64_t runs() const;
    /// The key of a repetition (from 1) of a cell.
    [[nodiscard]] std::string key(const SweepCell& cell, std::int64_t repetition) const;
    /// The rows of a plan for the first repetitions.
    [[nodiscard]] std::vector<PlannedRun> planned() const;
};

/// Resolves every point. `variants`: which are run; empty: all. `settings`: as given on the command line, to be
/// remembered. `file` must have a scenario.
[[nodiscard]] SweepPlan plan_sweep(const scenario::SweepFile& file, const std::vector<std::string>& variants,
                                   const std::vector<std::string>& settings);

/// How far a sweep is.
struct SweepProgress {
    std::int64_t planned = 0;          ///< runs, as far as is known
    std::int64_t kept = 0;             ///< of these, there before
    std::int64_t done = 0;             ///< of these, ended now
    std::int64_t failed = 0;           ///< of `done`
    std::int64_t failed_by_limit = 0;  ///< of `failed`
};

/// The processes of a sweep. Made before the plan: the less memory this process has, the faster each run is forked.
class SweepWorkers {
public:
    /// `resources`: of each simulation. `file` must outlive it.
    SweepWorkers(const scenario::SweepFile& file, int workers, const ResourceLimits& resources);
    [[nodiscard]] WorkerPool& pool() { return pool_; }

private:
    WorkerPool pool_;
};

/// Runs what the store does not have. `on_progress` (may be empty) is called whenever runs have ended, and now and
/// then. Throws SweepStoreError; then everything that had ended is in the store.
SweepProgress run_sweep(const SweepPlan& plan, SweepStore& store, SweepWorkers& workers,
                        const std::function<void(const SweepProgress&)>& on_progress = {});

/// The seconds that a run takes on this machine as busy as it is now, from a sample of runs, each cut short after some
/// seconds.
struct RunEstimate {
    double seconds = 0;
    bool at_least = false;  ///< a run of the sample was cut short
};
[[nodiscard]] RunEstimate estimate_run(const scenario::SweepFile& file, const SweepPlan& plan);

}  // namespace gilsim::analysis
