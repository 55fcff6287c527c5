#pragma once
/// A cache line that several threads keep writing: it is with one core at a time.

#include <cstdint>
#include <vector>

#include "model/machine/thread.hpp"

namespace gilsim::machine {

/// Knows who writes it. How long a write takes depends on how many cores take turns; the writers are interrupted when
/// that changes because one begins or ends.
class SharedLine {
public:
    /// A thread writes the line as long as this lives.
    class Writer {
    public:
        Writer(SharedLine& line, Thread& thread);
        ~Writer();
        Writer(const Writer&) = delete;
        Writer& operator=(const Writer&) = delete;

    private:
        SharedLine& line_;
        Thread& thread_;
    };

    /// On how many cores its writers are now.
    [[nodiscard]] std::int64_t writing_cores() const;

private:
    void interrupt_others(const Thread& than);

    std::vector<Thread*> writers_;
};

}  // namespace gilsim::machine
