#include "analysis/limits.hpp"

#include "tests/analysis/stream.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// A run of one second on `cores` cores, `busy` of which were busy (in permille of one), GIL held `held` permille.
RunSummary one_second(int cores, std::int64_t busy, std::int64_t held) {
    RunSummary run;
    run.name = "v";
    run.makespan = kSecond;
    for (int i = 0; i < cores; ++i) {
        const std::int64_t share = std::min<std::int64_t>(busy, 1000);
        busy -= share;
        run.cores.push_back({share * kMillisecond, (1000 - share) * kMillisecond, 2});
    }
    GilSummary gil;
    gil.policy = "timed";
    gil.acquisitions = 10;
    gil.held = held * kMillisecond;
    gil.waits = {10, 100 * kMillisecond, 1, 1, 1, 1};
    run.interpreters.push_back({"main", "main", gil});
    return run;
}

void add_thread(RunSummary& run, std::initializer_list<std::pair<ThreadState, Nanoseconds>> milliseconds) {
    ThreadSummary thread;
    thread.name = "t";
    thread.process = "main";
    thread.end = run.makespan;
    for (const auto& [state, time] : milliseconds) thread.states[state] = time * kMillisecond;
    run.threads.push_back(thread);
}

}  // namespace

TEST_CASE("one GIL held all the time while a core idles") {
    RunSummary run = one_second(2, 1000, 1000);
    add_thread(run, {{ThreadState::bytecode, 500}, {ThreadState::waiting_gil, 500}});
    add_thread(run, {{ThreadState::bytecode, 500}, {ThreadState::waiting_gil, 490}, {ThreadState::forced_switch, 10}});
    const Figures f = figures(run);
    CHECK(f.cores_busy == 1000);
    CHECK(f.gil_wait == 500);
    CHECK(f.gil_held == 1000);
    CHECK(f.working == 2);
    const Limit limit = limit_of(run);
    CHECK(limit.what == "the GIL, held 100 %");
    CHECK(limit.evidence.text() ==
          "bytecode holds the GIL 100 % of the time; threads with work wait 50 % for it; 1.00 of 2 cores idle");
}

TEST_CASE("the GIL held by C code is told apart") {
    RunSummary run = one_second(2, 1000, 1000);
    add_thread(run, {{ThreadState::native, 500}, {ThreadState::waiting_gil, 500}});
    add_thread(run, {{ThreadState::native, 500}, {ThreadState::waiting_gil, 500}});
    CHECK(limit_of(run).evidence.text().starts_with("C code holds the GIL 100 %"));
}

TEST_CASE("all cores busy, or the only core") {
    RunSummary run = one_second(2, 1950, 500);
    add_thread(run, {{ThreadState::bytecode, 975}});
    add_thread(run, {{ThreadState::bytecode, 975}});
    CHECK(limit_of(run).what == "all 2 cores busy");
    run = one_second(1, 1000, 1000);
    add_thread(run, {{ThreadState::bytecode, 500}, {ThreadState::waiting_gil, 500}});
    CHECK(limit_of(run).what == "the only core");
}

TEST_CASE("one thread at work holds the GIL all the time, but nobody waits for it") {
    RunSummary run = one_second(2, 1000, 1000);
    add_thread(run, {{ThreadState::bytecode, 1000}});
    CHECK(limit_of(run).what == "one thread at work");
    CHECK(limit_of(run).evidence.text() == "one thread at work; 1.00 of 2 cores idle");
}

TEST_CASE("all cores busy, but with waiting for memory that all of them write") {
    RunSummary run = one_second(2, 1950, 0);
    add_thread(run, {{ThreadState::bytecode, 390}, {ThreadState::contended, 585}});
    add_thread(run, {{ThreadState::bytecode, 390}, {ThreadState::contended, 585}});
    CHECK(limit_of(run).what == "shared memory");
    CHECK(limit_of(run).evidence.text().find("60 % of the time") != std::string::npos);
    run.threads[0].states[ThreadState::contended] = run.threads[1].states[ThreadState::contended] = 0;
    CHECK(limit_of(run).what == "all 2 cores busy");
}

TEST_CASE("waiting for io, for a sleep") {
    RunSummary run = one_second(2, 20, 10);
    add_thread(run, {{ThreadState::io, 980}, {ThreadState::bytecode, 20}});
    add_thread(run, {{ThreadState::joining, 1000}});
    CHECK(limit_of(run).what == "waiting: io");
    CHECK(limit_of(run).evidence.text() ==
          "waiting: io takes 98 % of the threads' time; the GIL is held 1.0 % of the run");
    run.threads[0].states[ThreadState::sleeping] = kSecond * 2;
    CHECK(limit_of(run).what == "waiting: sleep");
    run.interpreters.clear();  // no GIL, nothing to be said of it
    CHECK(limit_of(run).evidence.text() == "waiting: sleep takes 99 % of the threads' time");
}

TEST_CASE("who waits for another interpreter's GIL is not limited by the busiest one") {
    RunSummary run = one_second(4, 1100, 900);
    add_thread(run, {{ThreadState::bytecode, 900}});
    add_thread(run, {{ThreadState::bytecode, 200}, {ThreadState::waiting_gil, 800}});
    CHECK(limit_of(run).what == "the GIL, held 90 %");
    run.interpreters.push_back({"sub", "main", {}});
    run.interpreters[0].gil.waits = {1, 1, 1, 1, 1, 1};
    CHECK(limit_of(run).what == "2 threads at work");
    run.interpreters.pop_back();
    run.threads[1].process = "child";
    CHECK(limit_of(run).what == "2 threads at work");
}

TEST_CASE("threads are at work at a time, not one after the other, and not in passing") {
    RunSummary run = one_second(4, 1000, 0);
    for (int i = 0; i < 4; ++i) {
        add_thread(run, {{ThreadState::bytecode, 250}});
        run.threads.back().start = i * 250 * kMillisecond;
        run.threads.back().end = (i + 1) * 250 * kMillisecond;
    }
    CHECK(figures(run).working == 1);
    run.threads.back().start -= 1;
    CHECK(figures(run).working == 2);
    add_thread(run, {{ThreadState::bytecode, 50}, {ThreadState::joining, 950}});
    CHECK(figures(run).working == 2);
    CHECK(limit_of(run).evidence.text() == "at most 2 threads are at work at a time; 3.00 of 4 cores idle");
}

TEST_CASE("threads of the system and clients are no part of the answer") {
    RunSummary run = one_second(2, 1000, 1000);
    add_thread(run, {{ThreadState::bytecode, 990}, {ThreadState::runnable, 10}});
    for (const std::string_view outside : {trace::kSystemProcess, trace::kClientsProcess}) {
        add_thread(run, {{ThreadState::sleeping, 700}, {ThreadState::io, 250}, {ThreadState::runtime, 50}});
        run.threads.back().process = outside;
    }
    const Figures f = figures(run);
    CHECK(f.working == 1);
    CHECK(f.states.total() == kSecond);
    CHECK(limit_of(run).what == "one thread at work");
}

TEST_CASE("runnable without a core") {
    RunSummary run = one_second(4, 3000, 0);
    for (int i = 0; i < 4; ++i) add_thread(run, {{ThreadState::native_released, 750}, {ThreadState::runnable, 250}});
    CHECK(limit_of(run).what == "the cores");
}

TEST_CASE("a lock") {
    RunSummary run = one_second(2, 1000, 500);
    add_thread(run, {{ThreadState::bytecode, 500}, {ThreadState::waiting_lock, 500}});
    add_thread(run, {{ThreadState::bytecode, 500}, {ThreadState::waiting_lock, 500}});
    run.locks = {{"quiet", "main", 1, 1, {1, 5, 5, 5, 5, 5}},
                 {"table", "main", 10, 900 * kMillisecond, {10, 100 * kMillisecond, 1, 1, 1, 1}}};
    CHECK(limit_of(run).what == "lock `table`");
    CHECK(limit_of(run).evidence.text() ==
          "the lock `table`: threads with work wait for it 50 % of the time; it is held 90 %");
}

TEST_CASE("locks of objects, without a GIL") {
    RunSummary run = one_second(4, 1500, 0);
    run.interpreters.clear();
    for (int i = 0; i < 2; ++i) add_thread(run, {{ThreadState::bytecode, 700}, {ThreadState::waiting_lock, 300}});
    CHECK(limit_of(run).what == "locks of objects");
    CHECK(limit_of(run).evidence.text() ==
          "objects that several threads use (critical sections): threads with work wait for their locks 30 % of the "
          "time");
}

TEST_CASE("a world that stands still") {
    RunSummary run = one_second(4, 1500, 0);
    run.interpreters.clear();
    for (int i = 0; i < 2; ++i) add_thread(run, {{ThreadState::bytecode, 800}, {ThreadState::world_stopped, 200}});
    CHECK(limit_of(run).what == "stop-the-world");
    CHECK(limit_of(run).evidence.text() ==
          "stop-the-world: threads with work stand still 20 % of the time, while another one works alone");
    run.threads[0].states[ThreadState::collecting] = kMillisecond;
    CHECK(limit_of(run).evidence.text().ends_with("while another one collects garbage"));
}

TEST_CASE("start costs") {
    RunSummary run = one_second(4, 1500, 100);
    add_thread(run, {{ThreadState::runtime, 800}, {ThreadState::bytecode, 700}});
    CHECK(limit_of(run).what == "start and switch costs");
}

TEST_CASE("a convoy: requests wait for the GIL") {
    RunSummary run = one_second(2, 1000, 990);
    add_thread(run, {{ThreadState::bytecode, 900}});
    RequestSummary echo;
    echo.name = "echo";
    echo.count = 140;
    echo.latency = {140, 5, 5'200'000, 6'000'000, 9'000'000, 9'000'000};
    echo.states[ThreadState::waiting_gil] = 700 * kMillisecond;
    echo.states[ThreadState::bytecode] = 10 * kMillisecond;
    run.requests = {echo};
    CHECK(limit_of(run).what == "the GIL: convoy");
    CHECK(limit_of(run).evidence.text() ==
          "a convoy: `echo` waits for the GIL 99 % of its time (p50 5.200 ms); bytecode has it 99 % of the run");
}

TEST_CASE("a deadlock comes before everything else") {
    RunSummary run = one_second(1, 1000, 1000);
    run.outcome = Outcome::deadlock;
    CHECK(limit_of(run).what == "deadlock");
}

TEST_CASE("an error of the program comes before everything else") {
    RunSummary run = one_second(1, 1000, 1000);
    run.outcome = Outcome::failed;
    run.failure = "a.yaml:3: thread 'x' does what it may not: do not";
    CHECK(limit_of(run).what == "an error");
    CHECK(limit_of(run).evidence.text() == "stops after 1.000 s, a.yaml:3: thread 'x' does what it may not: do not");
}

TEST_CASE("a run without threads, cores or time does not trip the rules") {
    CHECK_FALSE(limit_of(RunSummary{}).what.empty());
}
