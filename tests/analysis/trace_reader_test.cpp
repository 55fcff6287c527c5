// Reading traces back: the same events from the file as from memory, and clear errors for files that are no traces.

#include <algorithm>
#include <array>
#include <fstream>

#include "analysis/insight/run_analysis.hpp"
#include "analysis/summary_json.hpp"
#include "analysis/trace/reader.hpp"
#include "model/engine/isolate.hpp"
#include "model/scenario/load.hpp"
#include "model/trace/perfetto.hpp"
#include "model/workload/simulation.hpp"
#include "tests/analysis/golden.hpp"
#include "tests/catch.hpp"
#include "tests/trace/small_run.hpp"

using namespace gilsim;
using analysis::TraceError;
using analysis::TraceReader;
using test::Folder;
namespace fs = std::filesystem;

namespace {

// Keeps what a sink is given.
struct Recording final : trace::Sink {
    void event(const trace::Event& e) override { events.push_back(e); }
    void finish(Nanoseconds at, trace::Outcome how) override {
        end = at;
        outcome = how;
    }
    std::vector<trace::Event> events;
    Nanoseconds end = -1;
    trace::Outcome outcome = trace::Outcome::completed;
};

std::string text(const trace::Event& e) {
    return std::to_string(e.time) + " " + std::string(name(e.kind)) + " core " + std::to_string(e.core) + " thread " +
           std::to_string(e.thread) + " object " + std::to_string(e.object) + " value " + std::to_string(e.value);
}

fs::path small_trace(const Folder& folder, const std::string& name) {
    const test::Run run = test::small_run();
    trace::PerfettoSink sink(run.directory, folder / name, "1.2.3");
    run.play(sink);
    return folder / name;
}

std::string bytes_of(const fs::path& file) {
    return gilsim::testing::content(file.string());
}

void write(const fs::path& file, const std::string& bytes) {
    std::ofstream(file, std::ios::binary) << bytes;
}

// What reading a file fails with; empty: it does not.
std::string error_of(const fs::path& file) {
    try {
        TraceReader reader(file);
        analysis::RunAnalysis analysis(reader.directory());
        reader.read(analysis);
        return "";
    } catch (const TraceError& e) {
        return e.what();
    }
}

}  // namespace

TEST_CASE("a trace, plain or compressed, gives back the events and the directory it was written from") {
    const Folder folder;
    const test::Run run = test::small_run();
    const std::string file = GENERATE("t.pftrace", "t.pftrace.gz");
    TraceReader reader(small_trace(folder, file));
    Recording back;
    reader.read(back);
    REQUIRE(back.events.size() == run.events.size());
    for (std::size_t i = 0; i < back.events.size(); ++i) CHECK(text(back.events[i]) == text(run.events[i]));
    CHECK(back.end == run.end);
    CHECK(back.outcome == run.outcome);
    CHECK(reader.events() == static_cast<std::int64_t>(run.events.size()));
    CHECK(reader.version() == "1.2.3");

    const trace::Directory& d = reader.directory();
    CHECK(d.scenario == run.directory.scenario);
    CHECK(d.variant == run.directory.variant);
    CHECK(d.seed == run.directory.seed);
    CHECK(d.cores == run.directory.cores);
    CHECK(d.labels == run.directory.labels);
    CHECK(d.requests == run.directory.requests);
    REQUIRE(d.threads.size() == run.directory.threads.size());
    for (std::size_t i = 0; i < d.threads.size(); ++i) {
        CHECK(d.threads[i].name == run.directory.threads[i].name);
        CHECK(d.threads[i].process == run.directory.threads[i].process);
        CHECK(d.threads[i].tid == run.directory.threads[i].tid);
    }
    REQUIRE(d.interpreters.size() == run.directory.interpreters.size());
    CHECK(d.interpreters[0].name == run.directory.interpreters[0].name);
    CHECK(d.interpreters[0].policy == run.directory.interpreters[0].policy);
    REQUIRE(d.locks.size() == run.directory.locks.size());
    CHECK(d.locks[1].name == run.directory.locks[1].name);
    REQUIRE(d.counters.size() == run.directory.counters.size());
    CHECK(d.counters[0].unit == run.directory.counters[0].unit);
}

TEST_CASE("figures from a long file are those of the run as it happened") {
    const Folder folder;
    const trace::Directory directory = test::handoff_directory();
    trace::PerfettoSink sink(directory, folder / "t.pftrace", "1");
    analysis::SummaryBuilder live(directory);
    struct Both final : trace::Sink {
        Both(trace::Sink& x, trace::Sink& y) : a(x), b(y) {}
        void event(const trace::Event& e) override {
            a.event(e);
            b.event(e);
        }
        void finish(Nanoseconds end, trace::Outcome outcome) override {
            a.finish(end, outcome);
            b.finish(end, outcome);
        }
        trace::Sink& a;
        trace::Sink& b;
    } both(sink, live);
    test::play_handoffs(both, 20'000);
    TraceReader reader(folder / "t.pftrace");
    analysis::RunAnalysis analysis(reader.directory());
    reader.read(analysis);
    CHECK(analysis::to_json(analysis.summary()) == analysis::to_json(live.summary()));
    CHECK(analysis.summary().interpreters.at(0).gil.handoffs == 20'000);
}

TEST_CASE("late turns of loops with different periods come back from a trace") {
    const auto loaded = scenario::load_text(
        "gilsim: 1\n"
        "programs:\n"
        "  a: [{repeat: {every: 10ms, times: 3, late: rare, do: [{compute: 1ms}]}}]\n"
        "  b: [{repeat: {every: 3ms, times: 9, late: often, do: [{compute: 1ms}]}}]\n"
        "threads: {a: a, b: b}\n",
        "late.yaml", GILSIM_SOURCE_DIR, {});
    REQUIRE(loaded.scenario.has_value());
    const Folder folder;
    const auto child = engine::in_child([&] {
        workload::Simulation simulation(loaded.scenario->variants.at(0), "test");
        trace::PerfettoSink sink(simulation.directory(), folder / "t.pftrace", "1");
        simulation.attach(sink);
        simulation.run();
        return std::string();
    });
    INFO(child.error);
    REQUIRE(child.ok);
    CHECK(error_of(folder / "t.pftrace").empty());
    TraceReader reader(folder / "t.pftrace");
    Recording back;
    reader.read(back);
    CHECK(std::count_if(back.events.begin(), back.events.end(),
                        [](const trace::Event& e) { return e.kind == trace::EventKind::request_end; }) == 12);
}

TEST_CASE("a trace that ends at any byte is refused, with the byte") {
    const Folder folder;
    const std::string whole = bytes_of(small_trace(folder, "t.pftrace"));
    const fs::path cut = folder / "cut.pftrace";
    for (std::size_t size = 0; size < whole.size(); ++size) {
        write(cut, whole.substr(0, size));
        const std::string error = error_of(cut);
        // Behind the packet that ends the run, only what closes open slices may be missing.
        if (error.empty()) CHECK(size > whole.size() - 400);
        if (!error.empty()) CHECK_THAT(error, Catch::Contains(": byte ") && Catch::Contains("--trace full"));
    }
    write(cut, whole.substr(0, 1000));
    CHECK_THAT(error_of(cut), Catch::Contains("ends inside a packet") || Catch::Contains("ends before the run does"));
    write(cut, "");
    CHECK_THAT(error_of(cut), Catch::Contains("byte 0: the file is empty"));

    const std::string compressed = bytes_of(small_trace(folder, "t.pftrace.gz"));
    const fs::path cut_gz = folder / "cut.pftrace.gz";
    for (const std::size_t size : {compressed.size() / 4, compressed.size() / 2, compressed.size() - 1}) {
        write(cut_gz, compressed.substr(0, size));
        CHECK_THAT(error_of(cut_gz), Catch::Contains("the compressed file is cut off"));
    }
}

TEST_CASE("a trace with any byte changed is read or refused, never worse") {
    const Folder folder;
    const std::string whole = bytes_of(small_trace(folder, "t.pftrace"));
    const fs::path file = folder / "changed.pftrace";
    for (std::size_t i = 0; i < whole.size(); ++i) {
        std::string bytes = whole;
        const unsigned change = std::array{0x01U, 0x80U, 0xFFU}[i % 3];
        bytes[i] = static_cast<char>(static_cast<unsigned char>(bytes[i]) ^ change);
        write(file, bytes);
        const std::string error = error_of(file);
        if (!error.empty()) CHECK_THAT(error, Catch::Contains(": byte "));
    }
}

TEST_CASE("files that are no full traces of gilsim say what they are") {
    const Folder folder;
    const fs::path file = folder / "t.pftrace";
    write(file, R"({"traceEvents": []})");
    CHECK_THAT(error_of(file), Catch::Contains("byte 0: this is no Perfetto trace but looks like JSON"));
    write(file, "0 python process_start\n");
    CHECK_THAT(error_of(file), Catch::Contains("byte 0: this is no Perfetto trace;"));
    CHECK_THAT(error_of(folder / "none.pftrace"), Catch::Contains("cannot be opened: No such file"));
    CHECK_THAT(error_of(folder.path()), Catch::Contains("this is a folder"));

    // Packets of another program: one with a clock snapshot, one with a track of its own.
    write(file, std::string("\x0a\x02\x32\x00", 4));
    CHECK_THAT(error_of(file), Catch::Contains("not one that gilsim wrote"));
    write(file, std::string("\x0a\x08\xe2\x03\x05\x08\x63\x12\x01x", 10));
    CHECK_THAT(error_of(file), Catch::Contains("not one that gilsim wrote"));

    const test::Run run = test::small_run();
    trace::PerfettoSummarySink sink(run.directory, folder / "s.pftrace", "1", 10 * kMillisecond);
    run.play(sink);
    CHECK_THAT(error_of(folder / "s.pftrace"), Catch::Contains("summary trace") && Catch::Contains("--trace full"));

    std::string bytes = bytes_of(small_trace(folder, "v.pftrace"));
    const auto key = bytes.find("gilsim_encoding");
    REQUIRE(key != std::string::npos);
    bytes[key + 17] = '7';  // behind the key: field, length, value
    write(file, bytes);
    CHECK_THAT(error_of(file), Catch::Contains("the trace has encoding 7, this gilsim reads 1"));

    bytes = bytes_of(folder / "v.pftrace");
    bytes[bytes.find("waiting_gil")] = 'W';
    write(file, bytes);
    CHECK_THAT(error_of(file), Catch::Contains("this one knows no 'Waiting_gil'"));
}
