/// Locks and queues of one CPython beside those of another: whom they serve first.

#include "tests/model/story.hpp"

using namespace gilsim::testing;

TEST_CASE("a simple queue of 3.13 hands an item to the oldest waiter, before, another thread may take it first") {
    // main puts an item for the waiting consumer and, before that has the GIL, gets it back.
    const auto told = [](const std::string& version) {
        std::string text = kFree;
        text.replace(text.find("interpreter: {"), 14, "interpreter: {version: '" + version + "', ");
        return story(text +
                         "objects: {q: simple_queue}\n"
                         "programs:\n"
                         "  consumer: [{get: q}, {compute: {work: 1ms, label: got}}]\n"
                         "  main: [{sleep: 1ms}, {put: q}, {get: {queue: q, timeout: 2ms, else: [{compute: {work: 1ms, "
                         "label: none}}]}}, {put: q}]\n"
                         "threads: {consumer: consumer, main: main}\n",
                     {"op_begin"});
    };
    CHECK(told("3.12") ==
          "0 main/main op_begin sleep\n"
          "1000000 main/consumer op_begin got\n"
          "2000000 run_end completed\n");
    CHECK(told("3.13") ==
          "0 main/main op_begin sleep\n"
          "1000000 main/consumer op_begin got\n"
          "3000000 main/main op_begin none\n"
          "4000000 run_end completed\n");
}

TEST_CASE("a thread that ends tells its joiner before it gives the GIL up until 3.12, and afterwards since") {
    const auto told = [](const std::string& version) {
        std::string text = kFree;
        text.replace(text.find("interpreter: {"), 14, "interpreter: {version: '" + version + "', ");
        return story(text + "programs: {t: [{sleep: 1ms}, {compute: 1ms}]}\nthreads: {t: t}\n",
                     {"gil_release", "sched_waking"});
    };
    const auto first = [](const std::string& log, const std::string& what) { return log.find("2000000 main/" + what); };
    CHECK(first(told("3.12"), "main sched_waking") < first(told("3.12"), "t gil_release main exit"));
    CHECK(first(told("3.13"), "main sched_waking") > first(told("3.13"), "t gil_release main exit"));
}

TEST_CASE(
    "who is woken at a lock takes it without the GIL if that is a semaphore, but needs the GIL if it is a PyMutex") {
    // b, patient for 5 ms, has the GIL for a moment, and finds the lock taken. a frees it at 6000 and comes back at
    // 8000. RLocks are semaphores up to 3.13.
    const auto told = [](const std::string& version, const std::string& kind) {
        std::string text = kFree;
        text.replace(text.find("interpreter: {"), 14, "interpreter: {version: '" + version + "', ");
        return story(text + "objects: {l: " + kind +
                         "}\n"
                         "programs:\n"
                         "  a: [{with: {lock: l, do: [{compute: 6ms}]}}, {compute: 2ms}, {with: {lock: l, do: "
                         "[{compute: 1ms}]}}]\n"
                         "  b: [{with: {lock: l, do: [{compute: 1ms}]}}]\n"
                         "threads: {a: a, b: b}\n",
                     {"lock_acquire"});
    };
    const std::string semaphore =
        "0 main/a lock_acquire l\n"
        "6000000 main/b lock_acquire l\n"
        "9000000 main/a lock_acquire l\n"
        "10000000 run_end completed\n";
    CHECK(told("3.13.0", "lock") == semaphore);
    CHECK(told("3.13.15", "rlock") == semaphore);
    CHECK(told("3.13.15", "lock") ==
          "0 main/a lock_acquire l\n"
          "8000000 main/a lock_acquire l\n"
          "9000000 main/b lock_acquire l\n"
          "10000000 run_end completed\n");
    CHECK(told("3.14", "rlock") == told("3.14", "lock"));
}

TEST_CASE("a lock is a semaphore up to 3.13.0, and a mutex that is handed over after a millisecond since") {
    const auto second = [](const std::string& version) {
        const std::string log = story(
            "gilsim: 1\n"
            "machine:\n"
            "  cores: 2\n"
            "  scheduler: {tick_offset: 0ns}\n"
            "  costs: {context_switch: 0ns, idle_states: [{after: 0ns, wake: 10us}], wake_busy: 10us,\n"
            "          migration: 0ns, timer_interrupt: 0ns, timer_slack: 0ns, syscall: 0ns,\n"
            "          futex_call: 0ns, futex_wait: 0ns, futex_wake: 0ns, condvar_wait: 0ns, cache_transfer: 0ns, "
            "timer_set: 0ns}\n"
            "interpreter: {gil: none, version: '" +
                version +
                "', thread_create: 0ns, thread_bootstrap: 0ns, thread_exit: 0ns,\n"
                "              lock_call: 0ns, library_call: 0ns}\n"
                "objects: {l: lock}\n"
                "programs:\n"
                "  a: [{repeat: {times: 3, do: [{with: {lock: l, do: [{compute: 2ms}]}}]}}]\n"
                "  b: [{compute: 500us}, {with: {lock: l, do: [{compute: 1ms}]}}]\n"
                "threads: {a: a, b: b}\n",
            {"lock_acquire"});
        const auto line = log.substr(log.find('\n') + 1);
        return line.substr(line.find('/') + 1, 1);
    };
    for (const char* version : {"2.7", "3.11", "3.13.0", "3.13.0t"}) CHECK(second(version) == "a");
    for (const char* version : {"3.13.1", "3.13", "3.13t", "3.13.15t", "3.14"}) CHECK(second(version) == "b");
}
