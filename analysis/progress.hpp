#pragma once
/// How far a run is, for people who wait at a terminal.

#include <chrono>
#include <string>

#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// A sink that keeps one line on stderr up to date, at most five times a second, and wipes it at the end.
class Progress final : public trace::Sink {
public:
    explicit Progress(std::string title) : title_(std::move(title)) {}
    void event(const trace::Event& e) override {
        if ((++events_ & 0xffff) == 0) show(e.time);
    }
    void finish(Nanoseconds end, trace::Outcome outcome) override;

private:
    void show(Nanoseconds now);

    std::string title_;
    std::uint64_t events_ = 0;
    bool shown_ = false;
    std::chrono::steady_clock::time_point last_ = std::chrono::steady_clock::now();
};

}  // namespace gilsim::analysis
