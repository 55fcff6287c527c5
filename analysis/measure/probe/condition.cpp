// The C library's condition variable between two CPUs, as CPython's GIL uses it: with a mutex that was waited for
// before, after pauses of one switch interval. Both threads' code is cold by then, and the lines are the other's.

#include <algorithm>
#include <pthread.h>
#include <thread>

#include <sys/resource.h>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

constexpr double kInterval = 5e6;
constexpr double kPatience = 3e6;

// A condition and its mutex. Times are of the monotonic clock.
class Condition {
public:
    Condition() {
        pthread_condattr_t monotonic;
        pthread_condattr_init(&monotonic);
        pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
        pthread_cond_init(&condition_, &monotonic);
    }
    void lock() { pthread_mutex_lock(&mutex_); }
    void unlock() { pthread_mutex_unlock(&mutex_); }
    void signal() { pthread_cond_signal(&condition_); }
    void wait() { pthread_cond_wait(&condition_, &mutex_); }
    void wait_until(double time) {
        timespec until{};
        until.tv_sec = static_cast<time_t>(time / 1e9);
        until.tv_nsec = static_cast<long>(time - static_cast<double>(until.tv_sec) * 1e9);
        pthread_cond_timedwait(&condition_, &mutex_, &until);
    }
    // What a signal changes, to be looked at from outside: glibc's counts of signals (`__g_signals`) lie in it.
    [[nodiscard]] std::size_t state() const {
        std::size_t hash = 0;
        for (const volatile unsigned& word : words_) hash = hash * 31 + word;
        return hash;
    }

private:
    union {
        pthread_cond_t condition_;
        unsigned words_[sizeof(pthread_cond_t) / sizeof(unsigned)];
    };
    pthread_mutex_t mutex_ = PTHREAD_MUTEX_INITIALIZER;
};

long own_sleeps() {
    rusage usage{};
    getrusage(RUSAGE_THREAD, &usage);
    return usage.ru_nvcsw;
}

// A thread waits for an interval in vain, and at once again: how long after that call a signal is in time for it to go
// on without having slept, in half of the cases.
Samples joins_waiters(int waker, int cpu) {
    constexpr int kTimes = 300, kSettled = 100;
    constexpr double kStep = 40;
    constexpr double kContended = 700;  // a lock that takes longer had to be waited for
    Condition condition;
    std::atomic<double> waits_from{0};
    std::atomic<int> slept{-1};
    std::atomic<bool> stop{false};
    std::thread waiter([&] {
        pin(cpu);
        while (!stop) {
            const long before = own_sleeps();
            condition.lock();
            condition.wait_until(now() + kInterval);
            const double from = now();
            waits_from = from;
            condition.wait_until(from + kPatience);
            condition.unlock();
            slept = own_sleeps() - before > 1 ? 1 : 0;
            while (slept >= 0 && !stop) {
            }
        }
    });
    pin(waker);
    Samples samples;
    double after = 1500;
    for (int i = 0; i < kTimes; ++i) {
        double from = 0;
        while (from == 0) from = waits_from.exchange(0);
        compute_until(from + after);
        const double begin = now();
        condition.lock();
        const double locking = now() - begin;
        condition.unlock();
        condition.signal();
        while (slept < 0) {
        }
        const bool late = slept == 1 && locking < kContended;
        slept = -1;
        if (i >= kSettled) samples.push_back(after + locking);
        after = std::max(0.0, after + (late ? -kStep : kStep));
    }
    stop = true;
    waiter.join();
    return samples;
}

// A thread has computed for an interval, locks the mutex and signals: how long after it began to do so another one sees
// the signal.
Samples posts_signal(int waker, int cpu) {
    constexpr int kTimes = 200;
    Condition condition;
    std::atomic<bool> watch{false}, watching{false}, stop{false}, ready{false};
    std::atomic<double> seen{0};
    std::thread waiter([&] {
        pin(cpu);
        condition.lock();
        while (!stop) {
            ready = true;
            condition.wait();
        }
        condition.unlock();
    });
    std::thread watcher([&] {
        pin(cpu);
        while (!stop) {
            if (!watch) {
                usleep(100);
                continue;
            }
            const std::size_t before = condition.state();
            watching = true;
            while (condition.state() == before) {
            }
            const double time = now();
            watching = watch = false;
            seen = time;
        }
    });
    pin(waker);
    Samples samples;
    for (int i = 0; i < kTimes; ++i) {
        while (!ready) usleep(200);
        usleep(500);  // it sleeps
        ready = false;
        seen = 0;
        watch = true;
        do {
            compute_until(now() + kInterval);
        } while (!watching);  // or the signal comes before the look that it is to change
        const double begin = now();
        condition.lock();
        condition.signal();
        condition.unlock();
        while (seen == 0) {
        }
        samples.push_back(seen - begin);
    }
    stop = true;
    condition.lock();
    condition.signal();
    condition.unlock();
    waiter.join();
    watcher.join();
    return samples;
}

}  // namespace

Probes condition_probes(int a, int b) {
    return {
        {"joins_waiters", [=] { return joins_waiters(a, b); }},
        {"posts_signal", [=] { return posts_signal(a, b); }},
    };
}

}  // namespace gilsim::probe
