#pragma once
/// What the benchmark measures: processor time, which other work on the machine disturbs less than elapsed time.

#include <ctime>

namespace gilsim::bench {

/// Processor time used by this process so far, in seconds.
inline double processor_seconds() {
    timespec t{};
    ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_nsec) * 1e-9;
}

/// Processor time that `work` takes, in seconds.
template <class Work>
double seconds_of(Work work) {
    const double begin = processor_seconds();
    work();
    return processor_seconds() - begin;
}

}  // namespace gilsim::bench
