/// Processes that talk to each other: dates worked out by hand on a machine where nothing costs but what a test adds.

#include <regex>

#include "tests/model/story.hpp"

using namespace gilsim::testing;

namespace {

/// The free world with one cost.
std::string with(const std::string& name, const std::string& cost) {
    std::string text = kFree;
    const std::string before = name + ": 0ns";
    const auto at = text.find(before);
    REQUIRE(at != std::string::npos);
    return text.replace(at, before.size(), name + ": " + cost);
}

/// The same with page faults of a nanosecond.
std::string unpaged(std::string text) {
    const std::string key = "machine:\n";
    return text.insert(text.find(key) + key.size(),
                       "  paging: {first_touch: 1ns, release_page: 0ns, copy: 1ns, reuse: 1ns}\n");
}

/// The free world with further fields of the interpreter.
std::string with_interpreter(const std::string& fields) {
    const std::string key = "interpreter: {";
    std::string text = kFree;
    return text.replace(text.find(key), key.size(), key + fields + ", ");
}

/// The date in ns at which a run ends.
long long end(const std::string& yaml) {
    const std::string log = story(yaml, {});
    INFO(log);
    REQUIRE(log.find("run_end completed") != std::string::npos);
    return std::stoll(log.substr(0, log.find(' ')));
}

/// How often a line of the log matches.
long count(const std::string& log, const std::string& pattern) {
    const std::regex expression(pattern);
    return std::distance(std::sregex_iterator(log.begin(), log.end(), expression), std::sregex_iterator());
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

const std::string kPipe =
    "objects: {line: {kind: pipe, duplex: false}}\n"
    "programs:\n"
    "  send: [{send: {pipe: line, payload: 1MiB}}]\n"
    "  receive: [{receive: line}]\n"
    "threads: {main: send}\n"
    "processes: {child: receive}\n";

}  // namespace

// A pipe of 64 KiB: 1 MiB goes through it in 16 pieces and a rest, each of which the writer waits for.
TEST_CASE("a writer blocks while the kernel's buffer is full") {
    const std::string log = story(kFree + kPipe, {"state", "message_send", "message_receive"});
    INFO(log);
    CHECK(count(log, "main/main state waiting_signal") == 16);
    CHECK(count(log, "message_send line #0") == 1);
    CHECK(count(log, "child/main message_receive line #0") == 1);
}

// A write to a pipe that is not empty wakes nobody, so its reader must not empty it meanwhile, however long the write
// takes: here on slow cores, elsewhere because of an interrupt.
TEST_CASE("no write to a pipe goes unnoticed, whenever its reader empties it") {
    std::string slow = with("pipe_copy", "1ms");
    slow.replace(slow.find("  cores: 4"), 10, "  cores: 4\n  speeds: [0.1, 0.1, 0.1, 0.1]");
    CHECK(has(
        story(slow +
                  "objects: {line: {kind: pipe, duplex: false}}\n"
                  "programs:\n"
                  "  send: [{repeat: {times: 100, do: [{compute: {uniform: [0us, 20us]}}, {send: {pipe: line, payload: "
                  "100KiB}}]}}]\n"
                  "  receive: [{repeat: {times: 100, do: [{compute: {uniform: [0us, 20us]}}, {receive: line}]}}]\n"
                  "threads: {main: send}\n"
                  "processes: {child: receive}\n",
              {}),
        "run_end completed"));
}

TEST_CASE("a bigger buffer is filled less often") {
    std::string wide = kFree;
    wide.replace(wide.find("  ipc: {"), 8, "  ipc: {pipe_buffer: 256KiB, ");
    CHECK(count(story(wide + kPipe, {"state"}), "main/main state waiting_signal") == 4);
}

// A Unix socket lets 208 KiB be under way, charged with their packets' overhead: six packets of 36544 bytes.
TEST_CASE("a sender over a socket sleeps until three quarters of its buffer are free") {
    std::string duplex = kPipe;
    duplex.replace(duplex.find(", duplex: false"), 15, "");
    const std::string log = story(kFree + duplex, {"state"});
    INFO(log);
    // The first packet wakes the reader at once; both sides then take turns of five packets out of 29.
    CHECK(count(log, "main/main state waiting_signal") >= 4);
    CHECK(count(log, "main/main state waiting_signal") <= 6);
}

// 1 MiB is copied by dumps, into the pipe, out of it, into a BytesIO, and by loads. 1 ms per MiB for one kind each.
TEST_CASE("each copy of a message costs once") {
    // with 22 bytes of pickle's frame and a header of 4, both ways; and some thousand page faults of 1 ns
    CHECK(end(unpaged(with("pipe_copy", "1ms")) + kPipe) / 10'000 == 200);
    // dumps 1, pieces of 64 KiB 1 in all, loads 1; and what the BytesIO had grown to when it could no longer grow in
    // place.
    const auto copies = end(unpaged(with(" copy", "1ms")) + kPipe);
    CHECK(copies > 3'000'000);
    CHECK(copies < 4'500'000);
}

// What CPython 3.11.7 does with 1 MiB: 700 page faults a message where each object is dropped before the next comes
// (the heap's top is given back each time), half as many or less where it is kept until then.
TEST_CASE("big messages cost page faults, by what becomes of them") {
    const auto faults = [](const std::string& keep) {
        const std::string log = story(kFree +
                                          "objects: {line: {kind: pipe, duplex: false}}\n"
                                          "programs:\n"
                                          "  send: [{repeat: {times: 20, do: [{send: {pipe: line, payload: 1MiB}}]}}]\n"
                                          "  receive: [{repeat: {times: 20, do: [{receive: {pipe: line, keep: " +
                                          keep +
                                          "}}]}}]\n"
                                          "threads: {main: send}\n"
                                          "processes: {child: receive}\n",
                                      {"page_faults"});
        const std::regex line("child/main page_faults (\\d+)");
        long sum = 0;
        for (std::sregex_iterator it(log.begin(), log.end(), line); it != std::sregex_iterator(); ++it)
            sum += std::stol((*it)[1]);
        INFO(log);
        return sum / 20;
    };
    const long dropped = faults("false");
    CHECK(dropped > 450);
    CHECK(dropped < 800);
    const long kept = faults("true");
    CHECK(kept > 90);
    CHECK(kept < 400);
}

TEST_CASE("a spawned process finalises its interpreter, a forked one does not") {
    const auto run = [](const std::string& method) {
        return end(with_interpreter("spawn: 0ns, spawn_child: 10ms, spawn_exit: 5ms") +
                   "programs: {c: [{compute: 1ms}], p: [{start: c}, {join: c}]}\nthreads: {main: p}\n"
                   "processes: {c: {run: c, start: manual, start_method: " +
                   method + "}}\n");
    };
    CHECK(run("fork") == 1'000'000);
    CHECK(run("spawn") == 16'000'000);
}

TEST_CASE("who starts and joins a process again and again waits for each of them") {
    CHECK(end(kFree + "programs: {c: [{compute: 1ms}], p: [{repeat: {times: 5, do: [{start: c}, {join: c}]}}]}\n"
                      "threads: {main: p}\nprocesses: {c: {run: c, start: manual, start_method: fork}}\n") ==
          5'000'000);
}

TEST_CASE("out of band an array is copied neither by dumps nor by loads") {
    const auto run = [](const std::string& payload) {
        return end(
            with(" copy", "1ms") + "payloads: {a: {kind: buffer, size: 8KiB" + payload +
            "}}\nobjects: {line: pipe}\nprograms: {s: [{send: {pipe: line, payload: a}}], r: [{receive: line}]}\n"
            "threads: {main: s}\nprocesses: {child: r}\n");
    };
    // 8 KiB at 1 ms per MiB are 7812 ns: in band dumps, header and payload in one, BytesIO and loads, four in all.
    const auto in_band = run("");
    const auto beside = run(", out_of_band: true");
    CHECK(in_band - beside > 2 * 7'000);
    CHECK(in_band - beside < 2 * 8'500);
}

TEST_CASE("objects are pickled one by one") {
    const std::string program =
        "objects: {line: pipe}\n"
        "programs: {s: [{send: {pipe: line, payload: {kind: objects, count: 999}}}], r: [{receive: line}]}\n"
        "threads: {main: s}\nprocesses: {child: r}\n";
    CHECK(end(with("{dumps: 0ns, loads: 0ns, object", "100ns") + program) == 100'000);  // and the list itself
    CHECK(end(with("load_object", "300ns") + program) == 300'000);
}

// put() returns at once; the feeder pickles (2 ms, in C code) and needs the GIL, which the main thread has for 10 ms.
TEST_CASE("the feeder thread of a queue needs the GIL") {
    const auto received = [](const std::string& busy) {
        const std::string log =
            story(kFree +
                      "interpreters: {other: {}}\n"
                      "objects: {jobs: process_queue}\n"
                      "programs:\n"
                      "  put: [{put: {queue: jobs, payload: {pickle: 2ms}}}, " +
                      busy + "]\n  get: [{get: jobs}]\nthreads: {main: put}\nprocesses: {child: get}\n",
                  {"message_send", "message_receive"});
        INFO(log);
        const auto at = log.find("message_receive");
        REQUIRE(at != std::string::npos);
        const auto line = log.rfind('\n', at);
        return std::stoll(log.substr(line == std::string::npos ? 0 : line + 1));
    };
    CHECK(received("{sleep: 50ms}") < 3'000'000);
    const auto beside_work = received("{native: 30ms}");  // C code that keeps the GIL
    CHECK(beside_work >= 32'000'000);
    CHECK(beside_work < 33'000'000);
}

TEST_CASE("a bounded queue makes its producer wait, a broken item is lost with a note to nobody") {
    CHECK(has(story(kFree + "objects: {jobs: {kind: process_queue, maxsize: 1}}\n"
                            "programs: {p: [{put: jobs}, {put: {queue: jobs, timeout: 5ms, else: [{compute: 1ms}]}}]}\n"
                            "threads: {main: p}\n",
                    {"op_begin"}),
              "main/main op_begin compute"));
    const std::string lost = story(kFree +
                                       "payloads: {f: {unpicklable: true}}\nobjects: {jobs: process_queue}\n"
                                       "programs: {p: [{put: {queue: jobs, payload: f}}, {get: jobs}]}\n"
                                       "threads: {main: p}\n",
                                   {});
    CHECK(has(lost, "run_end deadlock"));
    CHECK(has(lost, "'main' waits for a message of 'jobs'"));
}

TEST_CASE("a process that puts items writes them before it ends") {
    CHECK(has(story(kFree + "objects: {jobs: process_queue}\n"
                            "programs: {put: [{repeat: {times: 100, do: [{put: {queue: jobs, payload: 10KiB}}]}}],\n"
                            "           get: [{sleep: 5ms}, {repeat: {times: 100, do: [{get: jobs}]}}]}\n"
                            "threads: {main: get}\nprocesses: {child: put}\n",
                    {}),
              "run_end completed"));
}

TEST_CASE("an object that cannot be pickled raises in send, and in the argument of a spawned process") {
    CHECK(has(failure(kFree + "payloads: {f: {unpicklable: true}}\nobjects: {line: pipe}\n"
                              "programs: {p: [{send: {pipe: line, payload: f}}]}\nthreads: {main: p}\n"),
              "cannot be pickled (Python: TypeError"));
    const std::string child =
        "payloads: {f: {unpicklable: true}}\nprograms: {p: [{compute: 1ms}]}\nprocesses: {c: {run: p, arguments: f, ";
    CHECK(
        has(failure(kFree + child + "start_method: spawn}}\n"), "starts 'c' with an argument that cannot be pickled"));
    CHECK(failure(kFree + child + "start_method: fork}}\n").empty());
}

// --- pools
// ------------------------------------------------------------------------------------------------------------------

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

// The task handler needs the parent's GIL for each task.
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

// Lib/multiprocessing/pool.py, _handle_workers: time.sleep(0.1) up to 3.7, since 3.8 a sentinel tells of a worker's
// end.
TEST_CASE("up to 3.7 a Pool looks for workers that have ended every 0.1 s") {
    const auto run = [](const std::string& version) {
        return end(pool("pool", "{map: {pool: crew, times: 8, chunk: 1, do: [{compute: 1ms}]}}",
                        ", max_tasks_per_child: 2", with_interpreter("version: \"" + version + "\"")));
    };
    CHECK(run("3.7") > 102'000'000);  // four calls, at 100 ms two new workers, four calls, then the pool's own end
    CHECK(run("3.8") == 4'000'000);
}

// The worker handler spins as long as there is a result that the result handler has not read, which needs the GIL for
// that. Here it comes too late each time, by the same.
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

// At most workers + 1 calls leave the executor before a worker takes one.
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
    const auto started = [](const std::string& method) {
        return count(story(with_interpreter("spawn: 0ns, spawn_child: 0ns") +
                               "objects: {team: {kind: process_pool, workers: 4, start_method: " + method +
                               "}}\nprograms: {p: [{submit: {pool: team, do: [{compute: 1ms}]}}, {results: "
                               "team}]}\nthreads: {main: p}\n",
                           {"process_start"}),
                     "team-[0-9] process_start");
    };
    CHECK(started("spawn") == 1);
    CHECK(started("fork") == 4);
}

// CPython 3.11 to 3.13 hang in this case: after its first task a worker leaves a permit, which is taken for an idle
// worker when the executor should start the next one.
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

// --- managers, shared memory, start methods
// -----------------------------------------------------------------------------------

TEST_CASE("a manager does one client's calls in a thread of its own, and all of them under one GIL") {
    const auto run = [](int clients) {
        return end(kFree +
                   "objects: {registry: manager}\n"
                   "programs: {p: [{call: {manager: registry, times: 5, do: [{compute: 1ms}]}}]}\n"
                   "threads: {client: {count: " +
                   std::to_string(clients) + ", run: p}}\n");
    };
    CHECK(run(1) == 5'000'000);
    CHECK(run(3) >= 15'000'000);
}

TEST_CASE("who calls a manager that dies gets an exception") {
    CHECK(has(failure(kFree + "objects: {registry: manager}\n"
                              "programs: {p: [{call: {manager: registry, do: [{compute: 1ms}, {crash: bug}]}}]}\n"
                              "threads: {client: p}\n"),
              "thread 'client' waits for a message of a process that has died (Python: EOFError)"));
}

TEST_CASE("the first who touches shared memory makes its pages, others only map them") {
    const auto run = [](const std::string& other) {
        std::string world = with("shared_page", "10ns");
        world.replace(world.find("  ipc:"), 6, "  paging: {first_touch: 1us}\n  ipc:");
        return end(world +
                   "objects: {image: {kind: shared_memory, size: 4000KiB}}\n"
                   "programs: {p: [{attach: image}], q: [{sleep: 5ms}, " +
                   other +
                   "]}\n"
                   "threads: {main: p}\nprocesses: {child: q}\n");
    };
    CHECK(run("{sleep: 1ns}") == 5'000'001);
    CHECK(run("{attach: image}") == 5'010'000);  // 1000 pages
    CHECK(run("{attach: {memory: image, touch: 400KiB}}") == 5'001'000);
}

TEST_CASE("shared memory counts as memory in use, and who touches more than half of the machine's is killed") {
    const auto run = [](const std::string& size, const std::string& threads) {
        std::string world = kFree;
        world.replace(world.find("  cores: 4"), 10, "  cores: 4\n  memory: 100MiB");
        return story(world + "objects: {image: {kind: shared_memory, size: " + size +
                         "}}\nprograms: {p: [{attach: image}], q: [{sleep: 9ms}]}\n" + threads,
                     {"process_killed"});
    };
    const std::string in_main = "threads: {main: p}\n";
    const std::string in_child = "threads: {main: q}\nprocesses: {child: p}\n";
    CHECK(!has(run("50MiB", in_main), "process_killed"));
    CHECK(has(run("51MiB", in_main), "main process_killed"));
    CHECK(has(run("51MiB", in_main), "run_end out_of_memory"));
    const std::string child = run("51MiB", in_child);
    INFO(child);
    CHECK(has(child, "child process_killed"));
    // The interpreter's 10 MiB, a heap of 45 MiB and the file's 50 MiB are more than there is.
    std::string world = kFree;
    world.replace(world.find("  cores: 4"), 10, "  cores: 4\n  memory: 100MiB");
    const std::string both =
        story(world +
                  "objects: {image: {kind: shared_memory, size: 50MiB}}\n"
                  "programs: {p: [{attach: image}, {allocate: {objects: 1, size: 45MiB, into: heap}}]}\n"
                  "threads: {main: p}\n",
              {"process_killed"});
    CHECK(has(both, "main process_killed"));
}

TEST_CASE("the fork server boots once, and its children unpickle what they are given") {
    const auto run = [](const std::string& preload, int children) {
        return end(
            with_interpreter("start_method: forkserver, spawn: 0ns, forkserver_start: 40ms, forkserver_fork: 1ms, "
                             "forkserver_child: 0ns, forkserver_request: 0ns, import_main: 5ms, forkserver_preload: " +
                             preload) +
            "payloads: {a: {unpickle: 3ms}}\nprograms: {c: [{compute: 1ms}], p: [{repeat: {times: " +
            std::to_string(children) +
            ", do: [{start: c}, {join: c}]}}]}\n"
            "threads: {main: p}\nprocesses: {c: {run: c, start: manual, arguments: a}}\n");
    };
    CHECK(run("false", 1) == 40'000'000 + 1'000'000 + 5'000'000 + 3'000'000 + 1'000'000);
    CHECK(run("false", 3) == 40'000'000 + 3 * 10'000'000);
    CHECK(run("true", 3) == 45'000'000 + 3 * 5'000'000);
}
