// The last-level cache: what of it is left to us, and what lines beyond it cost whoever goes through a linked list.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <numeric>
#include <random>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

constexpr std::size_t kPool = 4 * kPage;  // of CPython's allocator since 3.10

// How a list goes through memory.
struct Way {
    std::size_t run = kPool;  // bytes that it goes through without a gap
    bool apart = true;        // as much is left out before the next run
    bool shuffled = false;    // the lines of a run come in any order
};

// A linked list of lines.
class LineList {
public:
    LineList(std::size_t bytes, const Way& way) : memory_(bytes / sizeof(std::size_t) * (way.apart ? 2 : 1)) {
        std::minstd_rand random(1);
        std::vector<std::size_t> within(way.run / kLine);
        std::iota(within.begin(), within.end(), 0);
        std::size_t* last = &first_;
        for (std::size_t run = 0; run < bytes / way.run; ++run) {
            if (way.shuffled) std::shuffle(within.begin(), within.end(), random);
            for (const std::size_t line : within) {
                *last = (run * way.run * (way.apart ? 2 : 1) + line * kLine) / sizeof(std::size_t);
                last = &memory_[*last];
            }
        }
        *last = first_;
        count_ = bytes / way.run * within.size();
    }
    // Once through the list, several times over, and a short one often enough to outlast what a neighbour on the host
    // does meanwhile: nanoseconds a line.
    Samples walk() const {
        Samples samples;
        volatile std::size_t last = 0;
        const std::size_t rounds = std::max(kRounds, kLines / std::max<std::size_t>(count_, 1));
        for (std::size_t round = 0; round <= rounds; ++round) {
            const double begin = now();
            std::size_t at = first_;
            for (std::size_t i = 0; i < count_; ++i) at = memory_[at];
            last = at;
            if (round > 0) samples.push_back((now() - begin) / static_cast<double>(count_));
        }
        static_cast<void>(last);
        return samples;
    }
    double line() const {
        Samples samples = walk();
        const auto middle = samples.begin() + static_cast<std::ptrdiff_t>(samples.size() / 2);
        std::nth_element(samples.begin(), middle, samples.end());
        return *middle;
    }

private:
    static constexpr std::size_t kLine = 64;
    static constexpr std::size_t kRounds = 5;
    static constexpr std::size_t kLines = std::size_t{1} << 22;
    std::vector<std::size_t> memory_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

// The cache that the core shares with others. The C library adds up all of a processor's where the kernel knows which
// of them is this core's (AMD: one for eight cores).
std::size_t last_level_cache() {
    const std::string index = "/sys/devices/system/cpu/cpu0/cache/index3/size";
    long kib = 0;
    return static_cast<std::size_t>(
        std::max(0L, std::ifstream(index) >> kib ? kib << 10 : sysconf(_SC_LEVEL3_CACHE_SIZE)));
}

std::size_t near() {
    return std::max(last_level_cache() / 16, std::size_t{1} << 20);
}

// Much more than the cache holds, half a GiB at most (of memory twice as much, with the gaps).
std::size_t far() {
    const long most = std::min(1L << 29, sysconf(_SC_PHYS_PAGES) / 16 * sysconf(_SC_PAGESIZE));
    return std::min(4 * std::max(last_level_cache(), std::size_t{16} << 20), static_cast<std::size_t>(most));
}

// A line beyond the cache, less one in it.
Samples beyond(const Way& way) {
    const double within = LineList(near(), way).line();
    Samples samples = LineList(far(), way).walk();
    for (double& sample : samples) sample = std::max(0.0, sample - within);
    return samples;
}

constexpr Way kStreamed{.apart = false};

// What a run of that size costs more whose neighbour was not read before it.
Samples begun(std::size_t run) {
    const double streamed = LineList(far(), kStreamed).line() - LineList(near(), kStreamed).line();
    Samples samples = beyond({.run = run});
    for (double& sample : samples) sample = std::max(0.0, sample - streamed) * static_cast<double>(run) / 64;
    return samples;
}

// What of the cache is left by those who share it: bytes. Of a list that does not quite fit, a share is missing each
// time; with lines replaced at random, it is 1 - exp(-share * list / cache).
Samples cache_left() {
    const std::size_t all = last_level_cache();
    if (all == 0) return {};
    const double within = LineList(near(), {}).line();
    const double beyond = LineList(far(), {}).line() - within;
    for (std::size_t bytes = all; bytes > 2 * near(); bytes -= bytes / 4) {
        const double missing = (LineList(bytes, {}).line() - within) / beyond;
        if (missing > 0.8) continue;
        if (missing < 0.1) return {static_cast<double>(bytes)};
        return {-static_cast<double>(bytes) * missing / std::log(1 - missing)};
    }
    return {static_cast<double>(near())};
}

}  // namespace

Probes cache_probes(int a) {
    return {
        {"cache", [=] { return pin(a), cache_left(); }},
        {"streamed_line", [=] { return pin(a), beyond(kStreamed); }},
        {"begun_page", [=] { return pin(a), begun(kPage); }},
        {"begun_run", [=] { return pin(a), begun(kPool); }},
        {"missed_line", [=] { return pin(a), beyond({.shuffled = true}); }},
    };
}

}  // namespace gilsim::probe
