// Pools of interpreters, and sub-interpreters with several threads: dates worked out by hand.

#include "tests/model/story.hpp"

using namespace gilsim::testing;

namespace {

/// 3.14, in which creating an interpreter takes 5 ms, ending one 1 ms, pickling 100 us and 1 ms per MiB.
std::string python_3_14(const std::string& rest) {
    std::string text = kFree;
    text.replace(text.find("interpreter: {"), 14,
                 "interpreter: {version: '3.14', own_gil: true, subinterpreter_create: 5ms, subinterpreter_destroy: 1ms, "
                 "pickle: 100us, pickle_mib: 1ms, shareable_mib: 500us, ");
    return text + rest;
}

const std::set<std::string> kWork{"thread_start", "op_begin", "op_end"};

}  // namespace

TEST_CASE("a pool of interpreters: each worker makes its own, and they compute side by side") {
    CHECK(story(python_3_14("objects: {pool: {kind: interpreter_pool, workers: 2, crossing: shareable}}\n"
                            "programs: {p: [{map: {pool: pool, times: 3, do: [{compute: 4ms}]}}]}\n"
                            "threads: {main: p}\n"),
                kWork) ==
          "0 main/main thread_start\n"
          "0 main/pool_0 thread_start\n"
          "0 main/pool_1 thread_start\n"
          "5000000 main/pool_0 op_begin compute\n"
          "5000000 main/pool_1 op_begin compute\n"
          "9000000 main/pool_0 op_end compute\n"
          "9000000 main/pool_0 op_begin compute\n"
          "9000000 main/pool_1 op_end compute\n"
          "13000000 main/pool_0 op_end compute\n"
          "14000000 run_end completed\n");  // the interpreters end
}

TEST_CASE("data crosses into another interpreter by pickle, under one GIL and then the other, or is copied once") {
    const auto finished = [](const std::string& crossing) {
        const std::string log = story(
            python_3_14("objects: {pool: {kind: interpreter_pool, workers: 1, crossing: " + crossing +
                        "}}\nprograms: {p: [{map: {pool: pool, arguments: 2MiB, result: 1MiB, do: [{compute: 1ms}]}}]}\n"
                        "threads: {main: p}\n"),
            {"op_begin", "op_end"});
        return log;
    };
    // dumps and loads of 2 MiB: 2.1 ms each; of 1 MiB: 1.1 ms each.
    CHECK(finished("pickle") ==
          "9200000 main/pool_0 op_begin compute\n"
          "10200000 main/pool_0 op_end compute\n"
          "13400000 run_end completed\n");
    CHECK(finished("shareable") ==
          "6000000 main/pool_0 op_begin compute\n"
          "7000000 main/pool_0 op_end compute\n"
          "8500000 run_end completed\n");
}

TEST_CASE("a pool of threads has nothing to carry: arguments cost nothing there") {
    CHECK(story(python_3_14("objects: {pool: {kind: thread_pool, workers: 1}}\n"
                            "programs: {p: [{map: {pool: pool, arguments: 2MiB, result: 1MiB, do: [{compute: 1ms}]}}]}\n"
                            "threads: {main: p}\n"),
                {}) == "1000000 run_end completed\n");
}

TEST_CASE("a worker that holds a lock of its interpreter does not keep another one from its own") {
    CHECK(story(python_3_14("objects: {l: lock, pool: {kind: interpreter_pool, workers: 2, crossing: shareable}}\n"
                            "programs: {p: [{map: {pool: pool, times: 2, do: [{with: {lock: l, do: [{sleep: 3ms}]}}]}}]}\n"
                            "threads: {main: p}\n"),
                {"lock_wait"}) == "9000000 run_end completed\n");
}

TEST_CASE("a mistake inside a pool's interpreter names its place") {
    const std::string told = failure(python_3_14("objects: {l: lock, pool: {kind: interpreter_pool, workers: 1}}\n"
                              "programs: {p: [{map: {pool: pool, do: [{compute: 1ms}, {lock: l}, {unlock: l}, {unlock: l}]}}]}\n"
                              "threads: {main: p}\n"));
    INFO(told);
    CHECK(told.find("test:11:") == 0);
    CHECK(told.find("thread 'pool_0' releases lock 'l'") != std::string::npos);
}

TEST_CASE("threads of one sub-interpreter share its GIL, those of another do not wait for it") {
    // In each of two interpreters, made in 5 ms, the helper computes 4 ms, then the thread that has started it.
    CHECK(story(python_3_14("programs: {p: [{compute: 4ms}], main: []}\n"
                            "threads:\n"
                            "  main: main\n"
                            "  w: {count: 2, run: p, subinterpreter: own_gil, threads: {helper: {run: p}}}\n"),
                {"thread_start", "thread_end"}) ==
          "0 main/main thread_start\n"
          "0 main/w-1 thread_start\n"
          "0 main/w-2 thread_start\n"
          "5000000 main/w-1.helper thread_start\n"
          "5000000 main/w-2.helper thread_start\n"
          "9000000 main/w-1.helper thread_end\n"
          "9000000 main/w-2.helper thread_end\n"
          "14000000 main/w-1 thread_end\n"
          "14000000 main/w-2 thread_end\n"
          "14000000 run_end completed\n");
}

TEST_CASE("a sub-interpreter ends its pools before it ends") {
    CHECK(story(python_3_14("objects: {pool: {kind: thread_pool, workers: 1}}\n"
                            "programs: {p: [{submit: {pool: pool, do: [{sleep: 4ms}]}}]}\n"
                            "threads: {w: {run: p, subinterpreter: own_gil}}\n"),
                {"thread_end"}) ==
          "9000000 main/pool_0 thread_end\n"
          "10000000 main/w thread_end\n"
          "10000000 run_end completed\n");
}
