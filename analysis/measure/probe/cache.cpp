// The last-level cache and the core's own, the second level: what of it is left to us, and what lines beyond it cost
// whoever goes through a linked list.

#include <algorithm>
#include <cmath>
#include <fstream>
#include <memory>
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
    // What is left out is not touched.
    LineList(std::size_t bytes, const Way& way)
        : memory_(std::make_unique_for_overwrite<std::size_t[]>(bytes / sizeof(std::size_t) * (way.apart ? 2 : 1))) {
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
    std::unique_ptr<std::size_t[]> memory_;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
};

// What the kernel says of a core's caches. The C library adds up all of a processor's where the kernel knows which of
// them is this core's (AMD: one for eight cores).
std::size_t cache_size(int level) {
    const std::string index = "/sys/devices/system/cpu/cpu0/cache/index" + std::to_string(level) + "/size";
    const long otherwise = sysconf(level == 2 ? _SC_LEVEL2_CACHE_SIZE : _SC_LEVEL3_CACHE_SIZE);
    long kib = 0;
    return static_cast<std::size_t>(std::max(0L, std::ifstream(index) >> kib ? kib << 10 : otherwise));
}

// A cache with a size that is in it, beyond the one before it, and one that is far beyond it, in the one behind it.
// Bytes; nothing at all where they leave no room for each other.
struct Level {
    std::size_t size = 0;
    std::size_t near = 0;
    std::size_t far = 0;
};

Level last_level() {
    const std::size_t size = cache_size(3);
    // Half a GiB at most (of memory twice as much, with the gaps).
    const long most = std::min(1L << 29, sysconf(_SC_PHYS_PAGES) / 16 * sysconf(_SC_PAGESIZE));
    // Near is only just beyond the core's own: what is called the size can be that of several caches.
    return {size, std::max(2 * cache_size(2), std::size_t{1} << 20),
            std::min(4 * std::max(size, std::size_t{16} << 20), static_cast<std::size_t>(most))};
}

Level core_level() {
    const Level last = last_level();
    const Level level{cache_size(2), cache_size(2) / 4, std::min(8 * cache_size(2), last.size / 4)};
    return level.far > 2 * level.size ? level : Level{};
}

// A line beyond the cache, less one in it.
Samples beyond(const Level& level, const Way& way) {
    if (level.size == 0) return {};
    const double within = LineList(level.near, way).line();
    Samples samples = LineList(level.far, way).walk();
    for (double& sample : samples) sample = std::max(0.0, sample - within);
    return samples;
}

constexpr Way kStreamed{.apart = false};

// What a run of that size costs more whose neighbour was not read before it.
Samples begun(const Level& level, std::size_t run) {
    if (level.size == 0) return {};
    const double streamed = LineList(level.far, kStreamed).line() - LineList(level.near, kStreamed).line();
    Samples samples = beyond(level, {.run = run});
    for (double& sample : samples) sample = std::max(0.0, sample - streamed) * static_cast<double>(run) / 64;
    return samples;
}

// What of the cache is left by those who share it: bytes. Of a list that does not quite fit, a share is missing each
// time; with lines replaced at random, it is 1 - exp(-share * list / cache).
Samples cache_left(const Level& level) {
    if (level.size == 0) return {};
    const double within = LineList(level.near, {}).line();
    const double beyond = LineList(level.far, {}).line() - within;
    auto left = static_cast<double>(level.near);
    for (std::size_t bytes = 2 * level.near; bytes <= level.size; bytes += bytes / 3) {
        const double missing = (LineList(bytes, {}).line() - within) / beyond;
        if (missing > 0.8) break;
        left = static_cast<double>(bytes);
        if (missing > 0.1) left *= -missing / std::log(1 - missing);
    }
    return {left};
}

}  // namespace

Probes cache_probes(int a) {
    Probes probes;
    for (const auto& [name, level] : {std::pair{"", last_level()}, std::pair{"core_", core_level()}}) {
        const auto probe = [&, a, prefix = std::string(name)](const char* what,
                                                              const std::function<Samples()>& measure) {
            probes[prefix + what] = [a, measure] { return pin(a), measure(); };
        };
        probe("cache", [level = level] { return cache_left(level); });
        probe("streamed_line", [level = level] { return beyond(level, kStreamed); });
        probe("begun_page", [level = level] { return begun(level, kPage); });
        probe("begun_run", [level = level] { return begun(level, kPool); });
        probe("missed_line", [level = level] { return beyond(level, {.shuffled = true}); });
    }
    return probes;
}

}  // namespace gilsim::probe
