// What time-outs cost this machine: how late they come, what arming one takes.

#include <algorithm>
#include <atomic>
#include <thread>

#include <sys/prctl.h>
#include <sys/timerfd.h>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

// How late a thread runs after its timer's expiry, without slack; `busy`: beside a thread that computes.
Samples lateness(int cpu, double sleep, int count, bool busy) {
    pin(cpu);
    prctl(PR_SET_TIMERSLACK, 1);
    std::atomic<bool> stop{false};
    std::thread other;
    if (busy)
        other = std::thread([&] {
            pin(cpu);
            while (!stop) {
            }
        });
    Samples samples;
    for (int i = 0; i < count; ++i) {
        const double until = now() + sleep;
        timespec at{};
        at.tv_sec = static_cast<time_t>(until / 1e9);
        at.tv_nsec = static_cast<long>(until - static_cast<double>(at.tv_sec) * 1e9);
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, nullptr);
        samples.push_back(now() - until);
    }
    stop = true;
    if (other.joinable()) other.join();
    return samples;
}

// What a call that sets this CPU's timer takes, and one that sets it back, less one that changes nothing; the mean of
// both. A timer in 0.1 ms is what comes next there, but for a tick now and then.
Samples timer_set(int cpu) {
    pin(cpu);
    const int timer = timerfd_create(CLOCK_MONOTONIC, 0);
    if (timer < 0) return {};
    const auto call = [timer](long nanoseconds) {
        const itimerspec when{{0, 0}, {0, nanoseconds}};
        const double begin = now();
        timerfd_settime(timer, 0, &when, nullptr);
        return now() - begin;
    };
    Samples samples;
    for (int i = 0; i < 1000; ++i) {
        compute_until(now() + 10e3);
        const double set = call(100'000);
        const double back = call(0);
        samples.push_back((set + back) / 2 - call(0));
    }
    close(timer);
    return samples;
}

}  // namespace

Probes timer_probes(int a) {
    return {
        {"timer_set", [=] { return timer_set(a); }},
        {"late_100us", [=] { return lateness(a, 1e5, 2000, false); }},
        {"late_1ms", [=] { return lateness(a, 1e6, 800, false); }},
        {"late_4ms", [=] { return lateness(a, 4e6, 300, false); }},
        {"late_16ms", [=] { return lateness(a, 16e6, 100, false); }},
        {"late_busy", [=] { return lateness(a, 3e6, 300, true); }},
        {"timer_slack", [] { return Samples{static_cast<double>(prctl(PR_GET_TIMERSLACK))}; }},
        {"tick",
         [] {
             timespec tick{};  // the coarse clock is advanced by ticks
             clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
             return Samples{static_cast<double>(tick.tv_nsec)};
         }},
    };
}

}  // namespace gilsim::probe
