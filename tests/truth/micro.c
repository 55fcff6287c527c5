/* What a machine's mechanisms cost: system calls, futexes, condition variables, pipes, wake-ups, timers, faults.
 *
 *     cc -O2 -pthread tests/truth/micro.c -o micro && ./micro
 *
 * prints one JSON object, values in seconds, in about ten seconds. It needs cores 0 and 1. The machine profiles in
 * configs/ cite its figures; tests/truth/data/micro_c.json holds six runs. A ping-pong's time is that of a round trip: two
 * wake-ups, two waits. A one-way time is from before the wake call to the woken thread's first instruction.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 20000, WAKES = 400, PAGE = 4096, REGION = 128 << 20 };

static double now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void pin(int core) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(core, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);
}

static void print(const char *name, double seconds) {
    static int first = 1;
    printf("%s\n  \"%s\": %.6g", first ? "{" : ",", name, seconds);
    fflush(stdout);
    first = 0;
}

static int ascending(const void *a, const void *b) {
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Sorts; value[count * part] is then that part's percentile. */
static double percentile(double *value, int count, double part) {
    qsort(value, (size_t)count, sizeof *value, ascending);
    const int index = (int)(part * count);
    return value[index < count ? index : count - 1];
}

static void must(int ok) {
    if (!ok) {
        perror("micro");
        exit(1);
    }
}

static int partner_core; /* where the second thread of a measurement runs */

static pthread_t start(void *(*body)(void *)) {
    pthread_t thread;
    must(pthread_create(&thread, NULL, body, NULL) == 0);
    return thread;
}

/* --- futex ping-pong, and one-way wake-ups --- */

static volatile int word; /* 0: the main thread's turn, 1: the partner's */

static void futex_wait_while(int value) {
    while (word == value) syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0);
}
static void futex_set(int value) {
    word = value;
    syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}
static void *futex_partner(void *unused) {
    pin(partner_core);
    for (int i = 0; i < ROUNDS; ++i) {
        futex_wait_while(0);
        futex_set(0);
    }
    return unused;
}
static double futex_round_trip(void) {
    word = 0;
    const pthread_t partner = start(futex_partner);
    const double begin = now();
    for (int i = 0; i < ROUNDS; ++i) {
        futex_set(1);
        futex_wait_while(1);
    }
    const double end = now();
    pthread_join(partner, NULL);
    return (end - begin) / ROUNDS;
}

static volatile double woken_at; /* when the wake call began */
static double latency[WAKES];

static void *sleeper(void *unused) {
    pin(partner_core);
    for (int i = 0; i < WAKES; ++i) {
        futex_wait_while(0);
        latency[i] = now() - woken_at;
        word = 0;
    }
    return unused;
}
/* The partner has slept for 300 us each time, so that an idle core has had time to go idle. */
static void wake_up(void (*until_it_ran)(void)) {
    word = 0;
    const pthread_t partner = start(sleeper);
    for (int i = 0; i < WAKES; ++i) {
        usleep(300);
        woken_at = now();
        futex_set(1);
        while (word) until_it_ran();
    }
    pthread_join(partner, NULL);
}
static void spin(void) {}
static void yield_core(void) { sched_yield(); }
static void nap(void) { usleep(200); }

static volatile int keep_busy;
static void *spinner(void *unused) {
    pin(partner_core);
    while (keep_busy) {
    }
    return unused;
}

/* --- condition variable and pipe ping-pong --- */

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static int turn;

static void *condition_partner(void *unused) {
    pin(partner_core);
    for (int i = 0; i < ROUNDS; ++i) {
        pthread_mutex_lock(&mutex);
        while (turn != 1) pthread_cond_wait(&changed, &mutex);
        turn = 0;
        pthread_cond_signal(&changed);
        pthread_mutex_unlock(&mutex);
    }
    return unused;
}
static double condition_round_trip(void) {
    turn = 0;
    const pthread_t partner = start(condition_partner);
    const double begin = now();
    for (int i = 0; i < ROUNDS; ++i) {
        pthread_mutex_lock(&mutex);
        turn = 1;
        pthread_cond_signal(&changed);
        while (turn != 0) pthread_cond_wait(&changed, &mutex);
        pthread_mutex_unlock(&mutex);
    }
    const double end = now();
    pthread_join(partner, NULL);
    return (end - begin) / ROUNDS;
}

static int there[2], back[2];

static void *pipe_partner(void *unused) {
    char byte;
    pin(partner_core);
    for (int i = 0; i < ROUNDS; ++i) must(read(there[0], &byte, 1) == 1 && write(back[1], &byte, 1) == 1);
    return unused;
}
static double pipe_round_trip(void) {
    char byte = 'x';
    const pthread_t partner = start(pipe_partner);
    const double begin = now();
    for (int i = 0; i < ROUNDS; ++i) must(write(there[1], &byte, 1) == 1 && read(back[0], &byte, 1) == 1);
    const double end = now();
    pthread_join(partner, NULL);
    return (end - begin) / ROUNDS;
}

/* --- timers --- */

static struct timespec span(double seconds) {
    struct timespec t;
    t.tv_sec = (time_t)seconds;
    t.tv_nsec = (long)((seconds - (double)t.tv_sec) * 1e9);
    return t;
}

static double timed_wait(double seconds) {
    static pthread_cond_t never;
    static int ready;
    if (!ready) {
        pthread_condattr_t attributes;
        pthread_condattr_init(&attributes);
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
        pthread_cond_init(&never, &attributes);
        ready = 1;
    }
    const double begin = now();
    const struct timespec until = span(begin + seconds);
    pthread_mutex_lock(&mutex);
    while (pthread_cond_timedwait(&never, &mutex, &until) != ETIMEDOUT) {
    }
    pthread_mutex_unlock(&mutex);
    return now() - begin - seconds;
}
static double sleep_for(double seconds) {
    const struct timespec t = span(seconds);
    const double begin = now();
    nanosleep(&t, NULL);
    return now() - begin - seconds;
}
static void late(const char *what, double (*wait)(double), const char *tag, double seconds, int count) {
    double value[300];
    char name[64];
    for (int i = 0; i < count; ++i) value[i] = wait(seconds);
    snprintf(name, sizeof name, "%s_overshoot_%s_p50", what, tag);
    print(name, percentile(value, count, 0.5));
    snprintf(name, sizeof name, "%s_overshoot_%s_max", what, tag);
    print(name, value[count - 1]);
}

/* --- pages --- */

static double touch(char *region) { /* per page */
    const double begin = now();
    for (size_t at = 0; at < REGION; at += PAGE) ++region[at];
    return (now() - begin) / (REGION / PAGE);
}
static char *fresh_region(int advice) {
    char *region = mmap(NULL, REGION, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    must(region != MAP_FAILED);
    madvise(region, REGION, advice);
    return region;
}
static void pages(void) {
    char *region = fresh_region(MADV_NOHUGEPAGE);
    int answer[2];
    double copied;
    print("minor_fault_anon_4k", touch(region));
    print("page_touch_warm", touch(region));
    must(pipe(answer) == 0);
    const double begin = now();
    const pid_t child = fork();
    if (child == 0) {
        copied = touch(region);
        _exit(write(answer[1], &copied, sizeof copied) != sizeof copied);
    }
    const double forked = now() - begin;
    must(read(answer[0], &copied, sizeof copied) == sizeof copied);
    waitpid(child, NULL, 0);
    print("cow_fault_4k", copied);
    print("fork_call_128MB_touched", forked);
    munmap(region, REGION);
    region = fresh_region(MADV_HUGEPAGE);
    print("minor_fault_thp_per4k", touch(region));
    munmap(region, REGION);
}

/* --- threads and processes --- */

static void *nothing(void *unused) { return unused; }
static void *yielder(void *unused) {
    pin(0);
    while (keep_busy) sched_yield();
    return unused;
}

static void cheap_calls(void) {
    double begin = now();
    for (int i = 0; i < 200000; ++i) now();
    print("clock_gettime", (now() - begin) / 200000);
    begin = now();
    for (int i = 0; i < 200000; ++i) syscall(SYS_getppid);
    print("syscall", (now() - begin) / 200000);
    begin = now();
    for (int i = 0; i < 1000000; ++i) {
        pthread_mutex_lock(&mutex);
        pthread_mutex_unlock(&mutex);
    }
    print("mutex_uncontended_pair", (now() - begin) / 1e6);
}

static void between_threads(void) {
    char name[64];
    must(pipe(there) == 0 && pipe(back) == 0);
    for (partner_core = 0; partner_core < 2; ++partner_core) {
        const char *where = partner_core ? "diffcpu" : "samecpu";
        pin(0);
        snprintf(name, sizeof name, "futex_pingpong_rtt_%s", where);
        print(name, futex_round_trip());
        snprintf(name, sizeof name, "condvar_pingpong_rtt_%s", where);
        print(name, condition_round_trip());
        snprintf(name, sizeof name, "pipe_pingpong_rtt_%s", where);
        print(name, pipe_round_trip());
        wake_up(partner_core ? spin : yield_core);
        snprintf(name, sizeof name, "futex_wake_oneway_idle_%s_p50", where);
        print(name, percentile(latency, WAKES, 0.5));
        snprintf(name, sizeof name, "futex_wake_oneway_idle_%s_p99", where);
        print(name, percentile(latency, WAKES, 0.99));
    }
    partner_core = 1;
    keep_busy = 1;
    const pthread_t busy = start(spinner);
    wake_up(nap);
    keep_busy = 0;
    pthread_join(busy, NULL);
    print("futex_wake_oneway_busycpu_p50", percentile(latency, WAKES, 0.5));
    print("futex_wake_oneway_busycpu_p90", percentile(latency, WAKES, 0.9));
    print("futex_wake_oneway_busycpu_max", latency[WAKES - 1]);
}

static void alone_and_yielding(void) {
    char byte = 'x';
    pin(0);
    double begin = now();
    for (int i = 0; i < ROUNDS; ++i) must(write(there[1], &byte, 1) == 1 && read(there[0], &byte, 1) == 1);
    print("pipe_write_read_alone", (now() - begin) / ROUNDS);
    keep_busy = 1;
    const pthread_t other = start(yielder);
    usleep(1000);
    begin = now();
    for (int i = 0; i < ROUNDS; ++i) sched_yield();
    const double both = now() - begin;
    keep_busy = 0;
    pthread_join(other, NULL);
    print("sched_yield_switch", both / (2 * ROUNDS));
    begin = now();
    for (int i = 0; i < ROUNDS; ++i) sched_yield();
    print("sched_yield_alone", (now() - begin) / ROUNDS);
}

static void timers(void) {
    const struct {
        const char *tag;
        double seconds;
        int count;
    } row[] = {{"0.1ms", 100e-6, 300}, {"1ms", 1e-3, 100}, {"5ms", 5e-3, 40}};
    for (int i = 0; i < 3; ++i) {
        late("cond_timedwait", timed_wait, row[i].tag, row[i].seconds, row[i].count);
        late("nanosleep", sleep_for, row[i].tag, row[i].seconds, row[i].count);
    }
    print("timer_slack", prctl(PR_GET_TIMERSLACK) * 1e-9);
}

static void births(void) {
    double value[500];
    cpu_set_t both;
    CPU_ZERO(&both);
    CPU_SET(0, &both);
    CPU_SET(1, &both);
    pthread_setaffinity_np(pthread_self(), sizeof both, &both);
    for (int i = 0; i < 500; ++i) {
        const double begin = now();
        pthread_join(start(nothing), NULL);
        value[i] = now() - begin;
    }
    print("pthread_create_join", percentile(value, 500, 0.5));
    for (int i = 0; i < 200; ++i) {
        const double begin = now();
        const pid_t child = fork();
        if (child == 0) _exit(0);
        waitpid(child, NULL, 0);
        value[i] = now() - begin;
    }
    print("fork_exit_wait", percentile(value, 200, 0.5));
}

int main(void) {
    cheap_calls();
    between_threads();
    alone_and_yielding();
    timers();
    pages();
    births();
    printf("\n}\n");
    return 0;
}
