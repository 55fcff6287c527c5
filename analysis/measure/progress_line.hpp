#pragma once
/// One line on stderr that is kept up to date: what is being done, and a bar.

#include <string>

namespace gilsim::analysis {

class ProgressLine {
public:
    /// Not `interactive` (stderr is a file): a plain line each time a further quarter is done.
    explicit ProgressLine(bool interactive) : interactive_(interactive) {}
    ~ProgressLine() { clear(); }
    ProgressLine(const ProgressLine&) = delete;
    ProgressLine& operator=(const ProgressLine&) = delete;

    /// `done`: 0 to 1.
    void show(const std::string& text, double done);
    /// Wipes the line.
    void clear();

private:
    bool interactive_;
    bool shown_ = false;
    int quarters_ = -1;
};

}  // namespace gilsim::analysis
