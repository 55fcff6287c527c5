/// What memory costs threads: whole runs, with times worked out by hand.

#include "model/trace/events.hpp"
#include "tests/catch.hpp"
#include "tests/model/memory_run.hpp"

using namespace gilsim;
using namespace gilsim::test;

TEST_CASE("process memory: allocating takes core time, and a page fault per page") {
    const auto result = run_with_memory(R"(
programs: {fill: [{allocate: {objects: 2550, size: 48B, into: kept}}]}
threads: {main: fill}
)");
    // 48 bytes and the collector's 16: 255 to a pool of 4 pages: 10 pools. 15 ns an object.
    CHECK(result["faults"] == 40);
    CHECK(result["bytecode of 0"] == 2550 * 15);
    CHECK(result["paging of 0"] == 40'000);
    CHECK(result["end"] == 2550 * 15 + 40'000);
    CHECK(result["RSS of 0"] == 40 * 4096);
    CHECK(result["arenas of 0"] == 1);
    CHECK(result["objects of 0"] == 2550);
}

TEST_CASE("process memory: short-lived objects take time but no memory") {
    const auto result = run_with_memory(R"(
programs: {spin: [{allocate: {objects: 1000, size: 48B, values: [28B]}}]}
threads: {main: spin}
)");
    CHECK(result["end"] == 1000 * (10 + 2 * 5 + 2 * 5));
    CHECK(result["most RSS of 0"] == 0);
}

TEST_CASE("process memory: a free list makes it cheaper to make what has just been dropped") {
    const Edits edits{{"make: 10ns", "make: 10ns\n    remake: 4ns"}};
    const auto made = [&](const std::string& into) {
        return run_with_memory(
            "programs: {spin: [{allocate: {objects: 1000, size: 48B" + into + "}}]}\nthreads: {main: spin}\n",
            "enabled: false", false, edits)["bytecode of 0"];
    };
    CHECK(made("") == 1000 * (4 + 5 + 5));
    CHECK(made(", make: 7ns") == 1000 * (7 + 5 + 5));
    CHECK(made(", into: kept") == 1000 * (10 + 5));
}

TEST_CASE("process memory: bytecode is slower after each page fault") {
    const auto result = run_with_memory(R"(
programs: {fill: [{allocate: {objects: 2550, size: 48B, into: kept}}]}
threads: {main: fill}
)",
                                        "enabled: false", false, {{"walk: 3ns", "walk: 3ns\n    after_fault: 300ns"}});
    CHECK(result["paging of 0"] == 40'000);
    CHECK(result["bytecode of 0"] == 2550 * 15 + 40 * 300);
}

TEST_CASE("process memory: a frame that is not in the cache takes longer to zero") {
    // 20 pools of 4 pages; the second time with the frames that the first have given back.
    const auto paging = [](const std::string& cache) {
        return run_with_memory(R"(
programs: {fill: [{allocate: {objects: 5100, size: 48B, into: kept}}, {free: kept}, {allocate: {objects: 5100, size: 48B, into: again}}]}
threads: {main: fill}
)",
                               "enabled: false", false,
                               {{"paging: {", "paging: {cold_frame: 300ns, "},
                                {"walk: 3ns", "walk: 3ns\n    free_lists: {tuples: 0}"},
                                {"cache: {size: 1GiB", "cache: {size: " + cache}})["paging of 0"];
    };
    CHECK(paging("1GiB") == 80 * 1300 + 80 * 1000);
    CHECK(paging("4KiB") == 80 * 1300 + 79 * 1300 + 1000);
}

TEST_CASE("process memory: beyond the cache, a heap whose pools lie apart has to be waited for") {
    const std::string workload = R"(
programs: {fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept, scattered: SCATTERED}}, {walk: kept}, {gc: collect}]}
threads: {main: fill}
)";
    // Beside the in-cache costs. 64 bytes of each object, 28 of its value: of 390 pools of 16 KiB, values' fill 170.
    // Two of the five times that a collection goes through the objects it looks at what they refer to, too.
    const auto beyond = [&](const std::string& cache, bool scattered = false, const std::string& pool = "16KiB") {
        std::string text = workload;
        text.replace(text.find("SCATTERED"), 9, scattered ? "true" : "false");
        const auto result = run_with_memory(
            text, "enabled: false", false,
            {{"size: 1GiB, streamed_line: 0ns, missed_line: 0ns",
              "size: " + cache + ", streamed_line: 2ns, missed_line: 50ns, begun_page: 1us, begun_run: 3us"},
             {"passes: 1", "passes: 5"},
             {"pool: 16KiB", "pool: " + pool}});
        const std::int64_t walked = result["bytecode of 0"] - 100'000 * (10 + 2 * 5 + 3);
        const std::int64_t collected = result["collecting of 0"] - 100'000 * (20 + 7);
        const bool waits = walked > 0 && !scattered;
        const std::int64_t referred = waits ? walked - 100'000 * 2 + 100'000 * 28 / 64 * 2 : 0;
        CHECK(collected == 5 * walked + 2 * referred);
        return walked;
    };
    CHECK(beyond("9200000B") == 0);
    CHECK(beyond("1MiB") == 100'000 * 2 + 170 * 3'000);
    CHECK(beyond("1MiB", false, "4KiB") == 100'000 * 2 + 683 * 1'000);
    CHECK(beyond("1MiB", true) == 100'000 * 50);
    // Twice the cache: with lines replaced at random, 797 of 1000 are missing each time (1 - exp(-2 * 0.797)).
    CHECK(beyond("4600000B", true) == 100 * 50 * 797);
}

TEST_CASE(
    "process memory: where a hypervisor has page tables, the pages of a list that realloc() moved cost whoever reads "
    "it") {
    const auto paging = [](const std::string& then, const std::string& moves = "moved_page: 1us") {
        return run_with_memory("programs: {fill: [{allocate: {objects: 100000, size: 48B, into: kept}}" + then +
                                   "]}\nthreads: {main: fill}\n",
                               "enabled: false", false, {{"paging: {", "paging: {" + moves + ", "}})["paging of 0"];
    };
    const std::int64_t filled = paging("");
    CHECK(paging(", {walk: kept}") - filled == 173'000);
    CHECK(paging(", {walk: kept}, {walk: kept}") - filled == 173'000);
    CHECK(paging(", {gc: collect}, {walk: kept}") - filled == 173'000);
    // Since it left malloc's heap it moved whenever it was full: by an eighth more each time, from 54 pages to 174.
    CHECK(paging("", "move_page: 10ns") - paging("", "move_page: 0ns") ==
          10 * (54 + 61 + 68 + 77 + 86 + 97 + 109 + 123 + 138 + 155 + 174));
}

TEST_CASE(
    "process memory: beyond the cache, garbage is gone through more often than what lives, and freeing fetches it") {
    const auto result = [](const std::string& operations, const std::string& line = "2ns") {
        return run_with_memory(
            "programs: {main: [{allocate: {objects: 100000, size: 48B, into: kept, cyclic: CYCLIC}}, " + operations +
                "]}\nthreads: {main: main}\n",
            "enabled: false", false,
            {{"size: 1GiB, streamed_line: 0ns, missed_line: 0ns",
              "size: 512KiB, streamed_line: " + line + ", begun_page: 0ns, begun_run: 0ns"},
             {"passes: 1", "passes: 5, garbage_passes: 8"},
             {"CYCLIC", operations == "{free: kept}" ? "false" : "true"}});
    };
    CHECK(result("{gc: collect}")["collecting of 0"] == 100'000 * (20 + 5 * 2));
    CHECK(result("{free: kept}, {gc: collect}")["collecting of 0"] == 100'000 * (20 + 8 * 2 + 11 + 5));
    CHECK(result("{free: kept}")["native of 0"] == 98'000 * 5);  // while it fetches: a line of 64 bytes in 2 ns
    CHECK(result("{free: kept}", "9ns")["native of 0"] == 100'000 * 9);
}

TEST_CASE(
    "process memory: what is beyond the core's own cache comes from the last level, and beyond that from memory") {
    const auto walked = [](const std::string& core_cache, const std::string& last) {
        const auto result =
            run_with_memory(R"(
programs: {fill: [{allocate: {objects: 100000, size: 48B, values: [28B], into: kept}}, {walk: kept}]}
threads: {main: fill}
)",
                            "enabled: false", false,
                            {{"cache: {size: 1GiB, streamed_line: 0ns, missed_line: 0ns}",
                              "cache: {size: " + last +
                                  ", streamed_line: 9ns, begun_page: 0ns, begun_run: 0ns}\n"
                                  "  core_cache: {size: " +
                                  core_cache + ", streamed_line: 3ns, begun_page: 0ns, begun_run: 100ns}"}});
        return result["bytecode of 0"] - 100'000 * (10 + 2 * 5 + 3);
    };
    CHECK(walked("9200000B", "9200000B") == 0);
    CHECK(walked("1MiB", "9200000B") == 100'000 * 3);  // pools of values are begun anew, but for nothing a page
    CHECK(walked("1MiB", "1MiB") == 100'000 * (3 + 9));
}

TEST_CASE("process memory: a forked child copies the pages that it looks at, unless they were frozen") {
    const auto with = [](const std::string& parent, const std::string& child) {
        return run_with_memory(
            "programs:\n  load: [" + parent +
            "{start: child}, {join: child}]\n"
            "  child: [" +
            child + "]\nthreads: {main: load}\nprocesses: {child: {run: child, start: manual, start_method: fork}}\n");
    };
    const std::string load = "{allocate: {objects: 255000, size: 48B, values: [28B], into: data}}, ";
    // 1000 pools of 4 pages for the objects, 500 for their values (510 to a pool); for the list that keeps them 499
    // pages, and malloc's heap, in which it was at first: 48 pages, of which it gives back 15.
    const std::int64_t all = 6000 + 499 + 33;
    const auto looks = with(load, "{walk: data}");
    CHECK(looks["copied"] == 4000);
    CHECK(looks["paging of 1"] == 4000 * 2000);
    CHECK(looks["most USS of 1"] == 4000 * 4096);
    CHECK(looks["USS of 0"] == all * 4096);  // at its end the child's copies are gone, and what they shared is its own
    CHECK(looks["most memory in use of -1"] == (all + 4000) * 4096);
    CHECK(with(load, "{walk: {set: data, values: true}}")["copied"] == 6000);
    CHECK(with(load, "{compute: 1ms}")["copied"] == 0);
    CHECK(with(load, "{gc: collect}")["copied"] == 4000);
    CHECK(with(load + "{gc: freeze}, ", "{gc: collect}")["copied"] == 0);
    // fork() copies the page table, an entry in 100 ns.
    CHECK(with(load, "{compute: 1ms}")["end"] - with("", "{compute: 1ms}")["end"] ==
          255'000 * 20 + (all + 15) * 1000 + all * 100);
}

TEST_CASE("process memory: copies of used pages interrupt who computes on other cores, and wait for it") {
    const auto run = [](const std::string& parent, const std::string& shootdown, const std::string& paging) {
        return run_with_memory(
            "programs:\n  load: [{allocate: {objects: 255000, size: 48B, values: [28B], into: data}}, {start: "
            "child}, " +
                parent +
                "{join: child}]\n  child: [{walk: data}]\nthreads: {main: load}\n"
                "processes: {child: {run: child, start: manual, start_method: fork}}\n",
            "enabled: false", false, {{"costs: {", "costs: {" + shootdown}, {"paging: {", "paging: {" + paging}});
    };
    const std::string busy = "{compute: 100ms}, ";
    const auto plain = run(busy, "", "");
    const auto replaced = run(busy, "shootdown: {takes: 3us, waits: 5us, replaced: 7us}, ", "");
    CHECK(replaced["copied"] == 4000);
    CHECK(replaced["end"] - plain["end"] == 4000 * 3000);  // the parent's loss
    CHECK(replaced["runtime of 1"] - plain["runtime of 1"] == 4000 * 7000);
    const auto as_others = run(busy, "shootdown: {takes: 3us, waits: 5us}, ", "");
    CHECK(as_others["runtime of 1"] - plain["runtime of 1"] == 4000 * 5000);
    const auto alone = run("", "shootdown: {takes: 3us, waits: 5us, replaced: 7us}, ", "");
    CHECK(alone["end"] == run("", "", "")["end"]);  // the parent sleeps
    const auto inherited = run("", "", "inherited_page: 1us, ");
    CHECK(inherited["paging of 1"] - alone["paging of 1"] == (4000 + 499) * 1000);  // the list, too
    CHECK(inherited["faults"] == alone["faults"]);                                  // they are none of the guest's
}

TEST_CASE("process memory: code that first runs after a fork writes to pages, in the child and in the parent") {
    const auto run = [](const std::string& parent, const std::string& child, const std::string& forked) {
        return run_with_memory("objects: {q: {kind: queue}, s: {kind: process_simple_queue}}\nprograms:\n  parent: [" +
                                   parent + "]\n  child: [" + child +
                                   "]\n  nothing: []\nthreads: {main: parent, more: {run: nothing, start: manual}}\n"
                                   "processes: {child: {run: child, start: manual, start_method: fork}}\n",
                               "enabled: false", false,
                               {{"start_memory: 0B", "start_memory: 4MiB\n    forked: {" + forked + "}"}});
    };
    const std::string fork = "{start: child}, {join: child}";
    const std::string only_calls = "dumps: 0, loads: 0, thread: 0, calls: ";
    const std::string put = "{put: q}";
    const auto once = run(fork, put, only_calls + "100")["copied"];
    CHECK(once > 0);
    CHECK(run(fork, put + ", " + put, only_calls + "100")["copied"] == once);
    CHECK(run(fork, put, only_calls + "300")["copied"] == 3 * once);
    CHECK(run(fork, put, only_calls + "0")["copied"] == 0);
    const auto faults = [&](const std::string& parent, const std::string& child) {
        return run(parent, child, only_calls + "100")["faults"];
    };
    CHECK(faults(put + ", " + fork, "") == faults(fork, ""));         // before the fork it writes to its own pages
    CHECK(faults(fork + ", " + put, "") == faults(fork, "") + once);  // after it, long after the child has ended
    CHECK(faults(fork + ", " + put + ", " + fork + ", " + put, "") == faults(fork + ", " + fork, "") + 2 * once);

    const auto message = [&](const std::string& forked) {
        return run("{start: child}, {get: s}, {join: child}", "{put: s}", forked);
    };
    const auto none = message("calls: 0, dumps: 0, loads: 0, thread: 0")["faults"];
    CHECK(message("calls: 0, dumps: 7, loads: 0, thread: 0")["faults"] == none + 7);
    CHECK(message("calls: 0, dumps: 0, loads: 9, thread: 0")["faults"] == none + 9);
    const std::string start = "{start: more}, {join: more}";
    const std::string thread = "calls: 0, dumps: 0, loads: 0, thread: 40";
    CHECK(run(fork + ", " + start, "", thread)["faults"] - run(fork, "", thread)["faults"] == 40);
    // What is only read costs the child, in whose parent nothing has to be found again.
    const auto reads = [&](const std::string& parent, const std::string& child, const std::string& each) {
        return run(parent, child, only_calls + "100, reads: " + each)["end"];
    };
    CHECK(reads(fork, put, "2us") - reads(fork, put, "0ns") == once * 2000);
    CHECK(reads(fork + ", " + put, "", "2us") == reads(fork + ", " + put, "", "0ns"));
}

TEST_CASE("process memory: who fills the machine is killed, and the others go on") {
    const auto result = run_with_memory(R"(
programs:
  grow: [{sleep: 1ms}, {allocate: {objects: 30000, size: 100KiB, tracked: false, into: much}}]
  work: [{compute: 20ms}]
processes: {grower: {run: grow, start_method: spawn}, worker: {run: work, start_method: spawn}}
)");
    CHECK(result["killed"] == 1);
    CHECK(result["outcome"] == static_cast<std::int64_t>(trace::Outcome::out_of_memory));
    CHECK(result["most memory in use of -1"] <= (1LL << 30) + (1 << 20));
    CHECK(result["memory in use of -1"] == 0);
    CHECK(result["bytecode of 2"] == 20'000'000);
}

TEST_CASE("process memory: the main process may be the one that is killed") {
    const auto result = run_with_memory(R"(
programs: {grow: [{allocate: {objects: 30000, size: 100KiB, tracked: false, into: much}}, {compute: 1s}], wait: [{sleep: 5s}]}
threads: {main: grow, other: wait}
)");
    CHECK(result["killed"] == 1);
    CHECK(result["outcome"] == static_cast<std::int64_t>(trace::Outcome::out_of_memory));
    CHECK(result["end"] < kSecond);
}

TEST_CASE("process memory: of two who have as much the last is killed, and that outranks the time limit") {
    const auto result = run_with_memory(R"(
limit: 1s
programs:
  hold: [{allocate: {objects: 4500, size: 100KiB, tracked: false, into: much}}, {sleep: 100ms}, {compute: 20ms}]
  grow: [{sleep: 50ms}, {allocate: {objects: 2000, size: 100KiB, tracked: false, into: more}}, {sleep: 5s}]
processes:
  hold: {run: hold, count: 2, start_method: spawn}
  grow: {run: grow, start_method: spawn}
)");
    CHECK(result["killed"] == 1);
    CHECK(result["outcome"] == static_cast<std::int64_t>(trace::Outcome::out_of_memory));
    CHECK(result["bytecode of 1"] - result["bytecode of 2"] == 20'000'000);
}

TEST_CASE("process memory: free-threaded: gc.freeze() and gc.unfreeze() stop the world") {
    const auto stops = [](const std::string& operation) {
        return run_with_memory("programs: {p: [" + operation + "]}\nthreads: {main: p}\n", "enabled: false",
                               true)["stops"];
    };
    CHECK(stops("{gc: freeze}") == 1);
    CHECK(stops("{gc: freeze}, {gc: unfreeze}") == 2);
    CHECK(stops("{gc: enable}") == 0);
}
