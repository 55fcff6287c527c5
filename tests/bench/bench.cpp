/// The benchmark: this model, the same model in SimPy, and SimGrid's bare kernel timers. Prints the tables of
/// docs/benchmarks.md. Measures processor time, not elapsed time; what is compared is measured in turns.
///
///   gilsim_bench            everything
///   gilsim_bench --sweeps   only the rate of runs in a sweep
///   gilsim_bench --reading  only what it takes to read traces back
///   gilsim_bench --check    only that the model and its counterpart in SimPy hand the GIL over equally often; exit
///   status
///                           1 if not, 77 if there is no SimPy here

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>
#include <sys/resource.h>

#include "analysis/summary_builder.hpp"
#include "model/engine/engine.hpp"
#include "model/engine/isolate.hpp"
#include "model/trace/perfetto.hpp"
#include "model/workload/simulation.hpp"
#include "tests/bench/bare_timers.hpp"
#include "tests/bench/configuration.hpp"
#include "tests/bench/processor_time.hpp"
#include "tests/bench/reading.hpp"
#include "tests/bench/sweep_rate.hpp"

namespace gilsim::bench {

namespace {

using nlohmann::json;

/// Counts hand-offs: the least that a sink can do. What "tracing off" means here.
class Counter final : public trace::Sink {
public:
    void event(const trace::Event& e) override {
        ++events;
        if (e.kind == trace::EventKind::gil_acquire && e.value >= 0 && e.value != e.thread) ++hand_offs;
    }
    void finish(Nanoseconds /*end*/, trace::Outcome /*outcome*/) override {}
    std::int64_t events = 0;
    std::int64_t hand_offs = 0;
};

/// One measurement. A field that does not apply is 0.
struct Sample {
    double seconds = 0;
    std::uint64_t events = 0;  ///< of the simulation engine
    std::int64_t hand_offs = 0;
    long resident_kib = 0;  ///< peak of the process
};

template <class Work>
Sample in_own_process(const Work& work) {
    const auto child = engine::in_child([&work] {
        Sample s;
        work(s);
        rusage usage{};
        ::getrusage(RUSAGE_SELF, &usage);
        return json{s.seconds, s.events, s.hand_offs, usage.ru_maxrss}.dump();
    });
    if (!child.ok) {
        fmt::print(stderr, "bench: a run failed: {}\n", child.error);
        return {};
    }
    const json result = json::parse(child.payload);
    return {result[0], result[1], result[2], result[3]};
}

/// What the model's events go to, beside the counter.
enum class Output { none, summary, full };

Sample run_model(const scenario::Variant& variant, Output output) {
    return in_own_process([&](Sample& sample) {
        workload::Simulation simulation(variant, "bench");
        Counter counter;
        std::unique_ptr<trace::Sink> sink;
        if (output == Output::summary) sink = std::make_unique<analysis::SummaryBuilder>(simulation.directory());
        if (output == Output::full)
            sink = std::make_unique<trace::PerfettoSink>(simulation.directory(), "/dev/null", "bench");
        simulation.attach(counter);
        if (sink != nullptr) simulation.attach(*sink);
        workload::RunResult result;
        sample.seconds = seconds_of([&] { result = simulation.run(); });
        sample.events = result.engine_events;
        sample.hand_offs = counter.hand_offs;
    });
}

Sample run_bare(std::int64_t timers, std::uint64_t events = 500'000) {
    return in_own_process([timers, events](Sample& sample) {
        sample.seconds = run_bare_timers(timers, events);
        sample.events = events;
    });
}

bool have_simpy() {
    return std::system(GILSIM_PYTHON " -c 'import simpy' 2>/dev/null") == 0;
}

Sample run_simpy(const scenario::Variant& variant) {
    const std::string command =
        fmt::format("{} '{}' '{}'", GILSIM_PYTHON, GILSIM_BENCH_FOLDER "/gil_simpy.py", for_simpy(variant));
    std::string text;
    if (std::FILE* pipe = ::popen(command.c_str(), "r")) {
        std::array<char, 4096> buffer{};
        while (std::size_t n = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), n);
        ::pclose(pipe);
    }
    const json result = json::parse(text, nullptr, false);
    if (!result.is_object()) return {};
    return {.seconds = result["seconds"], .events = 0, .hand_offs = result["hand_offs"], .resident_kib = 0};
}

/// The run that took the median time.
const Sample& median(std::vector<Sample>& samples) {
    const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
    std::nth_element(samples.begin(), middle, samples.end(),
                     [](const Sample& a, const Sample& b) { return a.seconds < b.seconds; });
    return *middle;
}

double per_second(double count, const Sample& s) {
    return s.seconds > 0 ? count / s.seconds : 0;
}
double ns_per_event(const Sample& s) {
    return s.events > 0 ? s.seconds * 1e9 / static_cast<double>(s.events) : 0;
}

/// Held to: the counts differ by 1 % at most. They are expected to be equal (docs/benchmarks.md).
bool same_work(std::int64_t model, std::int64_t simpy) {
    return std::abs(model - simpy) * 100 <= model;
}

struct Size {
    std::int64_t threads;
    Nanoseconds simulated;  ///< so that SimPy takes a second or two
};
constexpr std::array kSizes{Size{2, 60 * kSecond}, Size{8, 20 * kSecond}, Size{32, 8 * kSecond},
                            Size{1000, 2 * kSecond}};
constexpr int kRounds = 5;

void compare() {
    struct Row {
        scenario::Variant variant;
        std::vector<Sample> simpy, bare, model, summary, full;
    };
    const bool simpy = have_simpy();
    if (!simpy) fmt::print("SimPy is not installed (apt install python3-simpy3): its columns stay empty.\n\n");
    std::vector<Row> rows(kSizes.size());
    for (int round = 0; round < kRounds; ++round)
        for (std::size_t i = 0; i < rows.size(); ++i) {
            Row& row = rows[i];
            row.variant = cpu_bound(kSizes[i].threads, kSizes[i].simulated);
            row.bare.push_back(run_bare(kSizes[i].threads));
            row.model.push_back(run_model(row.variant, Output::none));
            row.simpy.push_back(simpy ? run_simpy(row.variant) : Sample{});
            row.summary.push_back(run_model(row.variant, Output::summary));
            row.full.push_back(run_model(row.variant, Output::full));
        }

    fmt::print("Hand-offs of the GIL per second of processor time, against the same model in SimPy\n\n");
    fmt::print("| threads | simulated | hand-offs | in SimPy | SimPy /s | gilsim /s | ratio | bar |\n");
    fmt::print("|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const Sample& model = median(rows[i].model);
        const Sample& other = median(rows[i].simpy);
        const auto hand_offs = static_cast<double>(model.hand_offs);
        const double here = per_second(hand_offs, model);
        const double there = per_second(static_cast<double>(other.hand_offs), other);
        const char* same = other.hand_offs == model.hand_offs            ? "equal"
                           : same_work(model.hand_offs, other.hand_offs) ? "within 1 %"
                                                                         : "DIFFERENT";
        fmt::print("| {} | {:.1f} s | {} | {} ({}) | {:.0f} | {:.0f} | {:.1f} | 10 |\n", kSizes[i].threads,
                   static_cast<double>(kSizes[i].simulated) * 1e-9, model.hand_offs, other.hand_offs, same, there, here,
                   there > 0 ? here / there : 0);
    }

    fmt::print(
        "\nProcessor time per event, against SimGrid's bare kernel timers (ratio: events per second, gilsim over "
        "bare)\n\n");
    fmt::print(
        "| threads | bare, ns | gilsim, events | gilsim, ns | ratio | bar | with summary, ns | ratio | with full "
        "trace, ns | ratio | bar |\n");
    fmt::print("|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|---:|\n");
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const double bare = ns_per_event(median(rows[i].bare));
        const Sample& sample = median(rows[i].model);
        const double model = ns_per_event(sample);
        const double summary = ns_per_event(median(rows[i].summary));
        const double full = ns_per_event(median(rows[i].full));
        fmt::print("| {} | {:.0f} | {} | {:.0f} | {:.2f} | 0.50 | {:.0f} | {:.2f} | {:.0f} | {:.2f} | 0.25 |\n",
                   kSizes[i].threads, bare, sample.events, model, bare / model, summary, bare / summary, full,
                   bare / full);
    }
}

void scale() {
    struct Row {
        std::int64_t threads;
        std::vector<Sample> contended, lives;
    };
    std::vector<Row> rows;
    for (const std::int64_t threads : {2, 8, 32, 100, 1000, 10'000, 30'000}) rows.push_back({threads, {}, {}});
    constexpr double kContendedEvents = 400'000;
    for (int round = 0; round < 3; ++round)
        for (auto& row : rows) {
            // Threads that time out every 5 ms make the events; the sleep at the start takes its time too.
            if (row.threads <= 10'000) {
                const auto threads = static_cast<double>(row.threads);
                const double seconds = std::clamp(kContendedEvents / (1000 * threads), 0.02, 100.0) + threads * 0.0005;
                row.contended.push_back(
                    run_model(cpu_bound(row.threads, static_cast<Nanoseconds>(seconds * 1e9)), Output::none));
            }
            row.lives.push_back(run_model(short_lived(row.threads), Output::none));
        }
    fmt::print("\nGrowth: processor time per event, and memory, by number of threads\n\n");
    fmt::print(
        "| threads | all wait for the GIL, ns/event | start, sleep, compute, end: events | ns/event | peak memory, MiB "
        "| KiB per thread |\n");
    fmt::print("|---:|---:|---:|---:|---:|---:|\n");
    const auto empty = static_cast<double>(run_model(short_lived(1), Output::none).resident_kib);
    for (auto& row : rows) {
        const Sample& lives = median(row.lives);
        const auto resident = static_cast<double>(lives.resident_kib);
        fmt::print("| {} | {} | {} | {:.0f} | {:.0f} | {:.1f} |\n", row.threads,
                   row.contended.empty() ? "-" : fmt::format("{:.0f}", ns_per_event(median(row.contended))),
                   lives.events, ns_per_event(lives), resident / 1024,
                   (resident - empty) / static_cast<double>(row.threads));
    }
}

void sweeps() {
    std::vector<SweepRate> rates;
    for (int round = 0; round < kRounds; ++round) rates.push_back(run_small_sweep());
    std::sort(rates.begin(), rates.end(),
              [](const SweepRate& a, const SweepRate& b) { return a.processor_seconds < b.processor_seconds; });
    const SweepRate& middle = rates[rates.size() / 2];
    fmt::print("\nSweeps: small runs per second of processor time\n\n");
    fmt::print("| runs | runs/s | ms per run | bar, runs/s |\n|---:|---:|---:|---:|\n");
    fmt::print("| {} | {:.0f} | {:.2f} | 500 |\n", middle.runs, static_cast<double>(middle.runs) / middle.processor_seconds,
               middle.processor_seconds * 1e3 / static_cast<double>(middle.runs));
}

int check() {
    constexpr std::uint64_t kFew = 1000;
    if (run_bare(2, kFew).events != kFew) return 1;
    if (!have_simpy()) return 77;
    int status = 0;
    for (const auto& [threads, simulated] :
         {Size{2, 2 * kSecond}, Size{8, 2 * kSecond}, Size{32, kSecond}, Size{200, 300 * kMillisecond}}) {
        const auto variant = cpu_bound(threads, simulated);
        const std::int64_t model = run_model(variant, Output::none).hand_offs;
        const std::int64_t simpy = run_simpy(variant).hand_offs;
        const bool same = model > 0 && same_work(model, simpy);
        fmt::print("{} threads: {} hand-offs, in SimPy {}{}\n", threads, model, simpy, same ? "" : ": DIFFERENT");
        if (!same) status = 1;
    }
    return status;
}

}  // namespace

}  // namespace gilsim::bench

int main(int argc, char** argv) {
    using namespace gilsim;
    std::setvbuf(stdout, nullptr, _IONBF, 0);  // children must not inherit text that is still to be printed
    if (argc > 1 && std::string_view(argv[1]) == "--check") return bench::check();
    if (argc > 1 && std::string_view(argv[1]) == "--sweeps") {
        bench::sweeps();
        return 0;
    }
    if (argc > 1 && std::string_view(argv[1]) == "--reading") {
        bench::reading();
        return 0;
    }
    fmt::print("SimGrid {}, medians of {} rounds\n\n", engine::Engine::simgrid_version(), bench::kRounds);
    bench::compare();
    bench::scale();
    bench::sweeps();
    bench::reading();
    return 0;
}
