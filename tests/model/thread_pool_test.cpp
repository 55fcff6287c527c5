/// concurrent.futures.ThreadPoolExecutor.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

TEST_CASE("what submit() and a worker's loop have been measured to take is taken as a whole") {
    // The only worker is busy while three calls are submitted. One core: then it carries them out, one after the other.
    const auto took = [](const std::string& fields, const std::string& calls) {
        std::string world = with_interpreter("switch_interval: 1s, " + fields);
        world.replace(world.find("lock_call: 0ns, library_call: 0ns"), 33, calls);
        world.replace(world.find("cores: 4"), 8, "cores: 1");
        return end(world +
                   "objects: {gate: event, pool: {kind: thread_pool, workers: 1}}\n"
                   "programs: {main: [{submit: {pool: pool, do: [{wait: gate}]}}, {sleep: 1s}, "
                   "{submit: {pool: pool, times: 3, do: [{compute: 1us}]}}, {set: gate}, {results: pool}]}\n"
                   "threads: {main: main}\n");
    };
    const std::string free = "lock_call: 0ns, library_call: 0ns";
    const std::string dear = "lock_call: 100ns, library_call: 10us";
    for (const std::string version : {"version: '3.11'", "version: '3.12'"}) {
        CAPTURE(version);
        const auto nothing = took(version, free);
        CHECK(took(version + ", future_submit: 1ms", free) - nothing == 4'000'000);
        CHECK(took(version + ", future_run: 1ms", free) - nothing == 4'000'000);
        // Calls that are counted are in it already. Where nobody has measured it, it is 1.4 or 1.7 times its calls.
        const std::string small = ", future_submit: 0ns, future_run: 0ns";
        const auto counted = took(version + small, dear);
        const std::int64_t submit = 13 * 10'000 + 16 * 100;
        const std::int64_t run = version == "version: '3.12'" ? 10 * 10'000 + 6 * 100 : 15 * 10'000 + 9 * 100;
        CHECK(took(version + ", future_submit: 1ms, future_run: 0ns", dear) - counted == 4 * (1'000'000 - submit));
        CHECK(took(version + ", future_submit: 0ns, future_run: 1ms", dear) - counted == 4 * (1'000'000 - run));
        CHECK(took(version, dear) - counted == 4 * (submit * 4 / 10 + run * 7 / 10));
    }
}

TEST_CASE("submit() and the workers meet at the lock of the semaphore, and go on meeting") {
    // Sooner or later the GIL changes hands inside of that lock. Who has it then is woken with it each time, and whoever
    // comes next finds it taken: hand-offs by the GIL are rare, those by the lock come with every call.
    const auto switches = [](const std::string& version) {
        std::string world = with_interpreter(version + ", switch_interval: 5ms");
        world.replace(world.find("lock_call: 0ns, library_call: 0ns"), 33, "lock_call: 40ns, library_call: 60ns");
        return count(story(world +
                                "objects: {pool: {kind: thread_pool, workers: 2}}\n"
                                "programs: {main: [{map: {pool: pool, times: 20000, do: [{compute: 20us}]}}]}\n"
                                "threads: {main: main}\n",
                           {"gil_acquire"}),
                     "gil_acquire");
    };
    CHECK(switches("version: '3.11'") > 20'000);
}

TEST_CASE("since 3.8 a pool of threads starts another one only if nobody is idle") {
    const auto started = [](const std::string& version) {
        return count(
            story(with_interpreter("version: '" + version + "'") +
                      "objects: {pool: {kind: thread_pool, workers: 3}}\n"
                      "programs: {main: [{repeat: {times: 4, do: [{submit: {pool: pool, do: [{compute: 1ms}]}}, "
                      "{results: pool}, {sleep: 1ms}]}}]}\n"
                      "threads: {main: main}\n",
                  {"thread_start"}),
            "main/pool_[0-9] thread_start");
    };
    CHECK(started("3.7") == 3);
    CHECK(started("3.8") == 1);
    CHECK(started("3.12") == 1);
}

TEST_CASE("a core that remembers submit() does not know a worker's loop for that") {
    // Code that has never run takes twice as long: 1 us of submit(), then 1 us of the worker's.
    const auto took = [](const std::string& fields) {
        std::string world = with_interpreter("switch_interval: 1s, " + fields);
        world.replace(world.find("cores: 4"), 8, "cores: 1");
        world.replace(world.find("costs: {"), 8, "costs: {code_memory: {holds: 1s, displaced: 100}, ");
        return end(world +
                   "objects: {pool: {kind: thread_pool, workers: 1}}\n"
                   "programs: {main: [{submit: {pool: pool, do: [{compute: 1us}]}}, {results: pool}]}\n"
                   "threads: {main: main}\n");
    };
    CHECK(took("future_submit: 1us, future_run: 1us") - took("future_submit: 0ns, future_run: 0ns") == 4'000);
}
