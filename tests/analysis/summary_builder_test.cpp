#include "analysis/summary_builder.hpp"

#include "tests/analysis/stream.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

TEST_CASE("two threads share a GIL on two cores: every figure, by hand") {
    Stream s(2);
    const int p = s.process(0, "main");
    s.directory.interpreters.push_back({"main", p, "timed"});
    s.directory.labels = {"compute"};

    // a computes from 10 to 100; b waits for the GIL from 20, asks for it at 70, has it from 100 to 150.
    const int a = s.thread(0, "a", p, ThreadState::runnable);
    s.core(10, 0, -1, a);
    s.state(10, a, ThreadState::bytecode);
    s.send(EventKind::gil_acquire, 10, a, 0, -1);
    s.send(EventKind::op_begin, 10, a, 0);
    const int b = s.thread(15, "b", p, ThreadState::runtime);
    s.core(15, 1, -1, b);
    s.send(EventKind::gil_wait, 20, b, 0);
    s.state(20, b, ThreadState::waiting_gil);
    s.core(20, 1, b, -1);
    s.send(EventKind::drop_request, 70, b, 0);
    s.send(EventKind::gil_release, 98, a, 0, static_cast<int>(ReleaseReason::requested));
    s.send(EventKind::forced_switch, 98, a, 0);
    s.state(98, a, ThreadState::forced_switch);
    s.core(98, 0, a, -1);
    s.core(99, 1, -1, b);
    s.state(99, b, ThreadState::runtime);
    s.send(EventKind::gil_acquire, 100, b, 0, a);
    s.state(100, b, ThreadState::bytecode);
    s.core(100, 0, -1, a);
    s.state(100, a, ThreadState::runtime);
    s.send(EventKind::op_end, 110, a, 0);
    s.core(110, 0, a, -1);
    s.end(110, a);
    s.send(EventKind::gil_release, 150, b, 0, static_cast<int>(ReleaseReason::exit));
    s.core(150, 1, b, -1, true);
    s.end(150, b);
    s.send(EventKind::process_end, 150, -1, p);
    const RunSummary run = s.finish(160);

    CHECK(run.name == "hand");
    CHECK(run.seed == 7);
    CHECK(run.makespan == 160);
    REQUIRE(run.threads.size() == 2);
    CHECK(run.threads[0] == ThreadSummary{"a",
                                          "main",
                                          0,
                                          110,
                                          true,
                                          times({{ThreadState::runnable, 10},
                                                 {ThreadState::bytecode, 88},
                                                 {ThreadState::forced_switch, 2},
                                                 {ThreadState::runtime, 10}}),
                                          {2, 0}});
    CHECK(run.threads[1] ==
          ThreadSummary{
              "b",
              "main",
              15,
              150,
              true,
              times({{ThreadState::runtime, 5 + 1}, {ThreadState::waiting_gil, 79}, {ThreadState::bytecode, 50}}),
              {1, 1}});
    CHECK(run.cores == std::vector<CoreSummary>{{98, 62, 4}, {56, 104, 4}});
    REQUIRE(run.interpreters.size() == 1);
    const GilSummary expected{"timed", 2, 1, 0, 1, 1, 138, 12, {1, 80, 80, 80, 80, 80}};
    CHECK(run.interpreters[0] == InterpreterSummary{"main", "main", expected});
    CHECK(run.processes == std::vector<ProcessSummary>{
                               {.name = "main", .pid = 1000, .threads = 2, .start = 0, .end = 150, .ended = true, .gc_pauses = {}}});
    const StateTimes in_compute =
        times({{ThreadState::bytecode, 88}, {ThreadState::forced_switch, 2}, {ThreadState::runtime, 10}});
    CHECK(run.operations == std::vector<OperationSummary>{{"compute", 1, 0, 88, in_compute}});
}

TEST_CASE("a return is a hand-off to the holder before the last one") {
    Stream s(1);
    const int p = s.process(0, "main");
    s.directory.interpreters.push_back({"main", p, "timed"});
    std::vector<int> threads;
    for (const char* name : {"a", "b", "c"}) threads.push_back(s.thread(0, name, p, ThreadState::runnable));
    int last = -1;
    Nanoseconds now = 10;
    for (const int next : {0, 1, 0, 2, 2, 0, 1}) {  // a b a and a c c a are returns
        s.send(EventKind::gil_acquire, now += 10, threads[next], 0, last);
        s.send(EventKind::gil_release, now += 10, threads[next], 0, static_cast<int>(ReleaseReason::blocking));
        last = threads[next];
    }
    const GilSummary gil = s.finish(1000).interpreters[0].gil;
    CHECK(gil.acquisitions == 7);
    CHECK(gil.handoffs == 5);
    CHECK(gil.returns == 2);
}

TEST_CASE("what has not ended when the run ends is charged up to its end") {
    Stream s(1);
    const int p = s.process(5, "main");
    s.directory.interpreters.push_back({"main", p, "timed"});
    const int a = s.thread(10, "a", p, ThreadState::bytecode);
    s.core(10, 0, -1, a);
    s.send(EventKind::gil_acquire, 12, a, 0, -1);
    const RunSummary run = s.finish(100, Outcome::limit);
    CHECK(run.outcome == Outcome::limit);
    CHECK(run.threads[0] == ThreadSummary{"a", "main", 10, 100, false, times({{ThreadState::bytecode, 90}}), {}});
    CHECK(run.cores[0] == CoreSummary{90, 10, 1});
    CHECK(run.interpreters[0].gil.held == 88);
    CHECK(run.interpreters[0].gil.idle == 7);
    CHECK(run.processes[0] ==
          ProcessSummary{.name = "main", .pid = 1000, .threads = 1, .start = 5, .end = 100, .gc_pauses = {}});
}

TEST_CASE("requests: latency, throughput, and what their threads did meanwhile") {
    Stream s(1);
    const int p = s.process(0, "main");
    s.directory.requests = {"page", "query"};
    const int a = s.thread(0, "a", p, ThreadState::bytecode);
    const int b = s.thread(0, "b", p, ThreadState::waiting_gil);
    s.send(EventKind::request_begin, 100, a, 0, 0);  // page 0: 100 to 500
    s.send(EventKind::request_begin, 200, a, 1, 1);  // query 1 inside it: 200 to 300
    s.send(EventKind::request_begin, 250, b, 0, 2);  // page 2 by b: 250 to 300
    s.state(250, a, ThreadState::io);
    s.send(EventKind::request_end, 300, a, 1, 1);
    s.send(EventKind::request_end, 300, b, 0, 2);
    s.state(400, a, ThreadState::bytecode);
    s.send(EventKind::request_end, 500, a, 0, 0);
    s.send(EventKind::request_begin, 600, b, 0, 3);  // never ends
    s.send(EventKind::request_end, 700, b, 0, 99);   // never began: ignored
    const RunSummary run = s.finish(kSecond * 2 / 3);
    REQUIRE(run.requests.size() == 2);
    const RequestSummary& page = run.requests[0];
    CHECK(page.count == 2);
    CHECK(page.unfinished == 1);
    CHECK(page.throughput_per_s == 3);
    CHECK(page.latency == Distribution{2, 225, 50, 400, 400, 400});
    CHECK(page.states[ThreadState::bytecode] == 250);
    CHECK(page.states[ThreadState::io] == 150);
    CHECK(run.requests[1].latency == Distribution{1, 100, 100, 100, 100, 100});
    CHECK(run.requests[1].states == times({{ThreadState::bytecode, 50}, {ThreadState::io, 50}}));
}

TEST_CASE("operations: an inner one's time is its own, locks, counters") {
    Stream s(1);
    const int p = s.process(0, "main");
    s.directory.labels = {"outer", "inner", "never"};
    s.directory.locks = {{"table", p}};
    s.directory.counters = {{"rss", "bytes", p}};
    const int a = s.thread(0, "a", p, ThreadState::bytecode);
    const int b = s.thread(0, "b", p, ThreadState::runtime);
    s.send(EventKind::lock_acquire, 5, a, 0);
    s.send(EventKind::op_begin, 10, a, 0);
    s.send(EventKind::op_begin, 30, a, 1);
    s.send(EventKind::lock_wait, 30, b, 0);
    s.state(30, b, ThreadState::waiting_lock);
    s.send(EventKind::op_end, 35, a, 1);
    s.send(EventKind::op_end, 50, a, 0);
    s.send(EventKind::lock_release, 55, a, 0);
    s.send(EventKind::lock_acquire, 60, b, 0);
    s.send(EventKind::counter, 60, -1, 0, 4096);
    s.send(EventKind::counter, 70, -1, 0, 100);
    const RunSummary run = s.finish(100);
    CHECK(run.operations == std::vector<OperationSummary>{{"outer", 1, 0, 0, times({{ThreadState::bytecode, 35}})},
                                                          {"inner", 1, 0, 0, times({{ThreadState::bytecode, 5}})}});
    CHECK(run.locks == std::vector<LockSummary>{{"table", "main", 2, 50 + 40, {1, 30, 30, 30, 30, 30}}});
    CHECK(run.counters == std::vector<CounterSummary>{{"rss", "main", "bytes", 100, 4096}});
}

TEST_CASE("an empty run has an empty summary") {
    Stream s(3);
    const RunSummary run = s.finish(0);
    CHECK(run.makespan == 0);
    CHECK(run.cores.size() == 3);
    CHECK(run.threads.empty());
}

TEST_CASE("a process's own memory at its end is what it had before the end took it away, and what it has if it lives") {
    Stream s(1);
    const auto last_of = [&s](const std::string& name, std::initializer_list<std::pair<Nanoseconds, std::int64_t>> uss,
                              Nanoseconds end) {
        const int p = s.process(0, name);
        const int counter = static_cast<int>(s.directory.counters.size());
        s.directory.counters.push_back({std::string(trace::kUssCounter), "B", p});
        for (const auto& [time, bytes] : uss) s.send(EventKind::counter, time, -1, counter, bytes);
        if (end > 0) s.send(EventKind::process_end, end, -1, p);
    };
    last_of("ended", {{10, 100}, {50, 0}}, 50);
    last_of("shared", {{10, 100}, {20, 0}}, 50);  // all its pages, with a child: nothing changes at its end
    last_of("lives", {{10, 100}, {20, 70}}, 0);
    const RunSummary run = s.finish(60);
    CHECK(run.processes[0].uss_end == 100);
    CHECK(run.processes[1].uss_end == 0);
    CHECK(run.processes[2].uss_end == 70);
}

TEST_CASE("a run's context switches are the program's, not those of what serves it") {
    const auto switches_of = [](const std::string& name, bool python) {
        Stream s(1);
        const int p = s.process(0, name);
        if (python) s.directory.interpreters.push_back({name, p, "timed"});
        const int t = s.thread(0, "main", p, ThreadState::runnable);
        s.core(0, 0, -1, t);
        s.core(10, 0, t, -1);
        s.core(20, 0, -1, t);
        s.core(30, 0, t, -1, true);
        return s.finish(40).switches;
    };
    CHECK(switches_of("main", true) == ContextSwitches{1, 1});
    CHECK(switches_of("system", false) == ContextSwitches{0, 0});
    CHECK(switches_of("clients", false) == ContextSwitches{0, 0});
    CHECK(switches_of("forkserver", true) == ContextSwitches{0, 0});
    CHECK(switches_of("resource_tracker", true) == ContextSwitches{0, 0});
}
