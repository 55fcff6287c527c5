// What threads cost this machine: calls, switches, wake-ups.

#include <algorithm>
#include <cmath>
#include <cstring>
#include <initializer_list>
#include <thread>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

// Round trips of two threads that wake each other and sleep, each on its CPU.
Samples ping_pong(int a, int b) {
    constexpr int kTrips = 40;
    constexpr int kRounds = 50;
    Futex turn;
    pin(a);
    std::thread other([&] {
        pin(b);
        for (int i = 0; i < kTrips * kRounds; ++i) {
            turn.wait_until(1);
            turn.set(0);
        }
    });
    const Samples samples = per_call(kRounds, kTrips, [&] {
        turn.set(1);
        turn.wait_until(0);
    });
    other.join();
    return samples;
}

// Futex calls that find nothing to do: nobody to wake, or a value that has changed.
Samples futex_calls() {
    int word = 1;
    return per_call(100, 1000, [&word, wake = false]() mutable {
        wake = !wake;
        syscall(SYS_futex, &word, wake ? FUTEX_WAKE_PRIVATE : FUTEX_WAIT_PRIVATE, wake ? 1 : 0, nullptr, nullptr, 0);
    });
}

// Two such calls right after a sleep of 20 ms, and the third time.
Samples futex_calls_after_sleep(bool cold) {
    int word = 1;
    Samples samples;
    for (int i = 0; i < 50; ++i) {
        usleep(20'000);
        for (int time = 0; time < 3; ++time) {
            const double begin = now();
            syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
            syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
            const double took = now() - begin;
            if (time == (cold ? 0 : 2)) samples.push_back(took);
        }
    }
    return samples;
}

// A switch to another thread and back by sched_yield, and a sched_yield that finds nobody.
Samples yields(int cpu, bool shared) {
    pin(cpu);
    std::atomic<bool> stop{false};
    std::thread other;
    if (shared)
        other = std::thread([&] {
            pin(cpu);
            while (!stop) sched_yield();
        });
    usleep(2000);
    const Samples samples = per_call(50, 40, [] { sched_yield(); });
    stop = true;
    if (other.joinable()) other.join();
    return samples;
}

// Passing a cache line to another CPU and back, half of it.
Samples cache_line(int a, int b) {
    constexpr int kTrips = 1000;
    constexpr int kRounds = 100;
    std::atomic<int> line{0};
    pin(a);
    std::thread other([&] {
        pin(b);
        for (int i = 0; i < kTrips * kRounds; ++i) {
            while (line != 1) {
            }
            line = 0;
        }
    });
    Samples samples = per_call(kRounds, kTrips, [&] {
        line = 1;
        while (line != 0) {
        }
    });
    other.join();
    for (double& sample : samples) sample /= 2;
    return samples;
}

// From a futex wake on one CPU to the woken thread running on another one, where a thread computes.
Samples wake_busy(int waker, int cpu) {
    std::atomic<bool> stop{false};
    std::atomic<double> woken{0};
    Samples samples;
    Futex flag;
    std::thread spinner([&] {
        pin(cpu);
        while (!stop) {
        }
    });
    std::thread sleeper([&] {
        pin(cpu);
        for (int i = 0; i < 400; ++i) {
            flag.wait_until(1);
            samples.push_back(now() - woken);
            flag.word = 0;
        }
    });
    pin(waker);
    for (int i = 0; i < 400; ++i) {
        usleep(500);
        woken = now();
        flag.set(1);
        while (flag.word != 0) usleep(100);
    }
    sleeper.join();
    stop = true;
    spinner.join();
    return samples;
}

// A line that two CPUs update in turn: nanoseconds for 1000 updates.
Samples contended_line(int a, int b) {
    constexpr int kUpdates = 20'000;
    Samples samples;
    for (int round = 0; round < 20; ++round) {
        std::atomic<long> line{0};
        std::atomic<int> ready{0};
        const auto update = [&](int cpu) {
            pin(cpu);
            for (++ready; ready < 2;) {
            }
            for (int i = 0; i < kUpdates; ++i) ++line;
        };
        std::thread other(update, b);
        pin(a);
        for (; ready < 1;) {
        }
        const double begin = now();
        update(a);
        other.join();
        samples.push_back((now() - begin) / (2 * kUpdates) * 1000);
    }
    return samples;
}

// A thread computes on a core, but for a short sleep each millisecond, before which it wakes another one there that may
// go to a second, idle core: how busy (in percent) the core was when the other did so. 0: it did so at once.
Samples pack_below(int home, int idle) {
    constexpr double kPeriod = 1e6;
    constexpr double kWork = 0.93 * kPeriod;
    constexpr double kHalfLife = 32 * 1024e3;  // Linux: kernel/sched/pelt.c
    Futex flag;
    std::atomic<int> ran_on{home};
    std::atomic<pid_t> id{0};
    std::atomic<bool> stop{false};
    std::thread other([&] {
        id = static_cast<pid_t>(syscall(SYS_gettid));
        for (;;) {
            flag.wait_until(1);
            if (stop) return;
            ran_on = sched_getcpu();
            flag.word = 0;
        }
    });
    pin(home);
    while (id == 0) usleep(100);
    const auto allow = [&](std::initializer_list<int> cpus) {
        cpu_set_t set;
        CPU_ZERO(&set);
        for (const int cpu : cpus) CPU_SET(cpu, &set);
        sched_setaffinity(id, sizeof set, &set);
    };
    Samples samples;
    for (int trial = 0; trial < 9; ++trial) {
        allow({home});
        flag.set(1);
        usleep(250'000);  // what was before is forgotten
        allow({home, idle});
        ran_on = home;
        const double begin = now();
        const double used = own_cpu_time();
        double turn = begin;
        for (; turn < begin + 300e6 && ran_on == home; turn += kPeriod) {
            while (now() < turn + kWork) {
            }
            flag.set(1);
            const double left = turn + kPeriod - now();
            if (left > 0) usleep(static_cast<useconds_t>(left / 1000));
        }
        const double share = (own_cpu_time() - used) / (now() - begin);
        samples.push_back(100 * share * (1 - std::exp2(-(turn - kPeriod - begin) / kHalfLife)));
    }
    stop = true;
    flag.set(1);
    other.join();
    return samples;
}

// Detours of a loop that does nothing but read the clock (as Beckman et al.'s "selfish"): how long they took, or from
// the end of one to the next. What follows within a tenth of a millisecond belongs to the same interrupt.
Samples noise(int cpu, bool takes) {
    constexpr double kTime = 500e6;
    constexpr double kDetour = 1000;
    constexpr double kApart = 100e3;
    struct Detour {
        double begin, end, takes;
    };
    std::vector<Detour> detours;
    pin(cpu);
    const double begin = now();
    for (double before = begin, at = begin; before < begin + kTime; before = at) {
        at = now();
        if (at - before < kDetour) continue;
        if (detours.empty() || before - detours.back().end > kApart) detours.push_back({before, at, 0});
        detours.back().end = at;
        detours.back().takes += at - before;
    }
    Samples samples;
    for (std::size_t i = 1; i < detours.size(); ++i)
        samples.push_back(takes ? detours[i].takes : detours[i].begin - detours[i - 1].end);
    return samples;
}

}  // namespace

Probes scheduling_probes(int a, int b) {
    return {
        {"futex_call", [=] { return pin(a), futex_calls(); }},
        {"futex_cold", [=] { return pin(a), futex_calls_after_sleep(true); }},
        {"futex_warm", [=] { return pin(a), futex_calls_after_sleep(false); }},
        {"syscall", [=] { return pin(a), per_call(100, 2000, [] { syscall(SYS_getppid); }); }},
        {"yield_alone", [=] { return yields(a, false); }},
        {"yield_shared", [=] { return yields(a, true); }},
        {"ping_pong", [=] { return ping_pong(a, b); }},
        {"cache_line", [=] { return cache_line(a, b); }},
        {"contended_line", [=] { return contended_line(a, b); }},
        {"noise_every", [=] { return noise(a, false); }},
        {"noise_takes", [=] { return noise(a, true); }},
        {"pack_below", [=] { return pack_below(a, b); }},
        {"wake_busy", [=] { return wake_busy(a, b); }},
    };
}

}  // namespace gilsim::probe
