#include "analysis/progress.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "analysis/tell.hpp"
#include "analysis/text.hpp"

namespace gilsim::analysis {

void Progress::show(Nanoseconds now) {
    const auto clock = std::chrono::steady_clock::now();
    if (clock - last_ < std::chrono::milliseconds(200)) return;
    last_ = clock;
    shown_ = true;
    tell("\r\x1b[K{}: {} simulated, {} million events", title_, duration_text(now), events_ / 1'000'000);
    std::fflush(stderr);
}

void Progress::finish(Nanoseconds, trace::Outcome) {
    if (!shown_) return;
    tell("\r\x1b[K");
    std::fflush(stderr);
}

}  // namespace gilsim::analysis
