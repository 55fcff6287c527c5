// CPython's GIL from outside: when the threads of a program try to lock a mutex, have unlocked it, wait for a
// condition for a limited time and come back. A library that is loaded into a Python:
//
//     LD_PRELOAD=build/libgilsim-gil-log.so GILSIM_GIL_LOG=log python3 program.py
//
// At the end the file `log` has a line for each event: time in us, event, thread, address. Events: m and u,
// locks a mutex, has unlocked it; t and T, timed wait from and to (O: it has timed out). Each thread has a log of its
// own, so that logging (20 ns a line) moves no cache line between cores. It changes the program all the same: what runs
// after a long sleep has a few cold lines more. Without the C++ library, which the program may not have.

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <dlfcn.h>
#include <pthread.h>
#include <unistd.h>

#include <sys/syscall.h>

namespace {

constexpr int kThreads = 64;
constexpr int kLines = 60'000;

struct Line {
    unsigned long long ticks;
    const void* what;
    char event;
};
struct Log {
    Line* lines;
    int used;
    long thread;
};
Log logs[kThreads];  // NOLINT: no containers
int threads = 0;
thread_local Log* mine = nullptr;
unsigned long long first_ticks = 0;
double first_time = 0;

double now() {
    timespec t{};
    clock_gettime(CLOCK_MONOTONIC, &t);
    return static_cast<double>(t.tv_sec) * 1e6 + static_cast<double>(t.tv_nsec) * 1e-3;
}

// The cheapest clock there is, of a steady rate.
unsigned long long ticks() {
#if defined(__x86_64__)
    return __builtin_ia32_rdtsc();
#else
    return static_cast<unsigned long long>(now() * 1e3);
#endif
}

Log* log_of_this_thread() {
    const int place = __atomic_fetch_add(&threads, 1, __ATOMIC_RELAXED);
    if (place >= kThreads) return nullptr;
    Log& log = logs[place];
    log.lines = static_cast<Line*>(std::malloc(kLines * sizeof(Line)));
    if (log.lines == nullptr) return nullptr;
    std::memset(log.lines, 1, kLines * sizeof(Line));  // the page faults now, not later
    log.thread = syscall(SYS_gettid);
    return &log;
}

void note(char event, const void* what) {
    if (mine == nullptr) mine = log_of_this_thread();
    if (mine == nullptr || mine->used == kLines) return;
    mine->lines[mine->used++] = {ticks(), what, event};
}

// The function of that name that this library hides.
template <typename Function>
Function hidden(const char* name) {
    void* found = dlvsym(RTLD_NEXT, name, "GLIBC_2.3.2");  // x86 has an older one of the same name
    if (found == nullptr) found = dlsym(RTLD_NEXT, name);
    Function function = nullptr;
    std::memcpy(&function, &found, sizeof function);
    return function;
}
int (*timed_wait)(pthread_cond_t*, pthread_mutex_t*, const timespec*) = nullptr;
int (*lock)(pthread_mutex_t*) = nullptr;
int (*unlock)(pthread_mutex_t*) = nullptr;

__attribute__((constructor)) void begin() {
    timed_wait = hidden<decltype(timed_wait)>("pthread_cond_timedwait");
    first_ticks = ticks();
    first_time = now();
}

__attribute__((destructor)) void end() {
    const char* name = std::getenv("GILSIM_GIL_LOG");
    std::FILE* file = name != nullptr ? std::fopen(name, "w") : nullptr;
    if (file == nullptr) return;
    const double per_us = static_cast<double>(ticks() - first_ticks) / (now() - first_time);
    for (int i = 0; i < (threads < kThreads ? threads : kThreads); ++i) {
        for (int k = 0; k < logs[i].used; ++k) {
            const Line& line = logs[i].lines[k];
            std::fprintf(file, "%.3f %c %ld %p\n", static_cast<double>(line.ticks - first_ticks) / per_us, line.event,
                         logs[i].thread, line.what);
        }
    }
    std::fclose(file);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) int pthread_cond_timedwait(pthread_cond_t* cond, pthread_mutex_t* mutex,
                                                                  const timespec* until) {
    note('t', cond);
    const int result = timed_wait(cond, mutex, until);
    note(result != 0 ? 'O' : 'T', cond);
    return result;
}

__attribute__((visibility("default"))) int pthread_mutex_lock(pthread_mutex_t* mutex) noexcept {
    if (lock == nullptr) lock = hidden<decltype(lock)>("pthread_mutex_lock");  // before `begin`, too
    note('m', mutex);
    return lock(mutex);
}

__attribute__((visibility("default"))) int pthread_mutex_unlock(pthread_mutex_t* mutex) noexcept {
    if (unlock == nullptr) unlock = hidden<decltype(unlock)>("pthread_mutex_unlock");
    const int result = unlock(mutex);
    note('u', mutex);
    return result;
}
}
