#include "tests/bench/bare_timers.hpp"

#include <array>
#include <deque>
#include <string>

#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>
#include <simgrid/version.h>

#include "tests/bench/processor_time.hpp"

namespace gilsim::bench {

namespace {

/// Dates are absolute and computed from integers, as in the model's engine: nothing drifts.
class Bare {
public:
    Bare(std::int64_t first, std::int64_t period, std::uint64_t& left) : next_(first), period_(period), left_(left) {}
    void arm() {
        simgrid::kernel::timer::Timer::set(static_cast<double>(next_) * 1e-9, [this] { fire(); });
    }

private:
    void fire() {
        if (left_ == 0) return;
        --left_;
        next_ += period_;
        arm();
    }
    std::int64_t next_;
    std::int64_t period_;
    std::uint64_t& left_;
};

}  // namespace

double run_bare_timers(std::int64_t timers, std::uint64_t events) {
    std::array<std::string, 2> words{"bench", "--log=root.thresh:critical"};
    std::array<char*, 3> arguments{words[0].data(), words[1].data(), nullptr};
    int count = 2;
    simgrid::s4u::Engine engine(&count, arguments.data());
#if SIMGRID_VERSION < 40000  // without a host 3.32 does not run
    simgrid::s4u::NetZone* zone = simgrid::s4u::create_full_zone("world");
    zone->create_host("machine", "1Gf");
    zone->seal();
#endif
    std::uint64_t left = events;
    std::deque<Bare> bare;
    for (std::int64_t i = 0; i < timers; ++i) {
        bare.emplace_back(1000 + 7 * i, 5'000'000 + 13 * i, left);
        bare.back().arm();
    }
    return seconds_of([&engine] { engine.run(); });
}

}  // namespace gilsim::bench
