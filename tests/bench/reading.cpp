#include "tests/bench/reading.hpp"

#include <functional>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "analysis/report/formats.hpp"
#include "analysis/report/inputs.hpp"
#include "analysis/trace/reader.hpp"
#include "model/engine/isolate.hpp"
#include "model/trace/perfetto.hpp"
#include "tests/bench/processor_time.hpp"
#include "tests/trace/small_run.hpp"

namespace gilsim::bench {
namespace {

constexpr std::int64_t kEventsPerRound = 14;

struct Count final : trace::Sink {
    void event(const trace::Event& /*e*/) override { ++events; }
    void finish(Nanoseconds /*end*/, trace::Outcome /*outcome*/) override {}
    std::int64_t events = 0;
};

struct Reading {
    double seconds = 0;
    std::int64_t events = 0;
    long resident_kib = 0;
};

// In a process of its own, so that its peak of memory is its own.
Reading measured(const std::function<std::int64_t()>& work) {
    const auto child = engine::in_child([&] {
        std::int64_t events = 0;
        const double seconds = seconds_of([&] { events = work(); });
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return nlohmann::json{seconds, events, usage.ru_maxrss}.dump();
    });
    if (!child.ok) {
        fmt::print(stderr, "bench: reading failed: {}\n", child.error);
        return {};
    }
    const auto result = nlohmann::json::parse(child.payload);
    return {result[0], result[1], result[2]};
}

}  // namespace

void reading() {
    fmt::print("\nReading traces back, in events per second of processor time\n\n");
    fmt::print(
        "| events | file, MB | read, million/s | analysed, million/s | peak, MiB | page, s | its size, MB | peak, MiB "
        "|\n");
    fmt::print("|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (const std::int64_t events : {100'000, 1'000'000, 10'000'000}) {
        const test::Folder folder;
        const auto file = folder / "t.pftrace";
        const auto directory = test::handoff_directory();
        trace::PerfettoSink sink(directory, file, "bench");
        test::play_handoffs(sink, static_cast<int>(events / kEventsPerRound));
        const Reading read = measured([&] {
            analysis::TraceReader reader(file);
            Count count;
            reader.read(count);
            return count.events;
        });
        const Reading analysed = measured([&] {
            analysis::TraceReader reader(file);
            analysis::RunAnalysis run(reader.directory());
            reader.read(run);
            return reader.events();
        });
        const Reading page = measured(
            [&] { return static_cast<std::int64_t>(analysis::report_page(analysis::report_data({file}, {})).size()); });
        const auto rate = [](const Reading& s) { return static_cast<double>(s.events) / s.seconds / 1e6; };
        fmt::print("| {} | {:.1f} | {:.2f} | {:.2f} | {:.0f} | {:.2f} | {:.1f} | {:.0f} |\n", read.events,
                   static_cast<double>(std::filesystem::file_size(file)) / 1e6, rate(read), rate(analysed),
                   static_cast<double>(analysed.resident_kib) / 1024, page.seconds,
                   static_cast<double>(page.events) / 1e6, static_cast<double>(page.resident_kib) / 1024);
    }
}

}  // namespace gilsim::bench
