// How a thread falls asleep in a futex call, and what waking it takes that long after the call. As in a program, not as
// in a benchmark: the thread has slept for long, has run for a moment, and waits again; the kernel's caches are cold.

#include <algorithm>
#include <array>
#include <thread>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

constexpr double kSpell = 10e3;
constexpr useconds_t kNap = 300;

// What became of one wake-up.
struct Waking {
    bool found;        // somebody to wake
    double call;       // how long the call took
    double latency;    // from the call to the woken thread on its CPU
    double core_time;  // of the wait, from call to return
};

// A thread on a CPU of its own that goes to sleep when it is told to.
class Sleeper {
public:
    // `naps`: it sleeps for long before each time.
    Sleeper(int cpu, bool naps) : naps_(naps), thread_([this, cpu] { live(cpu); }) {}
    ~Sleeper() {
        stop_ = true;
        word_ = 1;
        wake();
        go_ = true;
        thread_.join();
    }
    Sleeper(const Sleeper&) = delete;
    Sleeper& operator=(const Sleeper&) = delete;

    // It calls the kernel to sleep; `after` that it is woken.
    Waking woken(double after) {
        word_ = 0;
        asleep_from_ = awake_from_ = 0;
        go_ = true;
        while (asleep_from_ == 0) {
        }
        compute_until(asleep_from_ + after);
        word_ = 1;
        const double begin = now();
        const bool found = wake() > 0;
        const double end = now();
        while (awake_from_ == 0) {
        }
        return {found, end - begin, awake_from_ - begin, core_time_};
    }

private:
    long wake() {
        return syscall(SYS_futex, reinterpret_cast<int*>(&word_), FUTEX_WAKE_PRIVATE, 1, nullptr, nullptr, 0);
    }
    void live(int cpu) {
        pin(cpu);
        while (!stop_) {
            if (naps_) usleep(kNap);
            while (!go_.exchange(false)) {
            }
            compute_until(now() + kSpell);
            const double used = own_cpu_time();
            asleep_from_ = now();
            syscall(SYS_futex, reinterpret_cast<int*>(&word_), FUTEX_WAIT_PRIVATE, 0, nullptr, nullptr, 0);
            const double awake = now();
            core_time_ = own_cpu_time() - used;
            awake_from_ = awake;
        }
    }

    const bool naps_;
    std::atomic<int> word_{0};
    std::atomic<bool> go_{false}, stop_{false};
    std::atomic<double> asleep_from_{0}, awake_from_{0}, core_time_{0};
    std::thread thread_;
};

// Samples of wake-ups that long after the call.
Samples wakings(int waker, int cpu, double after, double Waking::*what, bool naps = true) {
    pin(waker);
    Sleeper sleeper(cpu, naps);
    Samples samples;
    for (int i = 0; i < 400; ++i) {
        const Waking waking = sleeper.woken(after);
        if (waking.found) samples.push_back(waking.*what);
    }
    return samples;
}

// The time after the call at which half of the wake-ups are late: up and down by steps, after some to get there.
Samples turning_point(int waker, int cpu, double from, double step, const std::function<bool(const Waking&)>& late) {
    pin(waker);
    Sleeper sleeper(cpu, true);
    Samples samples;
    double after = from;
    for (int i = 0; i < 600; ++i) {
        after += late(sleeper.woken(after)) ? -step : step;
        after = std::max(after, 0.0);
        if (i >= 200) samples.push_back(after);
    }
    return samples;
}

// The longest sleep of a CPU that never sleeps for longer after which it wakes up faster than after long ones, by half
// the difference or more: so long its host polls for it.
Samples polled_for(int waker, int cpu) {
    pin(waker);
    Sleeper sleeper(cpu, false);
    constexpr std::array kSleeps{30e3, 45e3, 60e3, 80e3, 100e3, 130e3, 160e3, 190e3, 220e3, 300e3};
    constexpr int kRounds = 5, kTimes = 60, kSettled = 20;
    std::array<Samples, kSleeps.size()> latencies;
    for (int round = 0; round < kRounds; ++round)
        for (std::size_t i = 0; i < kSleeps.size(); ++i)
            for (int k = 0; k < kTimes; ++k) {
                const Waking waking = sleeper.woken(kSleeps[i]);
                if (k >= kSettled && waking.found) latencies[i].push_back(waking.latency);
            }
    std::array<double, kSleeps.size()> medians{};
    for (std::size_t i = 0; i < kSleeps.size(); ++i) {
        Samples& all = latencies[i];
        if (all.empty()) return {};
        const auto middle = all.begin() + static_cast<std::ptrdiff_t>(all.size() / 2);
        std::nth_element(all.begin(), middle, all.end());
        medians[i] = *middle;
    }
    const double slow = (medians.front() + medians.back()) / 2;
    std::size_t last = 0;
    while (last + 1 < medians.size() && medians[last + 1] < slow) ++last;
    return {kSleeps[last]};
}

// Two threads that wake each other in turn by a futex, each on a CPU of its own: core time of the one on `a`, a turn.
Samples turn_core_time(int a, int b) {
    constexpr int kRounds = 21, kTurns = 200;
    Futex there, back;
    std::thread other([&] {
        pin(b);
        for (int i = 1; i <= kRounds * kTurns; ++i) {
            there.wait_until(i);
            back.set(i);
        }
    });
    pin(a);
    Samples samples;
    for (int i = 1; i <= kRounds * kTurns; i += kTurns) {
        const double begin = own_cpu_time();
        for (int k = i; k < i + kTurns; ++k) {
            there.set(k);
            back.wait_until(k);
        }
        samples.push_back((own_cpu_time() - begin) / kTurns);
    }
    other.join();
    return samples;
}

constexpr double kSoon = 2e3;    // its core is on its way into idleness
constexpr double kLater = 30e3;  // it has got there
constexpr double kLong = 1e6;    // nobody polls for it any more

}  // namespace

Probes sleeper_probes(int a, int b) {
    return {
        // A thread that has left its core comes back after microseconds.
        {"falls_asleep",
         [=] { return turning_point(a, b, 500, 20, [](const Waking& w) { return w.found && w.latency > 2e3; }); }},
        {"wake_soon", [=] { return wakings(a, b, kSoon, &Waking::latency); }},
        {"wake_soon_call", [=] { return wakings(a, b, kSoon, &Waking::call); }},
        {"wake_later", [=] { return wakings(a, b, kLater, &Waking::latency); }},
        {"wake_later_call", [=] { return wakings(a, b, kLater, &Waking::call); }},
        {"wait_long", [=] { return wakings(a, b, kLong, &Waking::core_time); }},
        // A CPU that never sleeps for longer: a virtual one's host may poll for it meanwhile.
        {"wake_polled", [=] { return wakings(a, b, kLater, &Waking::latency, false); }},
        {"wake_polled_call", [=] { return wakings(a, b, kLater, &Waking::call, false); }},
        {"turn_core_time", [=] { return turn_core_time(a, b); }},
        {"polled_for", [=] { return polled_for(a, b); }},
        // Interrupting a core that has halted takes microseconds.
        {"halts", [=] { return turning_point(a, b, 5e3, 250, [](const Waking& w) { return w.call > 3e3; }); }},
    };
}

}  // namespace gilsim::probe
