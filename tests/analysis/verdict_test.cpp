#include "analysis/verdict.hpp"

#include <algorithm>
#include <sstream>

#include "tests/analysis/stream.hpp"
#include "tests/catch.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

// Two threads' worth of bytecode within `makespan` on two cores, of which `busy` permille were busy.
RunSummary variant(const std::string& name, Nanoseconds makespan, std::int64_t busy, Nanoseconds gil_wait) {
    RunSummary run;
    run.name = name;
    run.makespan = makespan;
    const Nanoseconds each = makespan * busy / 2000;
    run.cores = {{each, makespan - each, 1}, {each, makespan - each, 1}};
    for (int i = 0; i < 2; ++i) {
        ThreadSummary thread;
        thread.process = "main";
        thread.end = makespan;
        thread.states[ThreadState::bytecode] = each;
        thread.states[ThreadState::waiting_gil] = gil_wait / 2;
        run.threads.push_back(thread);
    }
    GilSummary gil;
    gil.acquisitions = 1;
    gil.held = std::min(makespan, 2 * each);
    gil.waits = {1, gil_wait, gil_wait, gil_wait, gil_wait, gil_wait};
    run.interpreters = {{"main", "main", gil}};
    return run;
}

RequestSummary requests(std::int64_t count, std::int64_t per_s, Nanoseconds p50, Nanoseconds p99) {
    RequestSummary r;
    r.name = "page";
    r.count = count;
    r.throughput_per_s = per_s;
    r.latency = {count, p50, p50, p50, p99, p99};
    return r;
}

// What the verdict says, in one line.
std::string said(const ScenarioSummary& summary) {
    std::string text = verdict(summary, false);
    for (std::size_t at = 0; (at = text.find("\n  ", at)) != std::string::npos;) text.replace(at, 3, " ");
    return text;
}

void check_shape(const std::string& text) {
    INFO(text);
    std::istringstream in(text);
    int lines = 0;
    for (std::string line; std::getline(in, line); ++lines) CHECK(line.size() <= 112);
    CHECK(lines <= 15);
    CHECK(text.ends_with('\n'));
    CHECK(text.find('\x1b') == std::string::npos);
}

}  // namespace

TEST_CASE("the article's example") {
    const ScenarioSummary summary{
        "cpu_bound.yaml",
        "Does a second thread halve the time of a countdown?",
        {variant("sequential", kSecond, 1000, 0), variant("threads", 1'003'000'000, 1000, kSecond),
         variant("processes", 515'000'000, 1950, 0)}};
    const std::string text = verdict(summary, false);
    check_shape(text);
    CHECK(text == R"(Does a second thread halve the time of a countdown?

variant     makespan  speed-up  cores busy  GIL wait  hand-offs/s  limited by
sequential   1.000 s      1.00   1.00 of 2       0 %            0  its longest thread
threads      1.003 s      1.00   1.00 of 2      50 %            0  the GIL, held 100 %
processes   515.0 ms      1.94   1.95 of 2       0 %            0  all 2 cores busy

processes wins: 1.94 times the speed of sequential, 1.95 of 2 cores busy.
sequential: the work of its longest thread; 1.00 of 2 cores idle.
threads: bytecode holds the GIL 100 % of the time; threads with work wait 50 % for it; 1.00 of 2
  cores idle.
processes: the cores: 1.95 of 2 are busy on average.
)");
}

TEST_CASE("colour emphasises the winner and nothing else changes") {
    const ScenarioSummary summary{
        "a.yaml", "Which?", {variant("a", kSecond, 1000, 0), variant("b", kSecond / 2, 1950, 0)}};
    std::string text = verdict(summary, true);
    CHECK(text.find("\x1b[1mb ") != std::string::npos);
    for (const std::string code : {"\x1b[1m", "\x1b[0m"}) text.erase(text.find(code), code.size());
    CHECK(text == verdict(summary, false));
}

TEST_CASE("equally long runs with requests are compared by throughput") {
    ScenarioSummary summary{
        "a.yaml", "Which serves more?", {variant("slow", kSecond, 1000, 0), variant("fast", kSecond, 1950, 0)}};
    summary.variants[0].requests = {requests(100, 100, 5 * kMillisecond, 9 * kMillisecond)};
    summary.variants[1].requests = {requests(250, 250, kMillisecond, 2 * kMillisecond)};
    for (RunSummary& run : summary.variants) run.outcome = Outcome::limit;
    const std::string text = verdict(summary, false);
    check_shape(text);
    CHECK(text.find("variant  page/s  speed-up       p50       p99  cores busy") != std::string::npos);
    CHECK(text.find("fast wins: 2.50 times the throughput of slow") != std::string::npos);
}

TEST_CASE("equally long runs of which one serves no requests are compared by makespan") {
    ScenarioSummary summary{
        "a.yaml", "Which is done first?", {variant("none", kSecond, 1000, 0), variant("some", kSecond, 1000, 0)}};
    summary.variants[0].requests = {requests(0, 0, 0, 0)};
    summary.variants[1].requests = {requests(250, 250, kMillisecond, 2 * kMillisecond)};
    const std::string text = verdict(summary, false);
    INFO(text);
    CHECK(text.find("variant  makespan") != std::string::npos);
}

TEST_CASE("runs of different lengths show latencies, and are compared by makespan") {
    ScenarioSummary summary{"a.yaml", "Q?", {variant("a", kSecond, 1000, 0), variant("b", kSecond / 2, 1000, 0)}};
    for (RunSummary& run : summary.variants) run.requests = {requests(100, 100, kMillisecond, kMillisecond)};
    const std::string text = verdict(summary, false);
    CHECK(text.find("makespan") != std::string::npos);
    CHECK(text.find("p99") != std::string::npos);
    CHECK(text.find("b wins: 2.00 times the speed of a") != std::string::npos);
}

TEST_CASE("nobody wins by less than 3 %") {
    const ScenarioSummary equal{"a.yaml", "Q?", {variant("a", 1000, 1000, 0), variant("b", 990, 1000, 0)}};
    CHECK(verdict(equal, false).find("No variant makes a difference to the speed (all within 3 %).") !=
          std::string::npos);
    const ScenarioSummary worse{"a.yaml", "Q?", {variant("a", 1000, 1000, 0), variant("b", 2000, 1000, 0)}};
    CHECK(verdict(worse, false).find("a wins; b has 50 % of its speed.") != std::string::npos);
    const ScenarioSummary tied{
        "a.yaml", "Q?", {variant("a", 1000, 1000, 0), variant("b", 2000, 1000, 0), variant("c", 990, 1000, 0)}};
    CHECK(verdict(tied, false).find("None is more than 3 % faster than a; b has 50 % of its speed.") !=
          std::string::npos);
}

TEST_CASE("the fastest wins, with those on a par, and the slowest is named") {
    const ScenarioSummary summary{"a.yaml",
                                  "Q?",
                                  {variant("a", 1000, 1000, 0), variant("b", 502, 1000, 0), variant("c", 500, 1000, 0),
                                   variant("d", 4000, 1000, 0)}};
    CHECK_THAT(
        said(summary),
        Catch::Contains("c wins: 2.00 times the speed of a, 1.00 of 2 cores busy, with b on a par; d has 25 % of it."));
}

TEST_CASE("variants that are equally fast are told by what differs most") {
    ScenarioSummary summary{"a.yaml", "Q?", {variant("a", kSecond, 1000, 0), variant("b", kSecond, 1000, 0)}};
    summary.variants[0].interpreters[0].gil.handoffs = 10;
    summary.variants[1].interpreters[0].gil.handoffs = 90;
    CHECK_THAT(
        said(summary),
        Catch::Contains("(all within 3 %), but hand-offs of the GIL go from 10 a second (a) to 90 a second (b)."));
    summary.variants[0].requests = {requests(100, 100, kMillisecond, 3 * kMillisecond)};
    summary.variants[1].requests = {requests(100, 100, kMillisecond, 9 * kMillisecond)};
    CHECK_THAT(said(summary), Catch::Contains("but the p99 of page goes from 3.000 ms (a) to 9.000 ms (b)."));
    for (const Nanoseconds pause : {5 * kMillisecond, 50 * kMillisecond}) {
        ProcessSummary process;
        process.collections = 1;
        process.gc_pauses.max = pause;
        summary.variants[pause > 9 * kMillisecond ? 1 : 0].processes = {process};
    }
    CHECK_THAT(said(summary), Catch::Contains("but the longest collection goes from 5.000 ms (a) to 50.00 ms (b)."));
}

TEST_CASE("one sentence for all variants that it fits, with ranges") {
    const ScenarioSummary summary{
        "a.yaml", "Q?", {variant("a", kSecond, 1000, kSecond), variant("b", kSecond, 900, kSecond / 2)}};
    CHECK_THAT(said(summary), Catch::Contains("a, b: bytecode holds the GIL 90 to 100 % of the time; threads with work "
                                              "wait 36 to 50 % for it; 1.00 to 1.10 of 2 cores idle."));
}

TEST_CASE("where not all sentences have room, those of the variants that differ most are told") {
    ScenarioSummary summary{"a.yaml", "Q?", {}};
    for (int i = 0; i < 6; ++i) {
        summary.variants.push_back(variant("v" + std::to_string(i), kSecond + i * kSecond, 1000, kSecond));
        RequestSummary r = requests(10, 10, kMillisecond, kMillisecond);
        r.name = std::string(60, static_cast<char>('a' + i));
        r.states[ThreadState::waiting_gil] = kSecond;
        summary.variants.back().requests = {r};
    }
    const std::string text = verdict(summary, false);
    check_shape(text);
    CHECK(text.find("v5: a convoy") != std::string::npos);
    CHECK(text.find("v0: a convoy") == std::string::npos);
    CHECK(text.ends_with("... more with --variant NAME.\n"));
}

TEST_CASE("runs that were stopped at their limit are compared by what they served") {
    ScenarioSummary summary{"a.yaml",
                            "Q?",
                            {variant("stopped", kSecond, 1000, 0), variant("done", kSecond / 4, 1000, 0),
                             variant("silent", kSecond, 1000, 0)}};
    summary.variants[0].requests = {requests(50, 50, kMillisecond, kMillisecond)};
    summary.variants[1].requests = {requests(100, 400, kMillisecond, kMillisecond)};
    summary.variants[0].outcome = summary.variants[2].outcome = Outcome::limit;
    const std::string text = verdict(summary, false);
    INFO(text);
    check_shape(text);
    CHECK(text.find("done wins: 8.00 times the throughput of stopped") != std::string::npos);
    CHECK(text.find("page/s   makespan  speed-up") != std::string::npos);
    CHECK(text.find("silent        0  > 1.000 s         -") != std::string::npos);
}

TEST_CASE("a deadlock is told with its cycle, and not compared") {
    ScenarioSummary summary{"a.yaml", "Q?", {variant("a", kSecond, 1000, 0), variant("b", kSecond / 2, 1000, 0)}};
    summary.variants[1].outcome = Outcome::deadlock;
    summary.variants[1].deadlock = {"x waits for lock l, held by y", "y waits for lock m, held by x"};
    const std::string text = verdict(summary, false);
    check_shape(text);
    CHECK(text.find("  x waits for lock l, held by y\n  y waits for lock m, held by x\n") != std::string::npos);
    CHECK(text.find("cannot be compared") != std::string::npos);
}

TEST_CASE("requests without an answer are told where the program ended") {
    ScenarioSummary summary{"a.yaml", "Q?", {variant("a", kSecond, 1000, 0)}};
    summary.variants[0].requests = {requests(8, 8, kMillisecond, kMillisecond)};
    summary.variants[0].requests[0].unfinished = 2;
    CHECK_THAT(said(summary), Catch::Contains("a: the program ended, but 2 requests of `page` had no answer."));
    summary.variants[0].outcome = Outcome::limit;  // stopped in the midst of them
    CHECK_THAT(said(summary), !Catch::Contains("had no answer"));
}

TEST_CASE("six variants and long names stay within 15 lines") {
    ScenarioSummary summary{"a.yaml", std::string(140, 'q'), {}};
    for (int i = 0; i < 6; ++i)
        summary.variants.push_back(
            variant("variant-" + std::to_string(i), kSecond + i * 100'000'000, 1000 + 190 * i, i * kSecond));
    std::istringstream in(verdict(summary, false));
    int lines = 0;
    for (std::string line; std::getline(in, line);) ++lines;
    CHECK(lines <= 16);
}

TEST_CASE("one variant needs no winner, none needs nothing") {
    const ScenarioSummary one{"a.yaml", "", {variant("main", kSecond, 1000, 0)}};
    const std::string text = verdict(one, false);
    CHECK(text.starts_with("a.yaml\n"));
    CHECK(text.find("wins") == std::string::npos);
    CHECK(verdict({"a.yaml", "Q?", {}}, false) == "Q?\n");
}

// --- crossovers
// -------------------------------------------------------------------------------------------------------

namespace {

/// Two families at 10 us, 100 us and 1 ms, whose second takes so many ms where the first takes ten.
std::string crossing(std::vector<Nanoseconds> other, const char* mark = "@") {
    ScenarioSummary summary{"x.yaml", "Which?", {}};
    const std::vector<std::string> quantities{"10us", "100us", "1ms"};
    for (const auto& quantity : quantities)
        summary.variants.push_back(variant("one" + (mark + quantity), 10 * kMillisecond, 500, 0));
    for (std::size_t i = 0; i < other.size(); ++i)
        summary.variants.push_back(variant("other" + (mark + quantities[i]), other[i] * kMillisecond, 500, 0));
    std::string text = verdict(summary, false);
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

}  // namespace

TEST_CASE("families of variants are compared at each quantity in their names") {
    // Half as fast at 10 us, twice as fast at 100 us: between them, in logarithms the middle.
    CHECK(crossing({20, 5, 5}).find("other is faster than one from about 32us on.") != std::string::npos);
    CHECK(crossing({5, 5, 20}).find("other is slower than one from about 320us on.") != std::string::npos);
    CHECK(crossing({5, 5, 5}).find("other is faster than one from 10us on.") != std::string::npos);
    CHECK(crossing({20, 20, 20}).find("other is not faster than one, up to 1ms.") != std::string::npos);
}

TEST_CASE("families of variants may be compared with one that has no quantity") {
    ScenarioSummary summary{
        "x.yaml",
        "Which?",
        {variant("alone", 10 * kMillisecond, 500, 0), variant("pool@1KiB", 5 * kMillisecond, 500, 0),
         variant("pool@100KiB", 20 * kMillisecond, 500, 0)}};
    INFO(verdict(summary, false));
    CHECK(verdict(summary, false).find("pool is slower than alone from about 10KiB on.") != std::string::npos);
    summary.variants.push_back(variant("other", 10 * kMillisecond, 500, 0));
    CHECK(verdict(summary, false).find("slower than alone from") == std::string::npos);
}

TEST_CASE("without a quantity after an @, or with one in common, there is no crossover") {
    CHECK(crossing({20, 5, 5}, "-").find("faster than one from") == std::string::npos);
    CHECK(crossing({20}).find("faster than one from") == std::string::npos);
}
