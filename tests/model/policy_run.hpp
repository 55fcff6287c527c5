#pragma once
/// Runs a scenario text and yields its log: what the tests of the GIL policies read.

#include <string>
#include <vector>

namespace gilsim::test {

/// The machine of the hand-worked traces: every cost is 0, but for 10 us from a wake-up to a thread running on a core
/// that was idle, and ticks of 4 ms from 4 ms on. As the value of `machine:`.
std::string free_machine_text(int cores);

/// The log of the only variant (or the one of that name), line by line.
std::vector<std::string> log_of(const std::string& text, const std::string& variant = "");
/// Those lines of a log that contain one of `events`, in their order, each as `MICROSECONDS WHO EVENT DETAILS` without
/// the process's and the interpreter's name where that is main.
std::vector<std::string> only(const std::vector<std::string>& log, const std::vector<std::string>& events);
/// The first `n` lines of them.
std::vector<std::string> first(std::size_t n, const std::vector<std::string>& log,
                               const std::vector<std::string>& events);
/// How many lines contain `what`.
int count(const std::vector<std::string>& log, const std::string& what);
/// The time of the first line that contains `what`, in ns; -1: none.
long long time_of(const std::vector<std::string>& log, const std::string& what);

}  // namespace gilsim::test
