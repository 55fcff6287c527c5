#pragma once
/// A connection in the kernel: what the other end leaves lies in the cache of the core that it was used on.

#include <array>

#include "model/machine/thread.hpp"

namespace gilsim::machine {

/// Knows the core on which each of its two ends was last used.
class TwoEnds {
public:
    enum End { first, second };  ///< who writes and who reads; or client and server
    struct Use {
        bool apart;    ///< the other end was last used on another core
        bool fetched;  ///< the last use of either was: what both ends keep writing must be fetched from there
    };

    /// The end is used on that thread's core; nullptr: by another machine.
    Use use(End end, const Thread* thread) {
        const int core = thread != nullptr ? thread->core() : kElsewhere;
        const int other = cores_[1 - end];
        const Use found{other != kNever && other != core, last_ != kNever && last_ != core};
        cores_[end] = last_ = core;
        return found;
    }

private:
    static constexpr int kNever = -1;
    static constexpr int kElsewhere = -2;
    std::array<int, 2> cores_{kNever, kNever};
    int last_ = kNever;
};

}  // namespace gilsim::machine
