/// Collections in whole runs: who waits for them, what they free, and those at the end of an interpreter.

#include "tests/catch.hpp"
#include "tests/model/memory_run.hpp"

using namespace gilsim;
using namespace gilsim::test;

TEST_CASE("process memory: a collection holds the GIL, and everybody else waits for its end") {
    const auto result = run_with_memory(R"(
programs:
  fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {start: other}, {gc: collect}, {join: other}]
  other: [{sleep: 1us}, {compute: 10us}]
threads: {main: fill, other: {run: other, start: manual}}
)");
    CHECK(result["collecting of 0"] == 100'000 * (20 + 7));
    CHECK(result["collections"] == 1);
    CHECK(result["waiting_gil of 1"] >= 2'690'000);  // it wanted to run 1 us after it had begun to sleep
    CHECK(result["bytecode of 1"] == 10'000);
}

TEST_CASE("process memory: up to 3.11 collections begin in the allocation, from 3.12 on at check points") {
    const std::string workload = R"(
programs: {parse: [{allocate: {objects: 7010, size: 48B, into: kept, by: native}}]}
threads: {main: parse}
)";
    CHECK(run_with_memory(workload, "enabled: true, runs: in-allocation")["collections"] == 10);
    CHECK(run_with_memory(workload, "enabled: true, runs: at-check-points")["collections"] == 1);
    const std::string in_python = R"(
programs: {parse: [{allocate: {objects: 7010, size: 48B, into: kept}}]}
threads: {main: parse}
)";
    CHECK(run_with_memory(in_python, "enabled: true, runs: at-check-points")["collections"] == 10);
}

TEST_CASE("process memory: a free-threaded collection stops every other thread, twice") {
    const std::string workload = R"(
programs:
  fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {start: other}, {gc: collect}, {join: other}]
  other: [{compute: 5ms}]
threads: {main: fill, other: {run: other, start: manual}}
)";
    const auto result = run_with_memory(workload, "enabled: false, collector: free-threaded", true);
    CHECK(result["collecting of 0"] == 100'000 * (20 + 7));
    CHECK(result["world_stopped of 1"] >= 2'690'000);
    CHECK(result["stops"] == 2);
}

TEST_CASE("process memory: garbage in cycles stays until a collection finds it") {
    const auto result = run_with_memory(R"(
programs: {leak: [{allocate: {objects: 1000, size: 48B, into: ring, cyclic: true}}, {free: ring}, {sleep: 1ms}, {gc: collect}]}
threads: {main: leak}
)");
    CHECK(result["freed"] == 1000);
    CHECK(result["collecting of 0"] == 1000 * (20 + 11 + 5));
    CHECK(result["objects of 0"] == 0);
    CHECK(result["RSS of 0"] == 0);
    CHECK(result["most RSS of 0"] == 16 * 4096);
}

TEST_CASE("process memory: a finalised interpreter collects what its program has kept, and frees it") {
    const auto child = [](const std::string& method, const std::string& gc, const std::string& operations,
                          const std::string& release = "0ns") {
        return run_with_memory(
            "programs:\n  launch: [{start: child}, {join: child}]\n  child: [" + operations +
                "]\nthreads: {main: launch}\nprocesses: {child: {run: child, start: manual, start_method: " + method +
                "}}\n",
            gc, false, {{"release_page: 0ns", "release_page: " + release}});
    };
    const std::string never = "thresholds: [0]";
    // Collecting, and freeing beside it.
    using Spent = std::vector<std::int64_t>;
    const auto ends = [&](const std::string& method, const std::string& gc, const std::string& what,
                          const std::string& then = "") {
        const auto whole = child(method, gc, "{allocate: {objects: 1000, size: 48B, " + what + ", into: kept}}" + then);
        CHECK(whole["collections"] == (method != "spawn" ? 0 : gc == never ? 2 : 1));
        return Spent{whole["collecting of 1"],
                     whole["native of 1"] - child(method, gc, "{compute: 1us}")["native of 1"]};
    };
    // Before modules go, if the collector is on, and then as garbage: at 11 ns, and 5 to free.
    CHECK(ends("spawn", never, "tracked: true") == Spent{1000 * (20 + 20 + 11 + 5), 0});
    CHECK(ends("spawn", "enabled: false", "tracked: true") == Spent{1000 * (20 + 11 + 5), 0});
    // What the collector does not know, and what it does not look at, goes with its last reference.
    CHECK(ends("spawn", never, "tracked: false") == Spent{0, 1000 * 5});
    CHECK(ends("spawn", never, "tracked: true", ", {gc: freeze}") == Spent{0, 0});  // into a free list
    // os._exit
    CHECK(ends("fork", never, "tracked: true") == Spent{0, 0});
    CHECK(ends("forkserver", never, "tracked: true") == Spent{0, 0});
    // How much there was at the program's end can still be read.
    const auto all = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}");
    CHECK(all["most USS of 1"] == 16 * 4096);
    CHECK(all["USS of 1"] == 0);
    // Its pages are given back once, by whoever frees them.
    const auto given_back = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}", "100ns");
    CHECK(given_back["end"] - all["end"] == 16 * 100);
    // So few that the core forgets each by itself.
    const auto forgotten = child("spawn", never, "{allocate: {objects: 1000, size: 48B, into: kept}}",
                                 "0ns, flush_page: 30ns, flush_all: 7us");
    CHECK(forgotten["end"] - all["end"] == 16 * 30);
    const auto arena = child("spawn", never, "{allocate: {objects: 10000, size: 48B, into: kept}}");
    const auto all_at_once = child("spawn", never, "{allocate: {objects: 10000, size: 48B, into: kept}}",
                                   "0ns, flush_page: 30ns, flush_all: 7us");
    CHECK(all_at_once["end"] - arena["end"] == 7000);
}
