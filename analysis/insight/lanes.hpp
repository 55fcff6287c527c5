#pragma once
/// The timeline of a run: what each thread, core and GIL was doing when, with as much detail as fits a budget.

#include <cstdint>
#include <string>
#include <vector>

#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// What a lane shows from a moment on, until its next slice. `value`: of threads a ThreadState, of cores and GILs the
/// thread; -1: nothing.
struct Slice {
    Nanoseconds begin = 0;
    std::int32_t value = -1;
};

/// One row of the timeline.
struct Lane {
    enum class Kind : std::uint8_t { thread, core, gil };
    Kind kind = Kind::thread;
    int id = -1;  ///< of the thread, core or interpreter
    std::vector<Slice> slices;
};

/// Collects lanes. When there are more slices than the budget, neighbours shorter than a grain are merged into one that
/// shows what took most of its time, with a grain that doubles as often as necessary.
class Lanes {
public:
    /// At most this many lanes of a kind: those that came first.
    static constexpr int kMostLanes = 200;

    explicit Lanes(std::size_t budget = 1'000'000) : budget_(budget) {}

    void event(const trace::Event& e);
    void finish(Nanoseconds end) { end_ = end; }

    /// Threads, then cores, then GILs, each by id.
    [[nodiscard]] std::vector<Lane> lanes() const;
    /// Slices shorter than this may have been merged; 0: all are there.
    [[nodiscard]] Nanoseconds grain() const { return grain_; }

private:
    void add(std::vector<Lane>& lanes, Lane::Kind kind, int id, Nanoseconds time, std::int32_t value);
    void coarsen(Nanoseconds now);
    void merge(Nanoseconds now);

    std::size_t budget_;
    std::size_t count_ = 0;
    Nanoseconds grain_ = 0;
    Nanoseconds end_ = 0;
    std::vector<Lane> threads_;
    std::vector<Lane> cores_;
    std::vector<Lane> gils_;
    std::vector<int> gil_of_;  ///< by thread: the interpreter + 1; 0: holds none
};

}  // namespace gilsim::analysis
