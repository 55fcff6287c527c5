/// The counters of memory in the trace.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

TEST_CASE("the trace counts objects, by generation too, and arenas") {
    const std::string log =
        story(with_memory("start_objects: 0, free_lists: {tuples: 0}, gc: {thresholds: [700, 10, 10]}") +
                  "programs: {p: [{allocate: {objects: 1402, size: 40B, into: kept}}, {gc: collect}, {free: kept}]}\n"
                  "threads: {main: p}\n",
              {"counter", "objects", "arenas"});
    INFO(log);
    CHECK(has(log, "main counter objects 1402\n"));
    CHECK(has(log, "main counter objects of generation 0 701\n"));  // until the first collection
    CHECK(has(log, "main counter objects of generation 1 1402\n"));
    CHECK(has(log, "main counter objects of generation 2 1402\n"));  // gc.collect()
    CHECK(has(log, "main counter arenas 1\n"));
    const std::string freed = log.substr(log.find("generation 2 1402"));
    CHECK(has(freed, "main counter objects 0\n"));
    CHECK(has(freed, "main counter arenas 0\n"));
}
