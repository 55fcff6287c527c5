#include "tests/bench/sweep_rate.hpp"

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/resource.h>

#include "analysis/sweep/sweep.hpp"

namespace gilsim::bench {
namespace {

constexpr const char* kSmall = R"(gilsim: 1
title: How fast are small runs?
machine: {cores: 2}
interpreter: {version: "3.11"}
parameters: {work: 10ms, workers: 2}
programs: {p: [{compute: "${work / workers}"}]}
threads: {worker: {count: "${workers}", run: p}}
sweep: {grid: {workers: [1, 2, 4], work: 1ms..20ms+1ms}, repeat: 10}
)";

double processor_seconds_with_children() {
    double seconds = 0;
    for (const int who : {RUSAGE_SELF, RUSAGE_CHILDREN}) {
        rusage usage{};
        ::getrusage(who, &usage);
        for (const timeval& t : {usage.ru_utime, usage.ru_stime})
            seconds += static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) * 1e-6;
    }
    return seconds;
}

}  // namespace

SweepRate run_small_sweep() {
    std::string folder = (std::filesystem::temp_directory_path() / "gilsim-bench-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr) return {};
    SweepRate rate;
    {
        const double begin = processor_seconds_with_children();
        const scenario::SweepFile file(kSmall, "small.yaml", "", {}, {}, {});
        analysis::SweepWorkers workers(file, 1, {});
        const analysis::SweepPlan plan = analysis::plan_sweep(file, {}, {});
        analysis::SweepStore store(folder + "/s.sqlite", plan.head);
        rate.runs = analysis::run_sweep(plan, store, workers).done;
        rate.processor_seconds = processor_seconds_with_children() - begin;
    }
    std::filesystem::remove_all(folder);
    return rate;
}

}  // namespace gilsim::bench
