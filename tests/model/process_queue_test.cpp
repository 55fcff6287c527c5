/// Queues between processes.

#include "tests/model/processes.hpp"

using namespace gilsim::testing;

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

namespace {

std::string joinable(const std::string& main, const std::string& worker) {
    return kFree + "objects: {jobs: process_joinable_queue}\nprograms: {main: [" + main + "], worker: [" + worker +
           "]}\nthreads: {main: main}\nprocesses: {worker: {count: 2, run: worker, daemon: true}}\n";
}

}  // namespace

TEST_CASE("join_queue waits until all items have been dealt with, in whatever process") {
    const std::string worker = "{repeat: {do: [{get: jobs}, {compute: 5ms}, {task_done: jobs}]}}";
    CHECK(end(joinable("{repeat: {times: 4, do: [{put: jobs}]}}, {join_queue: jobs}", worker)) == 10'000'000);
    CHECK(end(joinable("{join_queue: jobs}", worker)) == 0);
    const std::string never = story(joinable("{put: jobs}, {join_queue: jobs}", "{get: jobs}, {sleep: 1ms}"), {});
    CHECK(has(never, "'main' waits for all items to be done of queue 'jobs'"));
}

TEST_CASE("task_done of a queue between processes may not be called more often than put") {
    CHECK(has(failure(joinable("{put: jobs}, {get: jobs}, {task_done: jobs}, {task_done: jobs}", "{sleep: 1ms}")),
              "calls task_done() of queue 'jobs' too often (Python: ValueError"));
}

TEST_CASE("a simple queue has no feeder: who puts pickles and writes, one process at a time") {
    const std::string log = story(kFree +
                                      "objects: {jobs: process_simple_queue}\n"
                                      "programs: {put: [{put: {queue: jobs, payload: {pickle: 2ms}}}, {compute: 1ms}], "
                                      "get: [{get: jobs}, {get: jobs}]}\n"
                                      "threads: {main: get}\nprocesses: {child: {count: 2, run: put}}\n",
                                  {"thread_start", "message_send", "message_receive", "op_begin", "lock_acquire"});
    INFO(log);
    CHECK(!has(log, "feeder"));
    CHECK(count(log, "2000000 child-[12]/main message_send jobs") == 2);
    CHECK(count(log, "child-[12]/main lock_acquire jobs.write") == 2);
    CHECK(count(log, "2000000 child-[12]/main op_begin compute") == 2);
    CHECK(count(log, "main/main message_receive jobs") == 2);
}
