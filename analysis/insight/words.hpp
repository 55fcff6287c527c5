#pragma once
/// The analysis in words.

#include <string>
#include <vector>

#include "analysis/insight/run_analysis.hpp"

namespace gilsim::analysis {

/// Tells what an analysis found. Texts name operations as `resize` in backquotes.
class Words {
public:
    explicit Words(const RunAnalysis& run) : run_(run) {}

    /// A doing: "worker in `resize` (runs C code on a core, GIL held)"; of nobody: "nobody".
    [[nodiscard]] std::string doing(int id) const;
    /// A thread: "worker-1", in another process than the first "pool-2/worker-1".
    [[nodiscard]] std::string thread(int id) const;
    /// What was waited for: "the GIL", "core 1", "lock `table`".
    [[nodiscard]] std::string thing(Wanted wanted, int object) const;
    /// A wait: "io-1 waited 25.00 ms for the GIL at 1.203 s, in `read`: held meanwhile by ...".
    [[nodiscard]] std::string wait(const Wait& wait) const;

private:
    [[nodiscard]] std::string label(int id) const;
    const RunAnalysis& run_;
};

}  // namespace gilsim::analysis
