/* When a program's threads call pthread_cond_timedwait, pthread_cond_wait and pthread_cond_signal, and come back:
 * CPython's GIL from outside.
 *
 *     cc -O1 -shared -fPIC tests/truth/pthread_log.c -o pthread_log.so
 *     LD_PRELOAD=./pthread_log.so PTHREAD_LOG=log python3 program.py
 *     python3 tests/truth/pthread_log.py log.*
 *
 * Each process with many calls writes PTHREAD_LOG.PID when it ends: time in us, call, thread, core, address. Calls: t
 * and T, timed wait from and to (O: it timed out); w and W, wait; s and S, signal. Each thread has a log of its own, so
 * that logging (20 ns a line) moves no cache line between cores. It does change the program: that of a thread that
 * sleeps beside two CPU-bound ones takes 13 to 14 ms a period with it, 20 to 23 without (docs/fidelity.md).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>
#include <x86intrin.h>

#include <sys/syscall.h>

enum { THREADS = 256, LINES = 60000, FEW = 500 };

struct line {
    unsigned long long ticks;
    const void* what;
    unsigned core;
    char call;
};
static struct {
    struct line* lines;
    int used;
    long id;
} logs[THREADS];
static atomic_int threads;
static __thread int mine = -1;

static int (*timedwait)(pthread_cond_t*, pthread_mutex_t*, const struct timespec*);
static int (*wait_for)(pthread_cond_t*, pthread_mutex_t*);
static int (*signal_one)(pthread_cond_t*);
static unsigned long long first_ticks;
static double first_time;

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e6 + (double)t.tv_nsec * 1e-3;
}

static void note(char call, const void* what) {
    if (mine < 0) {
        const int new = atomic_fetch_add(&threads, 1);
        if (new >= THREADS) return;
        logs[new].lines = malloc(LINES * sizeof(struct line));
        if (logs[new].lines == NULL) return;
        memset(logs[new].lines, 1, LINES * sizeof(struct line)); /* the page faults now, not later */
        logs[new].id = syscall(SYS_gettid);
        mine = new;
    }
    struct line* line = logs[mine].lines + logs[mine].used;
    if (logs[mine].used < LINES - 1) ++logs[mine].used;
    line->ticks = __rdtscp(&line->core);
    line->core &= 0xfff;
    line->call = call;
    line->what = what;
}

static void write_log(void) {
    const int count = threads < THREADS ? threads : THREADS;
    int lines = 0;
    for (int i = 0; i < count; ++i) lines += logs[i].used;
    const char* name = getenv("PTHREAD_LOG");
    if (lines < FEW || name == NULL) return;
    const double ticks_per_us = (double)(__rdtsc() - first_ticks) / (now() - first_time);
    char path[4096];
    snprintf(path, sizeof path, "%s.%d", name, (int)getpid());
    FILE* file = fopen(path, "w");
    if (file == NULL) return;
    for (int i = 0; i < count; ++i)
        for (int k = 0; k < logs[i].used; ++k) {
            const struct line* l = logs[i].lines + k;
            fprintf(file, "%.3f %c %ld %u %p\n", (double)(l->ticks - first_ticks) / ticks_per_us, l->call, logs[i].id,
                    l->core, l->what);
        }
    fclose(file);
}

__attribute__((constructor)) static void begin(void) {
    timedwait = dlvsym(RTLD_NEXT, "pthread_cond_timedwait", "GLIBC_2.3.2");
    wait_for = dlvsym(RTLD_NEXT, "pthread_cond_wait", "GLIBC_2.3.2");
    signal_one = dlvsym(RTLD_NEXT, "pthread_cond_signal", "GLIBC_2.3.2");
    first_ticks = __rdtsc();
    first_time = now();
}

__attribute__((destructor)) static void end(void) {
    write_log();
}

void _exit(int status) { /* which a process of multiprocessing calls */
    write_log();
    syscall(SYS_exit_group, status);
    __builtin_unreachable();
}

int pthread_cond_timedwait(pthread_cond_t* cond, pthread_mutex_t* mutex, const struct timespec* until) {
    note('t', cond);
    const int result = timedwait(cond, mutex, until);
    note(result != 0 ? 'O' : 'T', cond);
    return result;
}

int pthread_cond_wait(pthread_cond_t* cond, pthread_mutex_t* mutex) {
    note('w', cond);
    const int result = wait_for(cond, mutex);
    note('W', cond);
    return result;
}

int pthread_cond_signal(pthread_cond_t* cond) {
    note('s', cond);
    const int result = signal_one(cond);
    note('S', cond);
    return result;
}
