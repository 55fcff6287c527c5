#pragma once
/// A run as Chrome Trace Event JSON: for small traces and tools that do not read Perfetto's own format.

#include <filesystem>
#include <memory>
#include <string_view>

#include "model/trace/events.hpp"

namespace gilsim::trace {

/// Writes one JSON object, one trace event per line, `ts` and `dur` in microseconds with three decimals. Thread states
/// are B/E slices of their thread; operations, GIL and lock holds are complete (X) events written when they end;
/// requests are asynchronous (b/e) events; hand-offs are flows (s/f); scheduler slices of core N are X events of the
/// thread N of a process `cores`. Not lossless: see docs/trace.md. The directory is read as PerfettoSink does.
class ChromeJsonSink final : public Sink {
public:
    /// Opens `file` (compressed if its name ends in .gz). `version`: of gilsim. Throws OutputError.
    ChromeJsonSink(const Directory& directory, const std::filesystem::path& file, std::string_view version);
    ~ChromeJsonSink() override;

    void event(const Event& e) override;
    /// Closes what is open and completes the file. Throws OutputError if any write has failed.
    void finish(Nanoseconds end, Outcome outcome) override;
    [[nodiscard]] bool failed() const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::trace
