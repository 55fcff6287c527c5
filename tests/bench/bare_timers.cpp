#include "tests/bench/bare_timers.hpp"

#include <deque>

#include <simgrid/kernel/Timer.hpp>
#include <simgrid/s4u.hpp>

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
    std::uint64_t left = events;
    std::deque<Bare> bare;
    for (std::int64_t i = 0; i < timers; ++i) {
        bare.emplace_back(1000 + 7 * i, 5'000'000 + 13 * i, left);
        bare.back().arm();
    }
    return seconds_of([] { simgrid::s4u::Engine::get_instance()->run(); });
}

}  // namespace gilsim::bench
