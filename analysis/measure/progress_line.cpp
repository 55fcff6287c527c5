#include "analysis/measure/progress_line.hpp"

#include <cstdio>

#include <fmt/format.h>

namespace gilsim::analysis {

void ProgressLine::show(const std::string& text, double done) {
    constexpr int kWidth = 20;
    if (interactive_) {
        const int full = static_cast<int>(done * kWidth);
        fmt::print(stderr, "\r\x1b[K[{:#<{}}{:.<{}}] {:3.0f} % {}", "", full, "", kWidth - full, done * 100, text);
        std::fflush(stderr);
        shown_ = true;
    } else if (static_cast<int>(done * 4) > quarters_) {
        quarters_ = static_cast<int>(done * 4);
        fmt::print(stderr, "gilsim: {:.0f} %: {}\n", done * 100, text);
    }
}

void ProgressLine::clear() {
    if (!shown_) return;
    fmt::print(stderr, "\r\x1b[K");
    std::fflush(stderr);
    shown_ = false;
}

}  // namespace gilsim::analysis
