/// The Perfetto sinks, read back by the independent reader.

#include <algorithm>
#include <fstream>
#include <tuple>

#include "model/trace/perfetto.hpp"
#include "tests/catch.hpp"
#include "tests/trace/events_back.hpp"
#include "tests/trace/small_run.hpp"

namespace gilsim::trace {

static bool operator==(const Event& a, const Event& b) {
    return std::tie(a.time, a.kind, a.core, a.thread, a.object, a.value) ==
           std::tie(b.time, b.kind, b.core, b.thread, b.object, b.value);
}

static std::ostream& operator<<(std::ostream& out, const Event& e) {
    return out << e.time << ' ' << name(e.kind) << " core " << e.core << " thread " << e.thread << " object "
               << e.object << " value " << e.value;
}

}  // namespace gilsim::trace

namespace gilsim::test {

namespace {

using Span = std::tuple<std::string, std::int64_t, std::int64_t>;

/// Name, begin and end of the slices of a track, given by its name and that of its parent.
std::vector<Span> spans(const Trace& trace, const std::string& name, const std::string& parent = "") {
    Violations found;
    std::vector<Span> result;
    for (const auto& [uuid, slices] : trace.slices(found)) {
        const auto track = trace.tracks.find(uuid);
        if (track == trace.tracks.end() || track->second.name != name) continue;
        const auto up = trace.tracks.find(track->second.parent);
        if (!parent.empty() && (up == trace.tracks.end() || up->second.name != parent)) continue;
        for (const auto& slice : slices) result.emplace_back(slice.begin->name, slice.begin->time, slice.end->time);
    }
    CHECK(found.empty());
    return result;
}

/// Values over time of a counter, by name.
std::vector<std::pair<std::int64_t, std::int64_t>> samples(const Trace& trace, const std::string& name) {
    std::vector<std::pair<std::int64_t, std::int64_t>> result;
    const auto is = [&](std::uint64_t uuid) { return trace.tracks.at(uuid).name == name; };
    for (const auto& item : trace.items) {
        if (item.kind == Item::Kind::counter && is(item.track)) result.emplace_back(item.time, item.value);
        for (const auto& [uuid, value] : item.also) {
            if (is(uuid)) result.emplace_back(item.time, value);
        }
    }
    return result;
}

/// Resident memory of this process, in bytes.
std::size_t resident() {
    std::ifstream in("/proc/self/statm");
    std::size_t total = 0, pages = 0;
    in >> total >> pages;
    return pages * 4096;
}

void check_decodes_with_protoc(const std::filesystem::path& file) {
    auto* const pipe = popen(("protoc --decode_raw < '" + file.string() + "' > /dev/null").c_str(), "r");
    REQUIRE(pipe != nullptr);
    CHECK(pclose(pipe) == 0);
}

}  // namespace

TEST_CASE("the small run breaks no law", "[perfetto]") {
    const auto trace = written_and_read(small_run());
    CHECK(check_laws(trace) == Violations{});
    CHECK(trace.outcome == "deadlock");
    CHECK(trace.end == 9'000'000);
}

TEST_CASE("every event can be rebuilt from the file, in order", "[perfetto]") {
    const auto run = small_run();
    const auto events = events_of(written_and_read(run));
    REQUIRE(events.size() == run.events.size());
    for (std::size_t i = 0; i < events.size(); ++i) {
        INFO("event " << i);
        CHECK(events[i] == run.events[i]);
    }
    std::vector<bool> kinds(trace::kEventKinds.size());
    for (const auto& event : run.events) kinds[static_cast<std::size_t>(event.kind)] = true;
    CHECK(std::find(kinds.begin(), kinds.end(), false) == kinds.end());  // the small run has every kind
}

TEST_CASE("the directory can be rebuilt from the file", "[perfetto]") {
    const auto run = small_run();
    const auto trace = written_and_read(run);
    const auto d = directory_of(trace);
    const auto& expected = run.directory;
    CHECK(d.scenario == expected.scenario);
    CHECK(d.variant == expected.variant);
    CHECK(d.seed == expected.seed);
    CHECK(d.cores == expected.cores);
    CHECK(d.labels == expected.labels);
    CHECK(d.requests == expected.requests);
    const auto same = [](const auto& a, const auto& b, auto&& key) {
        REQUIRE(a.size() == b.size());
        for (std::size_t i = 0; i < a.size(); ++i) CHECK(key(a[i]) == key(b[i]));
    };
    same(d.processes, expected.processes, [](const auto& p) { return std::tuple(p.name, p.pid); });
    same(d.threads, expected.threads, [](const auto& t) { return std::tuple(t.name, t.process, t.tid); });
    same(d.interpreters, expected.interpreters, [](const auto& i) { return std::tuple(i.name, i.process, i.policy); });
    same(d.locks, expected.locks, [](const auto& l) { return std::tuple(l.name, l.process); });
    same(d.counters, expected.counters, [](const auto& c) { return std::tuple(c.name, c.unit, c.process); });
}

TEST_CASE("tracks of the small run", "[perfetto]") {
    const auto trace = written_and_read(small_run());
    CHECK(spans(trace, "worker", "python") == std::vector<Span>{{"joining", 1'000, 1'000},
                                                                {"runnable", 1'000, 1'500},
                                                                {"runtime", 1'500, 2'000},
                                                                {"waiting_gil", 2'000, 5'002'400},
                                                                {"runnable", 5'002'400, 5'022'400},
                                                                {"runtime", 5'022'400, 5'022'600},
                                                                {"bytecode", 5'022'600, 5'025'000},
                                                                {"collecting", 5'025'000, 5'026'000},
                                                                {"paging", 5'026'000, 5'027'000},
                                                                {"bytecode", 5'027'000, 7'000'000},
                                                                {"waiting_lock", 7'000'000, 9'000'000}});
    CHECK(spans(trace, "GIL main") == std::vector<Span>{{"main", 0, 5'002'400},
                                                        {"worker", 5'022'600, 7'000'000},
                                                        {"main", 7'020'100, 7'100'000},
                                                        {"main", 7'100'000, 7'500'000}});
    CHECK(spans(trace, "operations", "main") == std::vector<Span>{{"compute", 0, 9'000'000}, {"work", 100, 300}});
    CHECK(spans(trace, "lock x") == std::vector<Span>{{"main", 100, 900}, {"worker", 5'022'600, 9'000'000}});
    CHECK(spans(trace, "echo") ==
          std::vector<Span>{{"echo", 0, 7'100'000}, {"echo", 7'100'000, 9'000'000}, {"echo", 300, 900}});
    CHECK(samples(trace, "GIL waiters main") == std::vector<std::pair<std::int64_t, std::int64_t>>{
                                                    {2'000, 1}, {5'022'600, 0}, {5'030'000, 1}, {7'020'100, 0}});
    CHECK(samples(trace, "rss") == std::vector<std::pair<std::int64_t, std::int64_t>>{{0, 4096}, {7'100'000, -5}});
    CHECK(trace.processes == std::map<int, std::string>{{1000, "python"}, {1005, "child"}});
    CHECK(spans(trace, "GIL child") == std::vector<Span>{{"main", 900, 950}});
    CHECK(trace.threads.at(1001) == std::pair<int, std::string>{1000, "worker"});
}

TEST_CASE("scheduler events carry names, states and wakers", "[perfetto]") {
    const auto trace = written_and_read(small_run());
    std::vector<std::tuple<std::int64_t, int, std::string, std::int64_t, std::string>> lane;
    std::vector<std::tuple<std::int64_t, int, int, int, int>> wakings;
    for (const auto& item : trace.items) {
        if (item.kind == Item::Kind::sched_switch && item.core == 0) {
            lane.emplace_back(item.time, item.core, item.prev_comm, item.prev_state, item.next_comm);
        }
        if (item.kind == Item::Kind::sched_waking) {
            wakings.emplace_back(item.time, item.core, item.pid, item.next_tid, item.target_core);
        }
    }
    const std::string daemon = "a daemon with a";  // 15 bytes, as the kernel's comm
    CHECK(lane == decltype(lane){{0, 0, "swapper", 0, "main"},
                                 {5'002'400, 0, "main", 1, "swapper"},
                                 {5'030'000, 0, "swapper", 0, "main"},
                                 {5'030'100, 0, "main", 1, "swapper"},
                                 {6'001'000, 0, "swapper", 0, daemon},
                                 {8'000'000, 0, daemon, 0, "swapper"},
                                 {8'100'000, 0, "swapper", 0, daemon},
                                 {9'000'000, 0, daemon, 0, "swapper"}});
    CHECK(wakings == decltype(wakings){{200, 0, 1000, 1003, 1},
                                       {900, 1, 1003, 1005, 1},
                                       {1'000, 0, 1000, 1001, 1},
                                       {5'002'400, 0, 1000, 1001, 1},
                                       {5'022'600, 1, 1001, 1000, 0},
                                       {6'000'000, 0, 0, 1002, 0},
                                       {7'000'000, 1, 1001, 1000, 1}});
}

TEST_CASE("metadata is in the trace, for old viewers and new ones", "[perfetto]") {
    const auto trace = written_and_read(small_run());
    const std::map<std::string, std::string> expected{{"gilsim_version", "1.2.3"},
                                                      {"gilsim_encoding", "1"},
                                                      {"scenario", "small.yaml"},
                                                      {"variant", "threads"},
                                                      {"seed", "7"},
                                                      {"cores", "2"}};
    CHECK(trace.attributes == expected);
    CHECK(trace.first_instant == expected);
}

TEST_CASE("traces decode with protoc, and two writes are equal", "[perfetto]") {
    const Folder folder;
    const auto run = small_run();
    for (const char* name : {"a.pftrace", "b.pftrace", "a.pftrace.gz", "b.pftrace.gz"}) {
        trace::PerfettoSink sink(run.directory, folder / name, "1.2.3");
        run.play(sink);
        CHECK_FALSE(sink.failed());
    }
    CHECK(read_file(folder / "a.pftrace") == read_file(folder / "b.pftrace"));
    CHECK(read_file(folder / "a.pftrace") == read_file(folder / "a.pftrace.gz"));
    std::ifstream a(folder / "a.pftrace.gz", std::ios::binary), b(folder / "b.pftrace.gz", std::ios::binary);
    CHECK(std::string(std::istreambuf_iterator<char>(a), {}) == std::string(std::istreambuf_iterator<char>(b), {}));
    check_decodes_with_protoc(folder / "a.pftrace");

    trace::PerfettoSummarySink summary(run.directory, folder / "s.pftrace", "1.2.3");
    run.play(summary);
    check_decodes_with_protoc(folder / "s.pftrace");
}

TEST_CASE("the summary has life, requests, GIL and counters per window", "[perfetto]") {
    const Folder folder;
    const auto run = small_run();
    trace::PerfettoSummarySink sink(run.directory, folder / "s.pftrace", "1.2.3", 2 * kMillisecond);
    run.play(sink);
    const auto trace = decode_file(folder / "s.pftrace");
    CHECK(check_form(trace) == Violations{});
    CHECK(check_requests(trace) == Violations{});
    CHECK(spans(trace, "helper") == std::vector<Span>{{"alive", 200, 900}});
    CHECK(spans(trace, "worker") == std::vector<Span>{{"alive", 1'000, 9'000'000}});
    using Samples = std::vector<std::pair<std::int64_t, std::int64_t>>;
    CHECK(samples(trace, "GIL held main") == Samples{{2'000'000, 2'000'000},  // the next window is equal
                                                     {6'000'000, 1'002'400 + 977'400},
                                                     {8'000'000, 1'000'000 + 479'900},
                                                     {9'000'000, 0}});
    CHECK(samples(trace, "GIL hand-offs main") == Samples{{6'000'000, 1}, {9'000'000, 0}});  // in between: 1 again
    CHECK(samples(trace, "rss") == Samples{{2'000'000, 4096}, {8'000'000, -5}});
    for (const auto& item : trace.items) CHECK(item.kind != Item::Kind::sched_switch);
}

TEST_CASE("a long quiet time costs the summary no windows", "[perfetto]") {
    const Folder folder;
    auto run = small_run();
    run.end = 20LL * 24 * 3600 * kSecond;
    trace::PerfettoSummarySink sink(run.directory, folder / "s.pftrace", "1.2.3", kMillisecond);
    run.play(sink);
    CHECK(decode_file(folder / "s.pftrace").end == run.end);
}

TEST_CASE("a million events: bounded memory, some 40 bytes each, all laws hold", "[perfetto]") {
    const Folder folder;
    const auto directory = handoff_directory();
    constexpr int kRounds = 70'000;
    const auto before = resident();
    {
        trace::PerfettoSink sink(directory, folder / "t.pftrace", "1.2.3");
        play_handoffs(sink, kRounds);
        CHECK(resident() < before + 2'000'000);
    }
    const auto size = std::filesystem::file_size(folder / "t.pftrace");
    const auto events = 15.0 * kRounds;
    CHECK(events > 1'000'000);
    CHECK(static_cast<double>(size) / events < 42);
    const auto trace = decode_file(folder / "t.pftrace");
    CHECK(check_laws(trace) == Violations{});
}

}  // namespace gilsim::test
