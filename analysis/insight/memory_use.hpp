#pragma once
/// Memory over time, from the counters of the trace, and the collections that stopped a program.

#include <string>
#include <vector>

#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// A counter of memory from moment to moment.
struct MemorySeries {
    struct Point {
        Nanoseconds time = 0;
        std::int64_t value = 0;  ///< bytes, or pages; from that moment on
    };
    std::string process;  ///< empty: the machine's
    std::string name;     ///< `RSS`, `USS`, `memory in use`, or `pages copied`: since the start, because of a fork
    std::vector<Point> points;
};

/// One garbage collection.
struct Collection {
    int thread = -1;
    Nanoseconds begin = 0;
    Nanoseconds end = 0;
    std::int64_t generation = 0;
    std::int64_t freed = 0;  ///< objects
};

/// Collects both as events come. A series that grows long is thinned: neighbours become one point with the greater
/// value, so that no peak is lost.
class MemoryUse {
public:
    static constexpr std::size_t kMostPoints = 2000;      ///< of a series
    static constexpr std::size_t kMostCollections = 100;  ///< the longest are kept

    explicit MemoryUse(const trace::Directory& directory) : directory_(directory) {}

    void event(const trace::Event& e);

    /// The series, by process; none if the program's memory never changes after its start.
    [[nodiscard]] std::vector<MemorySeries> series() const;
    /// The longest collections, the longest first.
    [[nodiscard]] std::vector<Collection> collections() const;

private:
    static void add(std::vector<MemorySeries::Point>& points, Nanoseconds time, std::int64_t value);

    const trace::Directory& directory_;
    std::vector<std::vector<MemorySeries::Point>> counters_;  ///< by counter
    std::vector<std::vector<MemorySeries::Point>> copies_;    ///< by process
    std::vector<Collection> under_way_;                       ///< by thread
    std::vector<Collection> ended_;
    bool used_ = false;  ///< there were page faults or collections
};

}  // namespace gilsim::analysis
