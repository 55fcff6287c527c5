#pragma once
/// A run as a Perfetto trace: opens in ui.perfetto.dev as if the machine were real. docs/trace.md describes every
/// track.

#include <filesystem>
#include <memory>
#include <string_view>

#include "model/trace/events.hpp"

namespace gilsim::trace {

/// Writes everything (`--trace full`): each event can be rebuilt from the file, in order. Memory does not grow with the
/// length of the run, only with the numbers of threads, interpreters, locks and open requests. The bytes depend on the
/// events, the directory and the version only.
class PerfettoSink final : public Sink {
public:
    /// Opens `file` (compressed if its name ends in .gz). `directory` may grow during the run; of each entry that is
    /// there before its first event. `version`: of gilsim. Throws OutputError.
    PerfettoSink(const Directory& directory, const std::filesystem::path& file, std::string_view version);
    ~PerfettoSink() override;

    void event(const Event& e) override;
    /// Completes the file. Throws OutputError if any write has failed; the file does not exist then.
    void finish(Nanoseconds end, Outcome outcome) override;
    /// Whether a write has failed, so that going on is in vain.
    [[nodiscard]] bool failed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

/// The span of simulated time over which `--trace summary` adds up.
inline constexpr Nanoseconds kSummaryWindow = 10 * kMillisecond;

/// Writes `--trace summary`: life of processes and threads, requests, and at the end of each window in which something
/// changed, per interpreter how long the GIL was held and how often it was handed over, and the last value of each
/// counter. No states, no scheduler, no locks.
class PerfettoSummarySink final : public Sink {
public:
    /// As PerfettoSink.
    PerfettoSummarySink(const Directory& directory, const std::filesystem::path& file, std::string_view version,
                        Nanoseconds window = kSummaryWindow);
    ~PerfettoSummarySink() override;

    void event(const Event& e) override;
    void finish(Nanoseconds end, Outcome outcome) override;
    [[nodiscard]] bool failed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::trace
