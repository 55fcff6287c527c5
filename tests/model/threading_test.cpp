// Synchronisation objects: traces worked out by hand on a machine where only the program takes time.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

namespace {

const std::set<std::string> kLocks{"lock_wait", "lock_acquire", "lock_release", "sync_wait", "sync_done", "sync_signal"};
const std::set<std::string> kWaits{"sync_wait", "sync_done", "sync_signal"};

}  // namespace

TEST_CASE("a lock: the waiter has it as soon as it is released") {
    CHECK(story(kFree +
                    "objects: {l: lock}\n"
                    "programs:\n"
                    "  a: [{with: {lock: l, do: [{sleep: 3ms}]}}]\n"
                    "  b: [{sleep: 1ms}, {with: {lock: l, do: [{sleep: 1ms}]}}]\n"
                    "threads: {a: a, b: b}\n",
                kLocks) ==
          "0 main/a lock_acquire l\n"
          "1000000 main/b lock_wait l\n"
          "3000000 main/a lock_release l\n"
          "3000000 main/b lock_acquire l\n"
          "4000000 main/b lock_release l\n"
          "4000000 run_end completed\n");
}

TEST_CASE("a lock is not handed over: who releases it and takes it at once gets it again") {
    // b is woken at each release, but needs 10 us to run; until then a has the lock again.
    CHECK(
        story(
            "gilsim: 1\n"
            "machine:\n"
            "  cores: 2\n"
            "  scheduler: {tick_offset: 0ns}\n"
            "  costs: {context_switch: 0ns, idle_states: [{after: 0ns, wake: 10us}], wake_busy: 10us, migration: 0ns,\n"
            "          timer_interrupt: 0ns, timer_slack: 0ns, syscall: 0ns, futex_call: 0ns, futex_wait: 0ns, "
            "futex_wake: 0ns, condvar_wait: 0ns,\n"
            "          cache_transfer: 0ns, timer_set: 0ns}\n"
            "interpreter: {gil: none, thread_create: 0ns, thread_bootstrap: 0ns, thread_exit: 0ns, lock_call: 0ns,\n"
            "              library_call: 0ns}\n"
            "objects: {l: lock}\n"
            "programs:\n"
            "  a: [{repeat: {times: 3, do: [{with: {lock: l, do: [{compute: 1ms}]}}]}}]\n"
            "  b: [{compute: 500us}, {with: {lock: l, do: [{compute: 1ms}]}}]\n"
            "threads: {a: a, b: b}\n",
            {"lock_acquire"}) ==
        "20000 main/a lock_acquire l\n"
        "1020000 main/a lock_acquire l\n"
        "2020000 main/a lock_acquire l\n"
        "3030000 main/b lock_acquire l\n"
        "4040000 run_end completed\n");
}

TEST_CASE("a lock with a time-out") {
    CHECK(story(kFree +
                    "objects: {l: lock}\n"
                    "programs:\n"
                    "  a: [{with: {lock: l, do: [{sleep: 3ms}]}}]\n"
                    "  b: [{sleep: 1ms}, {lock: {lock: l, timeout: 1ms, else: [{sleep: 5ms}]}}]\n"
                    "threads: {a: a, b: b}\n",
                kLocks) ==
          "0 main/a lock_acquire l\n"
          "1000000 main/b lock_wait l\n"
          "2000000 main/b sync_done l timed out\n"
          "3000000 main/a lock_release l\n"
          "7000000 run_end completed\n");
}

TEST_CASE("an rlock: its holder takes it again, others wait for the last release") {
    CHECK(story(kFree +
                    "objects: {r: rlock}\n"
                    "programs:\n"
                    "  a: [{lock: r}, {lock: r}, {sleep: 1ms}, {unlock: r}, {sleep: 1ms}, {unlock: r}]\n"
                    "  b: [{with: {lock: r, do: [{sleep: 1ms}]}}]\n"
                    "threads: {a: a, b: b}\n",
                kLocks) ==
          "0 main/a lock_acquire r\n"
          "0 main/b lock_wait r\n"
          "2000000 main/a lock_release r\n"
          "2000000 main/b lock_acquire r\n"
          "3000000 main/b lock_release r\n"
          "3000000 run_end completed\n");
}

TEST_CASE("a condition lets its oldest waiters go, one after the other since they share the lock") {
    CHECK(story(kFree +
                    "objects: {c: condition}\n"
                    "programs:\n"
                    "  waiter: [{with: {lock: c, do: [{wait: c}, {sleep: 1ms}]}}]\n"
                    "  late: [{sleep: 1ms}, {run: waiter}]\n"
                    "  main: [{sleep: 2ms}, {with: {lock: c, do: [{notify: c}]}}, {sleep: 3ms}, {with: {lock: c, do: [{notify_all: c}]}}]\n"
                    "threads: {first: waiter, second: late, third: late, main: main}\n",
                kWaits) ==
          "0 main/first sync_wait c\n"
          "1000000 main/second sync_wait c\n"
          "1000000 main/third sync_wait c\n"
          "2000000 main/main sync_signal c to 1\n"
          "2000000 main/first sync_done c\n"
          "5000000 main/main sync_signal c to 2\n"
          "5000000 main/second sync_done c\n"
          "5000000 main/third sync_done c\n"
          "7000000 run_end completed\n");
}

TEST_CASE("a notification without a waiter is lost") {
    CHECK(story(kFree +
                    "objects: {c: condition}\n"
                    "programs:\n"
                    "  waiter: [{sleep: 1ms}, {with: {lock: c, do: [{wait: c}]}}]\n"
                    "  main: [{with: {lock: c, do: [{notify: c}]}}]\n"
                    "threads: {waiter: waiter, main: main}\n",
                kWaits) ==
          "1000000 main/waiter sync_wait c\n"
          "1000000 run_end deadlock\n"
          "'main' waits for the end of 'waiter'\n"
          "'waiter' waits for condition 'c' to be notified (line 12)\n");
}

TEST_CASE("two threads that notify all at once share the waiters") {
    // A plain lock does not know its owner: the thief, who does not hold it, may notify, too.
    std::string world = with_interpreter("gil: free_threaded, version: '3.13t'");
    world.replace(world.find("lock_call: 0ns"), 14, "lock_call: 1us");
    const std::string log =
        story(world +
                  "objects: {l: {kind: lock}, c: {kind: condition, lock: l}}\n"
                  "programs:\n"
                  "  waiter: [{with: {lock: c, do: [{wait: c}]}}]\n"
                  "  thief: [{notify_all: c}]\n"
                  "  boss: [{sleep: 10ms}, {with: {lock: c, do: [{start: thief}, {notify_all: c}]}}]\n"
                  "threads: {waiter: {count: 40, run: waiter}, thief: {run: thief, start: manual}, "
                  "main: boss}\n",
              {"sync_signal", "sync_done"});
    INFO(log);
    CHECK(count(log, "sync_signal c") == 2);
    CHECK(count(log, "sync_done c") == 40);
    CHECK(has(log, "run_end completed"));
}

TEST_CASE("a condition's wait with a time-out takes the lock again and leaves the queue") {
    CHECK(story(kFree +
                    "objects: {c: condition}\n"
                    "programs:\n"
                    "  waiter: [{with: {lock: c, do: [{wait: {for: c, timeout: 1ms, else: [{sleep: 1ms}]}}]}}]\n"
                    "  main: [{sleep: 3ms}, {with: {lock: c, do: [{notify: c}]}}]\n"
                    "threads: {waiter: waiter, main: main}\n",
                kLocks) ==
          "0 main/waiter lock_acquire c.lock\n"
          "0 main/waiter sync_wait c\n"
          "0 main/waiter lock_release c.lock\n"
          "1000000 main/waiter sync_done c timed out\n"
          "1000000 main/waiter lock_acquire c.lock\n"
          "2000000 main/waiter lock_release c.lock\n"
          "3000000 main/main lock_acquire c.lock\n"
          "3000000 main/main lock_release c.lock\n"
          "3000000 run_end completed\n");
}

TEST_CASE("an event lets all go and stays set until it is cleared") {
    CHECK(story(kFree +
                    "objects: {e: event}\n"
                    "programs:\n"
                    "  waiter: [{wait: e}]\n"
                    "  late: [{sleep: 2ms}, {wait: e}, {sleep: 2ms}, {wait: {for: e, timeout: 2ms}}]\n"
                    "  main: [{sleep: 1ms}, {set: e}, {sleep: 2ms}, {clear: e}]\n"
                    "threads: {waiter: {count: 2, run: waiter}, late: late, main: main}\n",
                kWaits) ==
          "0 main/waiter-1 sync_wait e\n"
          "0 main/waiter-2 sync_wait e\n"
          "1000000 main/main sync_signal e to 2\n"
          "1000000 main/waiter-1 sync_done e\n"
          "1000000 main/waiter-2 sync_done e\n"
          "4000000 main/late sync_wait e\n"
          "6000000 main/late sync_done e timed out\n"
          "6000000 run_end completed\n");
}

TEST_CASE("a semaphore of two: the third waits, and one release lets one go") {
    CHECK(story(kFree +
                    "objects: {s: {kind: semaphore, value: 2}}\n"
                    "programs: {p: [{with: {lock: s, do: [{sleep: 1ms}]}}]}\n"
                    "threads: {t: {count: 3, run: p}}\n",
                {"sync_wait", "sync_done", "counter"}) ==
          "0 main counter s 1 permits\n"
          "0 main counter s 0 permits\n"
          "0 main/t-3 sync_wait s\n"
          "1000000 main counter s 1 permits\n"
          "1000000 main/t-3 sync_done s\n"
          "1000000 main counter s 0 permits\n"
          "1000000 main counter s 1 permits\n"
          "2000000 main counter s 2 permits\n"
          "2000000 run_end completed\n");
}

TEST_CASE("a barrier fills, drains and fills again") {
    CHECK(story(kFree +
                    "objects: {b: {kind: barrier, parties: 3}}\n"
                    "programs:\n"
                    "  quick: [{repeat: {times: 2, do: [{wait: b}]}}]\n"
                    "  slow: [{repeat: {times: 2, do: [{sleep: 1ms}, {wait: b}]}}]\n"
                    "threads: {quick: {count: 2, run: quick}, slow: slow}\n",
                {"sync_wait", "sync_signal"}) ==
          "0 main/quick-1 sync_wait b\n"
          "0 main/quick-2 sync_wait b\n"
          "1000000 main/slow sync_signal b to 2\n"
          "1000000 main/quick-1 sync_wait b\n"  // it drains: quick-2 is still inside
          "1000000 main/quick-2 sync_signal b to 1\n"
          "1000000 main/quick-2 sync_wait b\n"
          "1000000 main/quick-1 sync_wait b\n"
          "2000000 main/slow sync_signal b to 2\n"
          "2000000 run_end completed\n");
}

TEST_CASE("one who runs out of patience breaks a barrier for all") {
    CHECK(story(kFree +
                    "objects: {b: {kind: barrier, parties: 3}}\n"
                    "programs:\n"
                    "  quick: [{wait: {for: b, timeout: 2ms, else: [{compute: {work: 0ns, label: broken}}]}}]\n"
                    "  slow: [{wait: {for: b, timeout: 5ms, else: [{compute: {work: 0ns, label: broken}}]}}]\n"
                    "  late: [{sleep: 3ms}, {run: slow}]\n"
                    "threads: {quick: quick, slow: slow, late: late}\n",
                {"sync_wait", "sync_done", "sync_signal", "op_begin"}) ==
          "0 main/quick sync_wait b\n"
          "0 main/slow sync_wait b\n"
          "0 main/late op_begin sleep\n"
          "2000000 main/quick sync_done b timed out\n"
          "2000000 main/quick sync_signal b to 1\n"
          "2000000 main/quick op_begin broken\n"
          "2000000 main/slow sync_done b\n"
          "2000000 main/slow op_begin broken\n"
          "3000000 main/late op_begin broken\n"
          "3000000 run_end completed\n");
}

TEST_CASE("a queue: getters wait for items, putters for room, join for the last task_done") {
    CHECK(story(kFree +
                    "objects: {q: {kind: queue, maxsize: 1}}\n"
                    "programs:\n"
                    "  consumer: [{repeat: {times: 3, do: [{get: q}, {sleep: 2ms}, {task_done: q}]}}]\n"
                    "  main: [{sleep: 1ms}, {repeat: {times: 3, do: [{put: q}]}}, {join_queue: q}]\n"
                    "threads: {consumer: consumer, main: main}\n",
                {"sync_wait", "sync_done", "sync_signal", "counter"}) ==
          "0 main/consumer sync_wait q\n"
          "1000000 main counter q 1 items\n"
          "1000000 main/main sync_signal q to 1\n"
          "1000000 main/main sync_wait q\n"  // for room
          "1000000 main/consumer sync_done q\n"
          "1000000 main counter q 0 items\n"
          "1000000 main/consumer sync_signal q to 1\n"
          "1000000 main/main sync_done q\n"
          "1000000 main counter q 1 items\n"
          "1000000 main/main sync_wait q\n"
          "3000000 main counter q 0 items\n"
          "3000000 main/consumer sync_signal q to 1\n"
          "3000000 main/main sync_done q\n"
          "3000000 main counter q 1 items\n"
          "3000000 main/main sync_wait q\n"  // for the last task_done
          "5000000 main counter q 0 items\n"
          "7000000 main/consumer sync_signal q to 1\n"
          "7000000 main/main sync_done q\n"
          "7000000 run_end completed\n");
}

TEST_CASE("a simple queue: its lock is given back by put, and a get with a time-out comes back empty") {
    CHECK(story(kFree +
                    "objects: {q: simple_queue}\n"
                    "programs:\n"
                    "  consumer: [{get: q}, {get: {queue: q, timeout: 1ms, else: [{sleep: 1ms}]}}]\n"
                    "  main: [{sleep: 1ms}, {put: q}]\n"
                    "threads: {consumer: consumer, main: main}\n",
                {"sync_wait", "sync_done", "sync_signal"}) ==
          "0 main/consumer sync_wait q\n"
          "1000000 main/main sync_signal q to 1\n"
          "1000000 main/consumer sync_done q\n"
          "1000000 main/consumer sync_wait q\n"
          "2000000 main/consumer sync_done q timed out\n"
          "3000000 run_end completed\n");
}

TEST_CASE("a request travels through a queue: its latency begins at put, and who gets it serves it") {
    CHECK(story(kFree +
                    "objects: {q: queue}\n"
                    "programs:\n"
                    "  server: [{repeat: {times: 2, do: [{get: q}, {sleep: 2ms}, {request_end: page}]}}]\n"
                    "  main: [{repeat: {times: 2, do: [{put: {queue: q, request: page}}]}}]\n"
                    "threads: {server: server, main: main}\n",
                {"request_begin", "request_serve", "request_end"}) ==
          "0 - request_begin page #0\n"
          "0 - request_begin page #1\n"
          "0 main/server request_serve page #0\n"
          "2000000 main/server request_end page #0\n"
          "2000000 main/server request_serve page #1\n"
          "4000000 main/server request_end page #1\n"
          "4000000 run_end completed\n");
}

TEST_CASE("library calls take bytecode: a put and a get of queue.Queue are 13 calls in Python and 9 in C") {
    const std::string text = kFree +
                             "objects: {q: queue}\n"
                             "programs: {p: [{put: q}, {get: q}]}\n"
                             "threads: {main: p}\n";
    auto costly = text;
    costly.replace(costly.find("lock_call: 0ns, library_call: 0ns"), 33, "lock_call: 1us, library_call: 1ms");
    CHECK(story(text, {}) == "0 run_end completed\n");
    CHECK(story(costly, {}) == "13009000 run_end completed\n");
}

// --- mistakes of the program ----------------------------------------------------------------------------------------------

TEST_CASE("mistakes that Python answers with an exception") {
    const auto fails = [](const std::string& objects, const std::string& operations) {
        return failure(kFree + "objects: {" + objects + "}\nprograms: {p: [" + operations + "]}\nthreads: {main: p}\n");
    };
    CHECK(fails("l: lock", "{lock: l}, {unlock: l}, {unlock: l}").find("releases lock 'l', which nobody holds") != std::string::npos);
    CHECK(fails("l: rlock", "{lock: l}, {unlock: l}, {unlock: l}").find("releases rlock 'l', which it does not hold") != std::string::npos);
    CHECK(fails("c: condition", "{notify: c}").find("notifies condition 'c' without holding its lock") !=
          std::string::npos);
    CHECK(fails("c: condition", "{wait: c}").find("without holding its lock") != std::string::npos);
    CHECK(fails("s: {kind: semaphore, bounded: true}", "{unlock: s}").find("too often") != std::string::npos);
    CHECK(fails("q: queue", "{task_done: q}").find("too often") != std::string::npos);
}

TEST_CASE("patience begins where CPython begins to count: when the object's lock has been taken") {
    // Each call of a function in Python takes 1 ms.
    const auto gives_up = [](const std::string& object, const std::string& operation) {
        const std::string log = story(with("library_call", "1ms") + "objects: {o: " + object + "}\nprograms: {m: [" +
                                          operation + "]}\nthreads: {main: m}\n",
                                      {"sync_wait", "sync_done"});
        INFO(log);
        const auto timed_out = log.find("sync_done o timed out");
        REQUIRE(timed_out != std::string::npos);
        return std::stoll(log.substr(log.rfind('\n', timed_out) + 1)) / 1'000'000;
    };
    const std::string wait = "{wait: {for: o, timeout: 10ms}}";
    // __enter__, wait of an RLock: counted from there.
    CHECK(gives_up("condition", "{with: {lock: o, do: [" + wait + "]}}") == 2 + 10);
    // wait, __enter__, Condition.wait, _is_owned, _release_save: likewise.
    CHECK(gives_up("event", wait) == 5 + 10);
    // What the first wait of a loop is given is the whole time, even if it comes three calls after the date was made.
    CHECK(gives_up("{kind: barrier, parties: 2}", wait) == 8 + 10);
    CHECK(gives_up("{kind: semaphore, value: 0}", "{lock: {lock: o, timeout: 10ms}}") == 5 + 10);
    // A queue has called _qsize before it looks how much is left.
    CHECK(gives_up("queue", "{get: {queue: o, timeout: 10ms}}") == 5 + 10);
    CHECK(gives_up("{kind: queue, maxsize: 1}", "{put: o}, {put: {queue: o, timeout: 10ms}}") == 7 + 5 + 10);
}
