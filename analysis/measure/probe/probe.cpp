/// What the mechanisms of this machine cost, measured alone: `gilsim-probe NAME CPU [CPU]` prints one JSON object with
/// the samples' quantiles in nanoseconds. Stands alone, so that nothing else is in the process.

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <functional>
#include <initializer_list>
#include <map>
#include <memory>
#include <optional>
#include <sched.h>
#include <string>
#include <thread>
#include <unistd.h>
#include <vector>

#include <linux/futex.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

namespace {

using Samples = std::vector<double>;

double now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

void pin(int cpu) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    sched_setaffinity(0, sizeof set, &set);
}

// Nanoseconds per call of `body`, from many rounds of `calls`.
Samples per_call(int rounds, int calls, const std::function<void()>& body) {
    Samples samples;
    for (int round = 0; round < rounds; ++round) {
        const double begin = now();
        for (int i = 0; i < calls; ++i) body();
        samples.push_back((now() - begin) / calls);
    }
    return samples;
}

// A futex of this process.
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

// How long the call takes that wakes a thread on another, idle CPU.
Samples wake_call(int waker, int cpu) {
    Samples samples;
    Futex flag;
    std::thread sleeper([&] {
        pin(cpu);
        for (int i = 0; i < 400; ++i) {
            flag.wait_until(1);
            flag.word = 0;
        }
    });
    pin(waker);
    for (int i = 0; i < 400; ++i) {
        usleep(300);
        const double begin = now();
        flag.set(1);
        samples.push_back(now() - begin);
        while (flag.word != 0) usleep(100);
    }
    sleeper.join();
    return samples;
}

double own_cpu_time() {
    timespec t{};
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return static_cast<double>(t.tv_sec) * 1e9 + static_cast<double>(t.tv_nsec);
}

// The core time of a sleep of a millisecond that its own timer ends, or (`by`, a CPU) another thread.
Samples nap_cpu_time(int cpu, std::optional<int> by) {
    constexpr int kNaps = 300;
    Futex flag;
    std::thread waker;
    if (by)
        waker = std::thread([&] {
            pin(*by);
            for (int i = 0; i < kNaps; ++i) {
                usleep(1000);
                flag.set(1);
                while (flag.word != 0) usleep(50);
            }
        });
    pin(cpu);
    Samples samples;
    for (int i = 0; i < kNaps; ++i) {
        const double begin = own_cpu_time();
        if (by) {
            flag.wait_until(1);
        } else {
            const timespec nap{0, 1'000'000};
            nanosleep(&nap, nullptr);
        }
        samples.push_back(own_cpu_time() - begin);
        flag.word = 0;
    }
    if (waker.joinable()) waker.join();
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

// Memory of small pages, touched or not.
class Pages {
public:
    explicit Pages(std::size_t count)
        : size_(count * kSize),
          data_(static_cast<char*>(mmap(nullptr, size_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
        madvise(data_, size_, MADV_NOHUGEPAGE);
    }
    ~Pages() { munmap(data_, size_); }
    Pages(const Pages&) = delete;
    Pages& operator=(const Pages&) = delete;
    /// Writes to each page: nanoseconds a page.
    double write() {
        const double begin = now();
        for (std::size_t at = 0; at < size_; at += kSize) *static_cast<volatile char*>(data_ + at) = 1;
        return (now() - begin) / static_cast<double>(size_ / kSize);
    }

private:
    static constexpr std::size_t kSize = 4096;
    std::size_t size_;
    char* data_;
};

constexpr std::size_t kPages = 4096;

/// What happens to pages: all of it per page.
enum class Page { first_touch, release, copy, reuse };
Samples pages(Page what) {
    Samples samples;
    for (int i = 0; i < 15; ++i) {
        auto memory = std::make_unique<Pages>(kPages);
        const double touched = memory->write();
        if (what == Page::first_touch) samples.push_back(touched);
        if (what == Page::release) {
            const double begin = now();
            memory.reset();
            samples.push_back((now() - begin) / static_cast<double>(kPages));
        }
        if (what != Page::copy && what != Page::reuse) continue;
        const double again = memory->write();  // no fault: what the loop itself costs
        int answer[2];
        if (pipe(answer) != 0) continue;
        const pid_t child = fork();
        if (child == 0) {
            const double copied = memory->write();
            if (::write(answer[1], &copied, sizeof copied) < 0) _exit(1);
            _exit(0);
        }
        double copied = 0;
        const bool told = read(answer[0], &copied, sizeof copied) == sizeof copied;
        close(answer[0]);
        close(answer[1]);
        waitpid(child, nullptr, 0);
        if (what == Page::reuse) copied = memory->write();  // the child's copies and the child are gone
        if (told) samples.push_back(copied - again);
    }
    return samples;
}

// fork() of a process with many pages, less that of one with few: per page.
Samples fork_page() {
    const auto forked = [] {
        const double begin = now();
        const pid_t child = fork();
        if (child == 0) _exit(0);
        const double took = now() - begin;
        waitpid(child, nullptr, 0);
        return took;
    };
    Samples samples;
    for (int i = 0; i < 15; ++i) {
        const double few = forked();
        Pages memory(4 * kPages);
        memory.write();
        samples.push_back(std::max(0.0, forked() - few) / static_cast<double>(4 * kPages));
    }
    return samples;
}

void print(Samples samples) {
    std::sort(samples.begin(), samples.end());
    const auto at = [&](double share) {
        return samples[std::min(samples.size() - 1,
                                static_cast<std::size_t>(share * static_cast<double>(samples.size())))];
    };
    std::printf("{\"n\": %zu, \"p10\": %.1f, \"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f}\n", samples.size(), at(0.1),
                at(0.5), at(0.9), at(0.99));
}

}  // namespace

int main(int count, char** words) {
    const std::string name = count > 1 ? words[1] : "";
    const int a = count > 2 ? std::atoi(words[2]) : 0;
    const int b = count > 3 ? std::atoi(words[3]) : a;
    const std::map<std::string, std::function<Samples()>> probes{
        {"syscall", [&] { return pin(a), per_call(100, 2000, [] { syscall(SYS_getppid); }); }},
        {"yield_alone", [&] { return yields(a, false); }},
        {"yield_shared", [&] { return yields(a, true); }},
        {"ping_pong", [&] { return ping_pong(a, b); }},
        {"cache_line", [&] { return cache_line(a, b); }},
        {"wake_call", [&] { return wake_call(a, b); }},
        {"nap_timed", [&] { return nap_cpu_time(a, std::nullopt); }},
        {"nap_woken", [&] { return nap_cpu_time(a, b); }},
        {"pack_below", [&] { return pack_below(a, b); }},
        {"late_100us", [&] { return lateness(a, 1e5, 2000, false); }},
        {"late_1ms", [&] { return lateness(a, 1e6, 800, false); }},
        {"late_4ms", [&] { return lateness(a, 4e6, 300, false); }},
        {"late_16ms", [&] { return lateness(a, 16e6, 100, false); }},
        {"late_busy", [&] { return lateness(a, 3e6, 300, true); }},
        {"wake_busy", [&] { return wake_busy(a, b); }},
        {"page_touch", [&] { return pin(a), pages(Page::first_touch); }},
        {"page_copy", [&] { return pin(a), pages(Page::copy); }},
        {"page_reuse", [&] { return pin(a), pages(Page::reuse); }},
        {"page_release", [&] { return pin(a), pages(Page::release); }},
        {"page_fork", [&] { return pin(a), fork_page(); }},
        {"cache", [] { return Samples{static_cast<double>(sysconf(_SC_LEVEL3_CACHE_SIZE))}; }},
        {"timer_slack", [] { return Samples{static_cast<double>(prctl(PR_GET_TIMERSLACK))}; }},
        {"tick",
         [] {
             timespec tick{};  // the coarse clock is advanced by ticks
             clock_getres(CLOCK_MONOTONIC_COARSE, &tick);
             return Samples{static_cast<double>(tick.tv_nsec)};
         }},
    };
    const auto probe = probes.find(name);
    if (probe == probes.end()) {
        std::fprintf(stderr, "usage: gilsim-probe NAME CPU [CPU]; names:");
        for (const auto& [known, run] : probes) std::fprintf(stderr, " %s", known.c_str());
        std::fprintf(stderr, "\n");
        return 2;
    }
    print(probe->second());
    return 0;
}
