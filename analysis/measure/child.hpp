#pragma once
/// Another program, run on given CPUs and for a limited time.

#include <csignal>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// How it ended.
struct ChildEnd {
    enum class How { exited, killed, out_of_time };
    How how = How::exited;
    int status = 0;            ///< exited: the exit status; killed: the signal
    Nanoseconds cpu_time = 0;  ///< of it and of its children
};

/// How it ended, as a sentence about "it" that was given `limit`.
[[nodiscard]] std::string end_text(const ChildEnd& end, Nanoseconds limit);

/// The user asked us to stop (Ctrl-C): the program and its children have been ended.
struct Interrupted : std::runtime_error {
    Interrupted() : std::runtime_error("interrupted") {}
};

/// While it lives, what asks us to stop between two programs waits for the next one, which it ends.
class HeldStops {
public:
    HeldStops();
    ~HeldStops();
    HeldStops(const HeldStops&) = delete;
    HeldStops& operator=(const HeldStops&) = delete;
    /// Whether something has asked since the last program; it counts as heard.
    [[nodiscard]] static bool came();

private:
    sigset_t before_{};
};

/// Runs `words` on `cpus` (all that are allowed if empty) with stdout and stderr in `log`, in a process group of its
/// own; once it has ended, or after `limit` (real time), all that is left of that group is killed. Nothing of this
/// process runs meanwhile. Throws std::system_error if it cannot be started, Interrupted.
[[nodiscard]] ChildEnd run_child(const std::vector<std::string>& words, const std::vector<int>& cpus, Nanoseconds limit,
                                 const std::filesystem::path& log);

}  // namespace gilsim::analysis
