#include "model/machine/run_queue.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "model/machine/cfs.hpp"
#include "model/machine/eevdf.hpp"

namespace gilsim::machine {

std::int64_t weight_of_nice(int nice) {
    // kernel/sched/core.c: each step of niceness is worth 10 % of core time.
    static constexpr std::array<std::int64_t, 40> weights{
        88761, 71755, 56483, 46273, 36291, 29154, 23254, 18705, 14949, 11916, 9548, 7620, 6100, 4904,
        3906,  3121,  2501,  1991,  1586,  1277,  1024,  820,   655,   526,   423,  335,  272,  215,
        172,   137,   110,   87,    70,    56,    45,    36,    29,    23,    18,   15};
    return weights[static_cast<std::size_t>(std::clamp(nice, -20, 19) + 20)];
}

std::int64_t slice_factor(std::int64_t cores) {
    const auto capped = static_cast<std::uint64_t>(std::clamp<std::int64_t>(cores, 1, 8));
    return std::bit_width(capped);
}

std::unique_ptr<RunQueue> make_run_queue(const scenario::SchedulerSpec& spec, std::int64_t usable_cores) {
    const std::int64_t cores = spec.online_cores > 0 ? spec.online_cores : usable_cores;
    if (spec.policy == scenario::SchedulerSpec::Policy::cfs) return std::make_unique<Cfs>(spec, cores);
    return std::make_unique<Eevdf>(spec, cores);
}

}  // namespace gilsim::machine
