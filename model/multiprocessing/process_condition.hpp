#pragma once
/// multiprocessing.Condition (Lib/multiprocessing/synchronize.py): a lock and three semaphores that processes share.

#include "model/multiprocessing/process_lock.hpp"

namespace gilsim::multiprocessing {

class ProcessCondition {
public:
    /// `told`: what those who wait wait for.
    ProcessCondition(World& world, const std::string& name, int process, std::string told);
    Co<> acquire(SimThread& thread);
    Co<> release(SimThread& thread) { return lock_.release(thread); }
    /// The lock is held; it is released while the thread sleeps.
    Co<> wait(SimThread& thread);
    /// The lock is held. Returns when all who slept are awake.
    Co<> notify_all(SimThread& thread);

private:
    ProcessLock lock_;
    ProcessSemaphore sleeping_, woken_, wake_up_;
};

}  // namespace gilsim::multiprocessing
