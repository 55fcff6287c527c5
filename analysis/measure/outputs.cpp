#include "analysis/measure/outputs.hpp"

#include <array>

namespace gilsim::analysis {
namespace {

constexpr std::array kRun{
    OutputRow{"makespan", "s", "makespan", "makespan_ns", "", "from the first start to the last join"},
    OutputRow{"voluntary", "1", "count", "context_switches.voluntary", "",
              "voluntary context switches of all threads and processes"},
    OutputRow{"involuntary", "1", "count", "context_switches.involuntary", "",
              "involuntary context switches of all threads and processes"},
    OutputRow{"user", "s", "makespan", "", "", "CPU time in user mode"},
    OutputRow{"system", "s", "makespan", "", "", "CPU time in the kernel"},
    OutputRow{"minor_faults", "1", "count", "processes.*.page_faults", "", "page faults without input or output", true},
    OutputRow{"major_faults", "1", "count", "", "", "page faults with input or output"},
    OutputRow{"max_rss", "bytes", "memory", "processes.^.rss_peak_bytes", "",
              "greatest resident set of a process, the runner's own included", true},
    OutputRow{"unique", "bytes", "memory", "processes.main.uss_end_bytes", "",
              "memory of the main process at the end that it shares with no other", true},
    OutputRow{"gc_collections", "1", "count", "processes.main.collections", "",
              "garbage collections of the main process", true},
    OutputRow{"gc_total", "s", "makespan", "processes.main.gc_total_ns", "", "all of them together", true},
    OutputRow{"gc_longest", "s", "p99", "processes.main.gc_pauses.max_ns", "", "the longest of them", true},
};

constexpr std::array kRequest{
    OutputRow{"count", "1", "count", "count", "", "requests completed"},
    OutputRow{"throughput", "per_s", "throughput", "count", "{figure} / {makespan}", "requests per second"},
    OutputRow{"mean", "s", "mean", "latency.mean_ns", "", "mean latency"},
    OutputRow{"p50", "s", "p50", "latency.p50_ns", "", "median latency"},
    OutputRow{"p90", "s", "p99", "latency.p90_ns", "", "90th percentile of the latency"},
    OutputRow{"p99", "s", "p99", "latency.p99_ns", "", "99th percentile of the latency"},
    OutputRow{"max", "s", "p99", "", "", "longest latency"},
};

}  // namespace

std::span<const OutputRow> run_outputs() {
    return kRun;
}
std::span<const OutputRow> request_outputs() {
    return kRequest;
}

}  // namespace gilsim::analysis
