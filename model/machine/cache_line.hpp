#pragma once
/// Shared memory between cores: a line that another core has written last must be fetched from there.

#include "model/machine/machine.hpp"
#include "model/machine/thread.hpp"

namespace gilsim::machine {

/// The cache line in which a lock or a flag lives.
class CacheLine {
public:
    /// The thread, on its core, is about to read and write the line. Core time that this takes it: none if its core was the
    /// last to do so.
    Nanoseconds fetch(const Thread& thread) {
        const int core = thread.core();
        if (core == owner_) return 0;
        const bool first = owner_ < 0;
        owner_ = core;
        Machine& machine = thread.machine();
        return first ? 0 : machine.draw(machine.costs().cache_transfer);
    }

private:
    int owner_ = -1;
};

}  // namespace gilsim::machine
