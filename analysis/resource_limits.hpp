#pragma once
/// Limits on what one simulation may take of the real machine, set in its child process.

#include <cstdint>
#include <string>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// What a simulation may take; 0: no limit.
struct ResourceLimits {
    std::int64_t cpu_seconds = 0;
    Bytes memory = 0;
};

/// Tells the parent which limit ended a child. Made before the fork; lives in memory that both share.
class LimitReport {
public:
    LimitReport();
    ~LimitReport();
    LimitReport(const LimitReport&) = delete;
    LimitReport& operator=(const LimitReport&) = delete;

    /// In the child: sets the limits. When one is reached, the child notes which and ends at once. Running out of
    /// memory without a limit is noted too.
    void enforce(const ResourceLimits& limits);
    /// In the parent, after the child's end: what was reached, in words; empty if nothing was.
    [[nodiscard]] std::string reached(const ResourceLimits& limits) const;

private:
    void* shared_;
};

}  // namespace gilsim::analysis
