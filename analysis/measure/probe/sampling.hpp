#pragma once
/// What all probes use: clocks, samples, a futex.

#include <atomic>
#include <ctime>
#include <functional>
#include <map>
#include <sched.h>
#include <string>
#include <unistd.h>
#include <vector>

#include <linux/futex.h>
#include <sys/syscall.h>

namespace gilsim::probe {

constexpr std::size_t kPage = 4096;

using Samples = std::vector<double>;
/// By name: what to measure. Called once or several times.
using Probes = std::map<std::string, std::function<Samples()>>;

/// Threads and wake-ups, on the CPUs `a` and `b`.
Probes scheduling_probes(int a, int b);
/// Falling asleep and being woken, on the same: two.
Probes sleeper_probes(int a, int b);
/// A condition variable between the two.
Probes condition_probes(int a, int b);
/// Time-outs, on the CPU `a`.
Probes timer_probes(int a);
/// Pages, the C library's allocator, on the CPU `a`.
Probes memory_probes(int a, int b);
/// The last-level cache, on the CPU `a`.
Probes cache_probes(int a);
/// Pipes, sockets, shared memory, on the CPU `a`; between it and `b`.
Probes ipc_probes(int a, int b);

/// Nanoseconds of the monotonic clock.
inline double now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// Computes until then.
inline void compute_until(double time) {
    while (now() < time) {
    }
}

/// The calling thread stays on that CPU.
inline void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

/// Nanoseconds per call of `body`, from many rounds of `calls`.
inline Samples per_call(int rounds, int calls, const std::function<void()>& body) {
    Samples samples;
    for (int round = 0; round < rounds; ++round) {
        const double begin = now();
        for (int i = 0; i < calls; ++i) body();
        samples.push_back((now() - begin) / calls);
    }
    return samples;
}

/// Nanoseconds of core time of the calling thread.
inline double own_cpu_time() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

/// A futex of this process.
struct Futex {
    std::atomic<int> word{0};
    void wait_until(int value) {
        for (int seen = word; seen != value; seen = word)
            syscall(SYS_futex, reinterpret_cast<int*>(&word), FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
    }
    void set(int value) {
        word = value;
        syscall(SYS_futex, reinterpret_cast<int*>(&word), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
};

}  // namespace gilsim::probe
