/// How processes start and end.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

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

TEST_CASE("start() lasts until a spawned child has read what does not fit into its pipe") {
    const auto run = [](const std::string& method, const std::string& arguments) {
        return end(with_interpreter("spawn: 1ms, spawn_child: 10ms, spawn_exit: 0ns, forkserver_start: 0ns, "
                                    "forkserver_fork: 0ns, forkserver_child: 10ms, forkserver_request: 0ns") +
                   "programs: {c: [{compute: 1ms}], p: [{start: c}, {compute: 20ms}, {join: c}]}\nthreads: {main: p}\n"
                   "processes: {c: {count: 2, run: c, start: manual, start_method: " +
                   method + ", arguments: " + arguments + "}}\n");
    };
    constexpr auto ms = 1'000'000;
    CHECK(run("spawn", "10KiB") / ms == 22);
    CHECK(run("spawn", "1MiB") / ms == 42);  // one child boots after the other
    CHECK(run("forkserver", "1MiB") / ms == 41);
}

TEST_CASE("the fork server reaps its children, and tells the parent") {
    const auto run = [](const std::string& method) {
        return end(with_interpreter("spawn: 0ns, spawn_child: 0ns, process_join: 2ms, forkserver_start: 0ns, "
                                    "forkserver_fork: 10ms, forkserver_child: 0ns, forkserver_request: 0ns") +
                   "programs: {c: [{compute: 1ms}], d: [{compute: 5ms}], p: [{start: c}, {start: d}, {join: c}]}\n"
                   "threads: {main: p}\nprocesses: {c: {run: c, start: manual, start_method: " +
                   method + "}, d: {run: d, daemon: true, start: manual, start_method: " + method + "}}\n");
    };
    constexpr auto ms = 1'000'000;
    CHECK(run("fork") / ms == 1 + 2);
    // c is dead while the server forks d; then the server reaps it, and the parent reads of it.
    CHECK(run("forkserver") / ms == 10 + 10 + 2 + 2);
}

TEST_CASE("changes of page tables interrupt who computes on other cores, and wait for it") {
    const auto run = [](const std::string& costs, const std::string& method, const std::string& parent) {
        std::string text = with_interpreter(
            "fork_shootdowns: 100, spawn_shootdowns: 200, forkserver_shootdowns: 50, spawn: 0ns, spawn_child: 10ms, "
            "spawn_exit: 0ns, forkserver_start: 0ns, forkserver_fork: 0ns, forkserver_child: 10ms, "
            "forkserver_request: 0ns");
        text.replace(text.find("fork_child: 0ns"), 15, "fork_child: 10ms");
        text.replace(text.find("costs: {"), 8, "costs: {" + costs);
        return end(text + "programs: {c: [{compute: 15ms}], p: [{start: c}, " + parent +
                   "{join: c}]}\nthreads: {main: p}\nprocesses: {c: {run: c, start: manual, start_method: " + method +
                   "}}\n");
    };
    const std::string shootdown = "shootdown: {takes: 3us, waits: 5us}, ";
    CHECK(run("", "fork", "{compute: 30ms}, ") == 30'000'000);
    CHECK(run(shootdown, "fork", "{compute: 30ms}, ") == 30'300'000);  // all of them before the child's program
    CHECK(run(shootdown, "fork", "{compute: 12ms}, ") == 25'500'000);
    CHECK(run(shootdown, "fork", "") == 25'000'000);  // the parent sleeps
    CHECK(run(shootdown, "spawn", "{compute: 30ms}, ") == 30'600'000);
    // And so does the server, once.
    CHECK(run(shootdown, "forkserver", "{compute: 30ms}, ") == 30'150'000);
}

TEST_CASE("a spawned process without an end of its own changes page tables at that of a forked one") {
    std::string text = with_interpreter("spawn_shootdowns: 100, spawn: 0ns, spawn_child: 0ns");
    text.replace(text.find("process_exit: 0ns"), 17, "process_exit: 10ms");
    text.replace(text.find("costs: {"), 8, "costs: {shootdown: {takes: 3us, waits: 5us}, ");
    CHECK(end(text +
              "programs: {c: [{compute: 15ms}], p: [{start: c}, {compute: 30ms}, {join: c}]}\nthreads: {main: p}\n"
              "processes: {c: {run: c, start: manual, start_method: spawn}}\n") == 30'300'000);
}
