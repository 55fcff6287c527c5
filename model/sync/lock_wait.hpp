#pragma once
/// What a thread of an interpreter does around a sleep at a lock.

#include "model/engine/coroutine.hpp"

namespace gilsim::sync {

class LockWait {
public:
    LockWait() = default;
    virtual ~LockWait() = default;
    LockWait(const LockWait&) = delete;
    LockWait& operator=(const LockWait&) = delete;

    /// Releases the GIL.
    virtual engine::Co<> detach() = 0;
    /// Takes it again.
    virtual engine::Co<> attach() = 0;
    /// From now on the thread has the lock; the GIL perhaps not yet.
    virtual void has_it() {}
};

}  // namespace gilsim::sync
