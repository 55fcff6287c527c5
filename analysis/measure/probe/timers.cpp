// What time-outs cost this machine: how late they come, what arming one takes.

#include <algorithm>
#include <atomic>
#include <thread>

#include <sys/prctl.h>

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

// The core time of a sleep that its own timer ends, less that of one that another thread, on `by`, ends: both of a
// millisecond, in turn, so that a machine that changes its pace changes it for both.
Samples timer_set(int cpu, int by) {
    constexpr int kPairs = 300;
    Futex flag, asked;
    std::thread waker([&] {
        pin(by);
        for (int i = 0; i < kPairs; ++i) {
            asked.wait_until(1);
            asked.word = 0;
            usleep(1000);
            flag.set(1);
        }
    });
    pin(cpu);
    const auto core_time = [](const std::function<void()>& nap) {
        const double begin = own_cpu_time();
        nap();
        return own_cpu_time() - begin;
    };
    Samples samples;
    for (int i = 0; i < kPairs; ++i) {
        const double timed = core_time([] {
            const timespec nap{0, 1'000'000};
            nanosleep(&nap, nullptr);
        });
        asked.set(1);
        const double woken = core_time([&] { flag.wait_until(1); });
        flag.word = 0;
        samples.push_back(timed - woken);
    }
    waker.join();
    return samples;
}

}  // namespace

Probes timer_probes(int a, int b) {
    return {
        {"timer_set", [=] { return timer_set(a, b); }},
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
