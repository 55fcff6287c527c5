// Devices, sockets, clients, pools and event loops: dates worked out by hand, and queueing theory.

#include <cmath>
#include <map>

#include "tests/model/story.hpp"

using namespace gilsim::testing;

namespace {

/// Mean time from the begin to the end of requests of a log, in ms.
double mean_latency(const std::string& log) {
    std::map<std::string, double> begun;
    double sum = 0;
    int count = 0;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        double time = 0;
        std::string who, event, kind, serial;
        words >> time >> who >> event >> kind >> serial;
        if (event == "request_begin") begun[serial] = time;
        if (event != "request_end") continue;
        sum += time - begun.at(serial);
        ++count;
    }
    REQUIRE(count > 0);
    return sum / count / 1e6;
}

const std::set<std::string> kRequestKinds{"request_begin", "request_serve", "request_end"};
const std::string kFreeSocket = "sockets: {s: {accept: 0ns, receive: 0ns, send: 0ns}}\n";

}  // namespace

TEST_CASE("a device with one server serves in order of arrival") {
    CHECK(story(kFree +
                    "devices: {disk: {servers: 1, time: 2ms}}\n"
                    "programs: {p: [{io: {device: disk}}]}\n"
                    "threads: {t: {count: 3, run: p}}\n",
                {"counter"}) ==
          "0 - counter disk 1 requests\n"
          "0 - counter disk 2 requests\n"
          "0 - counter disk 3 requests\n"
          "2000000 - counter disk 2 requests\n"
          "4000000 - counter disk 1 requests\n"
          "6000000 - counter disk 0 requests\n"
          "6000000 run_end completed\n");
}

TEST_CASE("an open loop: requests come by themselves and wait for the server") {
    CHECK(story(kFree + kFreeSocket +
                    "clients: {c: {to: s, request: r, at: [1ms, 2ms, 10ms]}}\n"
                    "programs: {p: [{serve: {socket: s, do: [{sleep: 3ms}]}}]}\n"
                    "threads: {main: p}\n",
                kRequestKinds) ==
          "1000000 - request_begin r #0\n"
          "1000000 main/main request_serve r #0\n"
          "2000000 - request_begin r #1\n"
          "4000000 - request_end r #0\n"
          "4000000 main/main request_serve r #1\n"
          "7000000 - request_end r #1\n"
          "10000000 - request_begin r #2\n"
          "10000000 main/main request_serve r #2\n"
          "13000000 - request_end r #2\n"
          "13000000 run_end completed\n");
}

TEST_CASE("a closed loop: a user thinks after each reply") {
    CHECK(story(kFree + kFreeSocket +
                    "clients: {c: {to: s, request: r, users: 1, think: 4ms, requests: 2}}\n"
                    "programs: {p: [{serve: {socket: s, do: [{sleep: 3ms}]}}]}\n"
                    "threads: {main: p}\n",
                kRequestKinds) ==
          "0 - request_begin r #0\n"
          "0 main/main request_serve r #0\n"
          "3000000 - request_end r #0\n"
          "7000000 - request_begin r #1\n"
          "7000000 main/main request_serve r #1\n"
          "10000000 - request_end r #1\n"
          "14000000 run_end completed\n");
}

TEST_CASE("clients on the machine's cores end when they have every reply") {
    const std::string log = story(kFree + kFreeSocket +
                                      "clients: {c: {to: s, request: r, users: 3, requests: 5, cores: shared}}\n"
                                      "programs: {p: [{serve: {socket: s, do: [{sleep: 3ms}]}}]}\n"
                                      "threads: {t: {count: 2, run: p}}\n",
                                  {"request_end"});
    CHECK(count_in(log, "request_end") == 5);
}

// M/M/1: mean time in the system 1 / (mu - lambda).
TEST_CASE("queueing theory: M/M/1") {
    const double mean =
        mean_latency(story(kFree + kFreeSocket +
                               "clients: {c: {to: s, request: r, every: {exponential: 10ms}, requests: 40000}}\n"
                               "programs: {p: [{serve: {socket: s, do: [{io: {exponential: 6ms}}]}}]}\n"
                               "threads: {main: p}\n",
                           kRequestKinds));
    CHECK(mean == Approx(1 / (1 / 6.0 - 1 / 10.0)).epsilon(0.06));
}

// M/M/c by Erlang's formula C, here a device with 3 servers behind enough threads.
TEST_CASE("queueing theory: M/M/3") {
    const double mean =
        mean_latency(story(kFree + kFreeSocket +
                               "devices: {d: {servers: 3, time: {exponential: 18ms}}}\n"
                               "clients: {c: {to: s, request: r, every: {exponential: 10ms}, requests: 40000}}\n"
                               "programs: {p: [{serve: {socket: s, do: [{io: {device: d}}]}}]}\n"
                               "threads: {t: {count: 100, run: p}}\n",
                           kRequestKinds));
    const double a = 1.8;  // offered load
    const double rho = a / 3;
    const double tail = a * a * a / 6 / (1 - rho);
    const double waits = tail / (1 + a + a * a / 2 + tail);
    CHECK(mean == Approx(waits / (3 / 18.0 - 1 / 10.0) + 18).epsilon(0.06));
}

// Machine repairman: N users think for Z, one server: throughput by the recursion of mean value analysis.
TEST_CASE("queueing theory: machine repairman") {
    const double mean = mean_latency(
        story(kFree + kFreeSocket +
                  "devices: {d: {servers: 1, time: {exponential: 5ms}}}\n"
                  "clients: {c: {to: s, request: r, users: 6, think: {exponential: 20ms}, requests: 40000}}\n"
                  "programs: {p: [{serve: {socket: s, do: [{io: {device: d}}]}}]}\n"
                  "threads: {t: {count: 6, run: p}}\n",
              kRequestKinds));
    double queue = 0;
    double response = 0;
    for (int n = 1; n <= 6; ++n) {
        response = 5 * (1 + queue);
        queue = n / (response + 20) * response;
    }
    CHECK(mean == Approx(response).epsilon(0.06));
}

TEST_CASE("Little's law: the area under a device's counter is the time of all its requests") {
    const std::string log = story(kFree + kFreeSocket +
                                      "devices: {d: {servers: 2, time: {exponential: 5ms}}}\n"
                                      "clients: {c: {to: s, request: r, every: {exponential: 4ms}, requests: 500}}\n"
                                      "programs: {p: [{serve: {socket: s, do: [{io: {device: d}}]}}]}\n"
                                      "threads: {t: {count: 20, run: p}}\n",
                                  {"counter", "op_begin", "op_end"});
    std::int64_t area = 0, present = 0, since = 0, spent = 0;
    std::istringstream lines(log);
    for (std::string line; std::getline(lines, line);) {
        std::istringstream words(line);
        std::int64_t time = 0;
        std::string who, event, name;
        words >> time >> who >> event >> name;
        if (event == "counter" && name == "d") {
            area += present * (time - since);
            since = time;
            words >> present;
        }
        if (name == "io") spent += event == "op_end" ? time : -time;
    }
    CHECK(area > 0);
    CHECK(area == spent);
}

TEST_CASE("a pool starts a worker for each call until it has all, and its threads share the calls") {
    CHECK(story(kFree +
                    "objects: {pool: {kind: thread_pool, workers: 2}}\n"
                    "programs: {p: [{map: {pool: pool, times: 3, do: [{sleep: 2ms}]}}]}\n"
                    "threads: {main: p}\n",
                {"thread_start", "op_begin"}) ==
          "0 main/main thread_start\n"
          "0 main/pool_0 thread_start\n"
          "0 main/pool_0 op_begin sleep\n"
          "0 main/pool_1 thread_start\n"
          "0 main/pool_1 op_begin sleep\n"
          "2000000 main/pool_0 op_begin sleep\n"
          "4000000 run_end completed\n");
}

// Up to 3.12 one put releases the lock of SimpleQueue, and whoever finds an item releases it for the next.
TEST_CASE("all threads of a pool wake up after they have been idle") {
    for (const std::string version : {"3.11", "3.13"}) {
        std::string free = kFree;
        const std::string key = "interpreter: {";
        free.replace(free.find(key), key.size(), key + "version: \"" + version + "\", ");
        CHECK(story(free +
                        "objects: {pool: {kind: thread_pool, workers: 4}}\n"
                        "programs: {p: [{map: {pool: pool, times: 4, do: [{sleep: 1ms}]}}, {sleep: 1ms},\n"
                        "               {map: {pool: pool, times: 8, do: [{sleep: 2ms}]}}]}\n"
                        "threads: {main: p}\n",
                    {}) == "6000000 run_end completed\n");
    }
}

TEST_CASE("late turns are numbered as they begin, whenever their loops began to wait") {
    const std::string rare = "{repeat: {every: 10ms, times: 3, late: rare, do: [{compute: 1ms}]}}";
    const std::string often = "{repeat: {every: 3ms, times: 9, late: often, do: [{compute: 1ms}]}}";
    const std::string threads = "programs: {a: [" + rare + "], b: [" + often + "]}\nthreads: {a: a, b: b}\n";
    const std::string tasks = "programs: {p: [{asyncio: [{task: {do: [" + rare + "]}}, {task: {do: [" + often +
                              "]}}]}]}\nthreads: {main: p}\n";
    for (const std::string& program : {threads, tasks}) {
        const std::string log = story(kFree + program, kRequestKinds);
        INFO(log);
        CHECK(count_in(log, "request_end") == 12);
        std::int64_t next = 0;
        std::map<std::string, int> open;
        std::istringstream lines(log);
        for (std::string line; std::getline(lines, line);) {
            std::istringstream words(line);
            std::string time, who, event, kind, serial;
            words >> time >> who >> event >> kind >> serial;
            if (event == "request_begin") CHECK(serial == "#" + std::to_string(next++));
            if (event == "request_begin") ++open[serial];
            if (event == "request_end") CHECK(--open[serial] == 0);
        }
    }
}

TEST_CASE("an event loop serves on when its last client has gone, and each connection to its end") {
    const std::string log = story(kFree + kFreeSocket +
                                      "clients: {c: {to: s, request: r, at: [1ms, 1ms, 1ms]}}\n"
                                      "programs: {p: [{asyncio: [{serve: {socket: s, do: [{sleep: 3ms}, {compute: "
                                      "1ms}]}}, {compute: 2ms}]}]}\n"
                                      "threads: {main: p}\n",
                                  kRequestKinds);
    INFO(log);
    CHECK(count_in(log, "request_end") == 3);
    CHECK(count_in(log, "run_end completed") == 1);
}

TEST_CASE("an event loop rounds its patience up to whole milliseconds, and some of these up to the next one") {
    const auto end_of = [](const std::string& sleep) {
        const std::string log =
            story(kFree + "programs: {p: [{asyncio: [{sleep: " + sleep + "}]}]}\nthreads: {main: p}\n", {});
        return log.substr(0, log.find(" run_end"));
    };
    CHECK(end_of("1200us") == "2000000");
    CHECK(end_of("8ms") == "8000000");
    // select.epoll().poll(9 * 1e-3) waits for 10 ms, as 13 * 1e-3 does for 14.
    CHECK(end_of("9ms") == "10000000");
    CHECK(end_of("12500us") == "14000000");
}

TEST_CASE("tasks share the thread: they sleep together and compute one after the other") {
    CHECK(story(kFree +
                    "programs: {p: [{asyncio: [{task: {count: 3, do: [{sleep: 5ms}, {compute: 2ms}]}}]}]}\n"
                    "threads: {main: p}\n",
                {}) == "11000000 run_end completed\n");
}

TEST_CASE("to_thread leaves the loop free") {
    CHECK(story(kFree +
                    "programs: {p: [{asyncio: [{task: {do: [{to_thread: [{sleep: 10ms}]}]}}, {sleep: 10ms}]}]}\n"
                    "threads: {main: p}\n",
                {}) == "10000000 run_end completed\n");
}

TEST_CASE("a task outside of an event loop is a mistake") {
    CHECK(failure(kFree + "programs: {p: [{task: {do: [{sleep: 1ms}]}}]}\nthreads: {main: p}\n")
              .find("creates a task outside of an event loop") != std::string::npos);
}

TEST_CASE("who thinks on the machine's cores is woken by an interrupt of the core where its client sleeps") {
    // Two thoughts, 10 us each of whoever computes there. Users elsewhere interrupt nobody.
    const auto run = [](const std::string& cores, const std::string& interrupt) {
        std::string text = kFree;
        text.replace(text.find("timer_interrupt: 0ns"), 20, "timer_interrupt: " + interrupt);
        text.replace(text.find("cores: 4"), 8, "cores: 1");
        const std::string log =
            story(text + kFreeSocket + "clients: {c: {to: s, request: r, users: 1, think: 2ms, requests: 3" + cores +
                      "}}\n"
                      "programs: {p: [{serve: {socket: s, do: [{compute: 1us}]}}], hog: [{compute: 20ms}]}\n"
                      "threads: {main: p}\nprocesses: {hog: {run: hog, start_method: fork}}\n",
                  {});
        return std::stoll(log);
    };
    CHECK(run(", cores: shared", "10us") - run(", cores: shared", "0ns") == 20'000);
    CHECK(run("", "10us") - run("", "0ns") == 0);
}

TEST_CASE("two processes' event loops on one socket: both are told, one finds the connection") {
    const auto run = [](const std::string& count, const std::string& at, const std::set<std::string>& events) {
        std::string text = kFree;
        text.replace(text.find("syscall: 0ns"), 12, "syscall: 10us");
        return story(text + kFreeSocket + "clients: {c: {to: s, request: r, at: [" + at +
                         "]}}\n"
                         "programs: {p: [{asyncio: [{serve: {socket: s, do: [{compute: 2ms}]}}]}]}\n"
                         "processes: {server: {count: " +
                         count + ", run: p, start_method: fork}}\n",
                     events);
    };
    const std::string log = run("2", "5ms, 20ms", {"request_end", "sched_waking"});
    INFO(log);
    for (const char* time : {"5000000", "20000000"})
        for (const char* server : {"server-1", "server-2"})
            CHECK(has(log, time + std::string(" ") + server + "/main sched_waking"));
    CHECK(count_in(log, "request_end") == 2);
    CHECK(has(log, "run_end completed"));
    // Who finds nothing makes the call all the same: it releases the GIL once more than its way into epoll_wait and
    // back.
    const auto releases = [&](const std::string& at) {
        return count_in(run("2", at, {"gil_release"}), "gil_release server");
    };
    const auto alone = [&](const std::string& at) {
        return count_in(run("1", at, {"gil_release"}), "gil_release server");
    };
    CHECK(releases("5ms, 20ms") - releases("5ms") == alone("5ms, 20ms") - alone("5ms") + 2);
}
