#pragma once
/// What a signal that ends this process must not leave behind.

#include <array>
#include <csignal>
#include <filesystem>

namespace gilsim::analysis {

/// While it lives, SIGINT, SIGTERM and SIGHUP remove a file before they end the process as they would without it. One
/// at a time.
class RemovedOnSignal {
public:
    explicit RemovedOnSignal(const std::filesystem::path& file);
    ~RemovedOnSignal();
    RemovedOnSignal(const RemovedOnSignal&) = delete;
    RemovedOnSignal& operator=(const RemovedOnSignal&) = delete;

private:
    static constexpr std::array kSignals{SIGINT, SIGTERM, SIGHUP};
    std::array<struct sigaction, kSignals.size()> before_{};
};

}  // namespace gilsim::analysis
