/// What the mechanisms of this machine cost, measured alone: `gilsim-probe NAME CPU [CPU]` prints one JSON object with
/// the samples' quantiles in nanoseconds (of a few: bytes, percent), and what a turn of a loop took before and after.
/// Stands alone, so that nothing else is in the process.

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

double at(const Samples& ordered, double share) {
    return ordered[std::min(ordered.size() - 1, static_cast<std::size_t>(share * static_cast<double>(ordered.size())))];
}

// Whether the median is known to 2 %: its 95 % interval is n / 2 -+ 0.98 sqrt(n) in the order of n samples.
bool certain(const Samples& ordered) {
    const double far = 0.98 / std::sqrt(static_cast<double>(ordered.size()));
    return ordered.size() < 2 ||
           at(ordered, 0.5 + far) - at(ordered, std::max(0.0, 0.5 - far)) <= 0.04 * std::abs(at(ordered, 0.5));
}

// Samples in their order: where they scatter much, more of them, for about a second.
Samples enough(const std::function<Samples()>& probe) {
    const double begin = now();
    Samples samples;
    do {
        const Samples more = probe();
        if (more.empty()) break;
        samples.insert(samples.end(), more.begin(), more.end());
        std::sort(samples.begin(), samples.end());
    } while (!certain(samples) && now() - begin < 1e9);
    return samples;
}

// How fast a CPU is: nanoseconds of a turn of a loop whose turns wait for one another.
double turn(int cpu) {
    pin(cpu);
    constexpr int kTurns = 500'000;
    volatile double first = 1.5;
    Samples samples;
    for (int i = 0; i < 7; ++i) {
        double x = first;
        const double begin = now();
        for (int k = 0; k < kTurns; ++k) x = x * 0.5 + 0.75;
        first = x;
        samples.push_back((now() - begin) / kTurns);
    }
    std::sort(samples.begin(), samples.end());
    return samples[samples.size() / 2];
}

int run(const std::string& name, int a, int b) {
    Probes probes = scheduling_probes(a, b);
    probes.merge(sleeper_probes(a, b));
    probes.merge(condition_probes(a, b));
    probes.merge(timer_probes(a));
    probes.merge(memory_probes(a, b));
    probes.merge(cache_probes(a));
    probes.merge(ipc_probes(a, b));
    const auto probe = probes.find(name);
    if (probe == probes.end()) {
        std::fprintf(stderr, "usage: gilsim-probe NAME CPU [CPU]; names:");
        for (const auto& [known, call] : probes) std::fprintf(stderr, " %s", known.c_str());
        std::fprintf(stderr, "\n");
        return 2;
    }
    const auto turns = [=] { return (turn(b) + turn(a)) / 2; };
    const double before = turns();
    const Samples samples = enough(probe->second);
    if (samples.empty()) {
        std::fprintf(stderr, "gilsim-probe: %s cannot be measured here\n", name.c_str());
        return 1;
    }
    std::printf("{\"n\": %zu, \"p10\": %.1f, \"p50\": %.1f, \"p90\": %.1f, \"p99\": %.1f, \"before\": %.3f, \"after\": %.3f}\n",
                samples.size(), at(samples, 0.1), at(samples, 0.5), at(samples, 0.9), at(samples, 0.99), before,
                turns());
    return 0;
}

}  // namespace
}  // namespace gilsim::probe

int main(int count, char** words) {
    const int a = count > 2 ? std::atoi(words[2]) : 0;
    return gilsim::probe::run(count > 1 ? words[1] : "", a, count > 3 ? std::atoi(words[3]) : a);
}
