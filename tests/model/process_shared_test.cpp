/// Managers and shared memory.

#include <iterator>
#include <regex>

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

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
              "thread 'client' waits for a message of 'registry.client.replies', to which no process can send any more "
              "(Python: EOFError)"));
}

TEST_CASE("the first who touches shared memory makes its pages, others only map them") {
    const auto run = [](const std::string& other, const std::string& cold = "0ns") {
        std::string world = with("shared_page", "10ns");
        world.insert(world.find("gil_overhead"), "spawn: 0ns, ");  // of the resource tracker
        world.replace(world.find("  ipc:"), 6, "  paging: {first_touch: 1us, cold_frame: " + cold + "}\n  ipc:");
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
    CHECK(run("{sleep: 1ns}", "9us") == 10'000'000);  // nobody has given their frames back: they are not in the cache
}

TEST_CASE("a page of shared memory is touched once, however it is reached") {
    std::string world = with_interpreter("spawn: 0ns");
    world.replace(world.find("  ipc:"), 6, "  paging: {first_touch: 1us, cold_frame: 0ns}\n  ipc:");
    CHECK(end(world + "objects: {image: {kind: shared_memory, size: 12KiB}}\n"
                      "programs: {p: [{attach: {memory: image, touch: 2KiB}}, {attach: {memory: image, touch: 4KiB}}, "
                      "{attach: {memory: image, touch: 5KiB}}, {attach: image}]}\n"
                      "threads: {main: p}\n") == 3'000);
}

TEST_CASE("the first who maps shared memory launches a resource tracker, which boots beside it") {
    const auto log_of = [](const std::string& main, const std::string& groups) {
        std::string world = with_interpreter("spawn: 100us, spawn_child: 50ms, tracker_start: 3ms");
        world.replace(world.find("  cores: 4"), 10, "  cores: 1");
        return story(world + "objects: {image: {kind: shared_memory, size: 4KiB}}\nprograms:\n  main: [" + main +
                         "]\n  use: [{attach: image}, {attach: image}, {compute: 10ms}]\nthreads: {main: main}\n" +
                         groups,
                     {"process_start"});
    };
    const auto trackers = [&](const std::string& main, const std::string& method) {
        const std::string log =
            log_of(main, "processes: {later: {run: use, start: manual, start_method: " + method + "}}\n");
        const std::regex start("tracker process_start");
        return std::distance(std::sregex_iterator(log.begin(), log.end(), start), std::sregex_iterator());
    };
    // On one core it takes 3 ms beside the program's 10.
    const std::string alone = log_of("{run: use}", "");
    CHECK(has(alone, " resource_tracker process_start"));
    INFO(alone);
    CHECK(has(alone, "13100700 run_end"));  // with 100 us for its launch, and a page
    const std::string launch = "{start: later}, {join: later}";
    CHECK(trackers("{attach: image}, " + launch, "fork") == 1);                      // inherited
    CHECK(trackers(launch, "fork") == 1);                                            // the child's own
    CHECK(trackers("{start: later}, {attach: image}, {join: later}", "fork") == 2);  // each its own
    CHECK(trackers(launch, "spawn") == 0);                                           // spawn has one anyway
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

TEST_CASE("shared memory that a process has touched is part of its RSS") {
    const std::string log = story(kFree +
                                      "objects: {image: {kind: shared_memory, size: 8MiB}}\n"
                                      "programs: {p: [{attach: {memory: image, touch: 4MiB}}, {sleep: 1ms}, {attach: "
                                      "image}], q: [{sleep: 9ms}]}\n"
                                      "threads: {main: q}\nprocesses: {child: p}\n",
                                  {"counter", "RSS"});
    INFO(log);
    std::vector<long long> child;
    const std::regex line("child counter RSS ([0-9]+)");
    for (auto i = std::sregex_iterator(log.begin(), log.end(), line); i != std::sregex_iterator(); ++i)
        child.push_back(std::stoll((*i)[1]));
    REQUIRE(child.size() == 4);  // at its start, after each attach, at its end
    CHECK(child[1] - child[0] == 4 << 20);
    CHECK(child[2] - child[0] == 8 << 20);
    CHECK(child[3] == 0);
}
