#include "model/multiprocessing/process_condition.hpp"

namespace gilsim::multiprocessing {

using threading::library;

ProcessCondition::ProcessCondition(World& world, const std::string& name, int process, std::string told)
    : lock_(world, name + ".lock", process),
      sleeping_(world, name + ".sleeping", 0, process, told),
      woken_(world, name + ".woken", 0, process, told),
      wake_up_(world, name + ".wait", 0, process, told) {}

Co<> ProcessCondition::acquire(SimThread& thread) {
    co_await library(thread, 1, 0);
    co_await lock_.acquire(thread);
}

Co<> ProcessCondition::wait(SimThread& thread) {
    co_await library(thread, 1, 2);
    co_await sleeping_.release(thread);
    co_await lock_.release(thread);
    co_await wake_up_.acquire(thread, kNever);
    co_await woken_.release(thread);
    co_await lock_.acquire(thread);
}

// notify(n=sys.maxsize).
Co<> ProcessCondition::notify_all(SimThread& thread) {
    co_await library(thread, 2, 2);
    for (;;) {  // sleepers that have given up meanwhile
        const bool gone = co_await woken_.acquire(thread, 0);
        if (!gone) break;
        co_await sleeping_.acquire(thread, 0);
    }
    int sleepers = 0;
    for (;; ++sleepers) {
        const bool one = co_await sleeping_.acquire(thread, 0);
        if (!one) break;
        co_await wake_up_.release(thread);
    }
    for (int i = 0; i < sleepers; ++i) co_await woken_.acquire(thread, kNever);
}

}  // namespace gilsim::multiprocessing
