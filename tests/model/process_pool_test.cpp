/// multiprocessing.Pool and ProcessPoolExecutor.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

namespace {

std::string pool(const std::string& kind, const std::string& calls, const std::string& after = "",
                 const std::string& world = kFree) {
    return world + "objects: {crew: {kind: " + kind + ", workers: 2" + after + "}}\nprograms: {p: [" + calls +
           ", {shutdown: crew}]}\nthreads: {main: p}\n";
}

}  // namespace

TEST_CASE("Pool.map hands out a quarter of each worker's share at a time") {
    // 100 calls, 2 workers: chunks of 13: seven of them and one of 9.
    const std::string log =
        story(pool("pool", "{map: {pool: crew, times: 100, do: [{compute: 1ms}]}}"), {"message_send"});
    INFO(log);
    CHECK(count(log, "crew.task-handler message_send crew #") ==
          8 + 1 + 2);  // the ends: for the result handler, the workers
    CHECK(count(log, "crew-[12]/main message_send crew #") == 8);
}

TEST_CASE("chunks of one: the two workers share the calls, and three threads look after them") {
    const std::string log = story(pool("pool", "{map: {pool: crew, times: 10, chunk: 1, do: [{compute: 1ms}]}}"),
                                  {"thread_start", "op_begin"});
    INFO(log);
    for (const char* helper : {"worker-handler", "task-handler", "result-handler"})
        CHECK(has(log, std::string("main/crew.") + helper));
    CHECK(count(log, "crew-1/main op_begin compute") == 5);
    CHECK(count(log, "crew-2/main op_begin compute") == 5);
}

TEST_CASE("a busy parent slows its pool") {
    const auto last_task = [](const std::string& beside) {
        const std::string log =
            story(pool("pool", "{submit: {pool: crew, times: 20, do: [{compute: 100us}]}}, " + beside, "",
                       with("library_call", "100ns")),
                  {"op_end"});
        long long last = 0;
        const std::regex line("([0-9]+) crew-[12]/main op_end compute");
        for (auto i = std::sregex_iterator(log.begin(), log.end(), line); i != std::sregex_iterator(); ++i)
            last = std::stoll((*i)[1]);
        return last;
    };
    CHECK(last_task("{sleep: 200ms}") < 100'000'000);
    CHECK(last_task("{native: 200ms}") > 200'000'000);
}

TEST_CASE("imap hands over results one by one, in order or as they come") {
    const auto run = [](const std::string& how) {
        return end(pool("pool", "{map: {pool: crew, times: 8, how: " + how + ", do: [{compute: 1ms}]}}"));
    };
    CHECK(run("imap") == 4'000'000);
    CHECK(run("imap_unordered") == 4'000'000);
}

TEST_CASE("a worker is replaced after max_tasks_per_child tasks") {
    const std::string log =
        story(pool("pool", "{map: {pool: crew, times: 8, chunk: 1, do: [{compute: 1ms}]}}", ", max_tasks_per_child: 2"),
              {"process_start"});
    INFO(log);
    CHECK(count(log, "crew-[0-9]+ process_start") >= 4);
    CHECK(has(log, "run_end completed"));
}

TEST_CASE("up to 3.7 a Pool looks for workers that have ended every 0.1 s") {
    const auto run = [](const std::string& version) {
        return end(pool("pool", "{map: {pool: crew, times: 8, chunk: 1, do: [{compute: 1ms}]}}",
                        ", max_tasks_per_child: 2", with_interpreter("version: \"" + version + "\"")));
    };
    CHECK(run("3.7") > 102'000'000);  // four calls, at 100 ms two new workers, four calls, then the pool's own end
    CHECK(run("3.8") == 4'000'000);
}

TEST_CASE("handlers of a pool that keep in step do not do so for ever") {
    const std::string constant =
        "gilsim: 1\n"
        "machine: {base: server-16, cores: 4, costs: {idle_states: [{after: 0us, wake: 5us}, {after: 200us, wake: "
        "50us}]}}\n"
        "interpreter: cpython-3.11\n"
        "objects: {crew: {kind: pool, workers: 4}}\n"
        "programs: {p: [{map: {pool: crew, times: 400, do: [{compute: {lognormal: {median: 2ms, p99: 80ms}}}]}}]}\n"
        "threads: {main: p}\n";
    CHECK(has(story(constant, {}), "run_end completed"));
}

TEST_CASE("workers of a pool wait in turn for the lock of its queue, and the trace says so") {
    const std::string log = story(pool("pool", "{map: {pool: crew, times: 2, chunk: 1, do: [{compute: 1ms}]}}"),
                                  {"lock_wait", "lock_acquire", "lock_release"});
    INFO(log);
    CHECK(has(log, "crew-2/main lock_wait crew.tasks.read"));
    CHECK(has(log, "crew-2/main lock_acquire crew.tasks.read"));
    CHECK(count(log, "lock_acquire crew.tasks.read") == count(log, "lock_release crew.tasks.read"));
}

TEST_CASE("a Pool loses the task of a worker that dies, and goes on with another worker") {
    const std::string log = story(kFree +
                                      "objects: {crew: {kind: pool, workers: 2}}\n"
                                      "programs: {p: [{submit: {pool: crew, do: [{crash: signal}]}},\n"
                                      "               {map: {pool: crew, times: 10, do: [{compute: 1ms}]}}]}\n"
                                      "threads: {main: p}\n",
                                  {"process_start", "op_begin"});
    INFO(log);
    CHECK(count(log, "op_begin compute") == 10);
    CHECK(has(log, "crew-3 process_start"));
    CHECK(has(log, "run_end deadlock"));
    CHECK(has(log, "'main' waits for a result of pool 'crew', 1 of whose workers died with its task"));
}

TEST_CASE("a ProcessPoolExecutor breaks when a worker dies, and says so to whoever asks") {
    const std::string program =
        "objects: {team: {kind: process_pool, workers: 2}}\n"
        "programs: {p: [{submit: {pool: team, do: [{crash: signal}]}}, {results: {pool: team";
    CHECK(has(failure(kFree + program + "}}]}\nthreads: {main: p}\n"), "BrokenProcessPool"));
    CHECK(has(story(kFree + program + ", else: [{compute: 1ms}]}}]}\nthreads: {main: p}\n", {"op_begin"}),
              "main/main op_begin compute\n"));
}

TEST_CASE("what cannot be pickled comes back as an exception") {
    for (const char* kind : {"pool", "process_pool"}) {
        for (const char* what : {"arguments", "result"}) {
            INFO(kind << " " << what);
            const std::string program = kFree + "payloads: {f: {unpicklable: true}}\nobjects: {crew: {kind: " + kind +
                                        ", workers: 2}}\nprograms: {p: [{map: {pool: crew, times: 3, " + what +
                                        ": f, do: [{compute: 1ms}]";
            CHECK(has(failure(program + "}}]}\nthreads: {main: p}\n"), "gets an exception from a pool"));
            CHECK(has(story(program + ", else: [{compute: 7ms}]}}]}\nthreads: {main: p}\n", {}), "run_end completed"));
        }
    }
}

TEST_CASE("an executor's queue of calls is bounded") {
    const std::string log = story(pool("process_pool", "{map: {pool: crew, times: 10, do: [{compute: 1ms}]}}"),
                                  {"message_send", "thread_start"});
    INFO(log);
    CHECK(has(log, "main/crew.manager thread_start"));
    CHECK(has(log, "main/crew.calls.feeder thread_start"));
    // Before the first call has ended (at 1 ms), two have been taken and three more wait.
    const std::string before = log.substr(0, log.find("\n1000000 "));
    CHECK(count(before, "crew.calls.feeder message_send") <= 2 + 3);
}

TEST_CASE("an executor that spawns starts workers on demand, one that forks all at once") {
    const auto started = [](const std::string& method, const std::string& version = "3.11") {
        return count(story(with_interpreter("spawn: 0ns, spawn_child: 0ns, version: '" + version + "'") +
                               "objects: {team: {kind: process_pool, workers: 4, start_method: " + method +
                               "}}\nprograms: {p: [{submit: {pool: team, do: [{compute: 1ms}]}}, {results: "
                               "team}]}\nthreads: {main: p}\n",
                           {"process_start"}),
                     "team-[0-9] process_start");
    };
    CHECK(started("spawn") == 1);
    CHECK(started("fork") == 4);
    // gh-90622 came to 3.9 and 3.10, too.
    for (const char* version : {"3.8", "3.9.13", "3.9", "3.10.5", "3.10", "3.11.0"})
        CHECK(started("fork", version) == 4);
    for (const char* version : {"3.9.12", "3.10.0", "3.10.4"}) CHECK(started("fork", version) == 1);
    CHECK(started("spawn", "3.8") == 4);
}

TEST_CASE("an executor with max_tasks_per_child forgets to replace its workers, as CPython does") {
    CHECK(
        has(story(kFree + "objects: {team: {kind: process_pool, workers: 2, max_tasks_per_child: 2}}\n"
                          "programs: {p: [{map: {pool: team, times: 10, do: [{compute: 1ms}]}}]}\nthreads: {main: p}\n",
                  {}),
            "run_end deadlock"));
    CHECK(
        has(story(kFree + "objects: {team: {kind: process_pool, workers: 2, max_tasks_per_child: 1}}\n"
                          "programs: {p: [{map: {pool: team, times: 10, do: [{compute: 1ms}]}}]}\nthreads: {main: p}\n",
                  {}),
            "run_end completed"));
}

TEST_CASE("an executor's processes come and go while the program goes on submitting") {
    // While the manager joins one that has ended, the program adds others.
    for (const char* method : {"spawn", "forkserver"}) {
        INFO(method);
        const std::string log = story(
            with_interpreter("spawn: 0ns, spawn_child: 0ns, import_main: 0ns, spawn_exit: 10ms, "
                             "forkserver_start: 0ns, forkserver_fork: 2ms, forkserver_child: 0ns") +
                "objects: {team: {kind: process_pool, workers: 9, max_tasks_per_child: 1, start_method: " + method +
                "}}\nprograms: {p: [{repeat: {times: 9, do: [{submit: {pool: team, do: [{compute: 1ms}]}}, "
                "{sleep: 3ms}]}}, {results: team}, {shutdown: team}]}\nthreads: {main: p}\n",
            {"op_begin"});
        INFO(log);
        CHECK(count(log, "team-[0-9]+/main op_begin compute") == 9);
        CHECK(has(log, "run_end completed"));
    }
}

TEST_CASE("an executor breaks while the program starts a worker, which is terminated, too") {
    for (const char* method : {"spawn", "forkserver"}) {
        INFO(method);
        const std::string log = story(
            with_interpreter("spawn: 20ms, spawn_child: 1ms, forkserver_fork: 20ms") +
                "objects: {team: {kind: process_pool, workers: 4, start_method: " + method +
                "}}\nprograms: {p: [{submit: {pool: team, do: [{compute: 10ms}, {crash: signal}]}}, "
                "{submit: {pool: team, do: [{compute: 100ms}]}}, {results: {pool: team, else: [{sleep: 1ms}]}}]}\n"
                "threads: {main: p}\n",
            {"process_start", "process_end"});
        INFO(log);
        CHECK(count(log, "team-[12] process_start") == 2);
        CHECK(count(log, "team-[12] process_end") == 2);
        CHECK(has(log, "run_end completed"));
    }
}

TEST_CASE("who submits to a pool waits for the lock of its shutdown, and finds it shut down") {
    // The main thread comes first into shutdown(), and in the midst of it loses the GIL to another, which submits.
    for (const char* kind : {"thread_pool", "process_pool"}) {
        INFO(kind);
        CHECK(has(
            failure(
                with("library_call", "10ms") + "objects: {go: event, crew: {kind: " + kind +
                ", workers: 1}}\n"
                "programs:\n"
                "  main: [{submit: {pool: crew, do: [{compute: 1us}]}}, {results: crew}, {set: go}, {shutdown: crew}]\n"
                "  late: [{wait: go}, {submit: {pool: crew, do: [{compute: 1us}]}}]\n"
                "threads: {main: main, late: late}\n"),
            "submits to pool 'crew' after its shutdown"));
    }
}

TEST_CASE("processes that a library starts run their parent's interpreter") {
    const auto took = [](const std::string& kind, const std::string& uses) {
        return end(kFree + "interpreters: {other: {version: '3.11', fork_child: 300ms}}\nobjects: {crew: " + kind +
                   "}\nprograms: {m: [], p: [" + uses + "]}\nthreads: {main: m}\n" +
                   "processes: {child: {run: p, interpreter: other, start_method: fork}}\n");
    };
    const std::string map = "{map: {pool: crew, times: 1, do: [{compute: 1ms}]}}, {shutdown: crew}";
    CHECK(took("lock", "{compute: 1ms}") < 400'000'000);
    CHECK(took("{kind: pool, workers: 1}", map) > 600'000'000);
    CHECK(took("{kind: process_pool, workers: 1}", map) > 600'000'000);
    CHECK(took("manager", "{call: {manager: crew, do: [{compute: 1ms}]}}") > 600'000'000);
}

TEST_CASE("each worker of a pool runs its initializer first") {
    for (const char* kind : {"pool", "process_pool"}) {
        INFO(kind);
        const auto run = [kind](const std::string& more) {
            return story(kFree + "objects: {crew: {kind: " + kind + ", workers: 2, initializer: load" + more +
                             "}}\nprograms: {load: [{compute: {work: 3ms, label: load}}], p: [{map: {pool: crew, "
                             "times: 8, chunk: 1, do: "
                             "[{compute: 1ms}]}}, {shutdown: crew}]}\nthreads: {main: p}\n",
                         {"op_begin", "op_end"});
        };
        const std::string once = run("");
        INFO(once);
        CHECK(count(once, "op_begin load") == 2);
        CHECK(count(once, "3000000 crew-[12]/main op_begin compute") == 2);
        CHECK(has(once, "7000000 run_end completed"));
    }
    const std::string replaced = story(
        kFree +
            "objects: {crew: {kind: pool, workers: 2, initializer: load, max_tasks_per_child: 2}}\n"
            "programs: {load: [{compute: {work: 3ms, label: load}}], p: [{map: {pool: crew, times: 8, chunk: 1, do: "
            "[{compute: 1ms}]}}, {shutdown: crew}]}\nthreads: {main: p}\n",
        {"op_begin"});
    CHECK(count(replaced, "op_begin load") >= 4);
}

TEST_CASE("a pool that is terminated kills its workers, and what they were doing is lost") {
    const std::string log = story(
        pool("pool", "{submit: {pool: crew, times: 100, do: [{compute: 10ms}]}}, {sleep: 15ms}, {terminate: crew}"),
        {"op_end", "process_end"});
    INFO(log);
    CHECK(count(log, "crew-[12]/main op_end compute") == 2);
    CHECK(count(log, "crew-[12] process_end") == 2);
    CHECK(has(log, "15000000 run_end completed"));
}

TEST_CASE("a pool whose task handler waits for room is terminated all the same") {
    const std::string log = story(pool("pool",
                                       "{submit: {pool: crew, times: 100, arguments: 100KiB, do: [{compute: 10ms}]}}, "
                                       "{sleep: 15ms}, {terminate: crew}"),
                                  {});
    CHECK(has(log, "run_end completed"));
}

TEST_CASE("at its end a process terminates the pools that it has left open") {
    const std::string log =
        story(kFree +
                  "objects: {crew: {kind: pool, workers: 2}}\n"
                  "programs: {p: [{submit: {pool: crew, times: 5, do: [{compute: 10ms}]}}, {sleep: 1ms}]}\n"
                  "threads: {main: p}\n",
              {"process_end"});
    INFO(log);
    CHECK(count(log, "crew-[12] process_end") == 2);
    CHECK(has(log, "1000000 run_end completed"));
}
