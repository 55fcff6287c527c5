#include "analysis/measure/progress_line.hpp"

#include <cstdio>

#include <fmt/format.h>

#include "analysis/tell.hpp"

namespace gilsim::analysis {

void ProgressLine::show(const std::string& text, double done) {
    constexpr int kWidth = 20;
    if (interactive_) {
        const int full = static_cast<int>(done * kWidth);
        tell("\r\x1b[K[{:#<{}}{:.<{}}] {:3.0f} % {}", "", full, "", kWidth - full, done * 100, text);
        std::fflush(stderr);
        shown_ = true;
    } else if (static_cast<int>(done * 4) > quarters_) {
        quarters_ = static_cast<int>(done * 4);
        tell("gilsim: {:.0f} %: {}\n", done * 100, text);
    }
}

void ProgressLine::clear() {
    if (!shown_) return;
    tell("\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace gilsim::analysis
