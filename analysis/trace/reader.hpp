#pragma once
/// Reads a full trace back: the events of the run and the directory of names, exactly as the model told them.

#include <filesystem>
#include <memory>
#include <span>
#include <string>

#include "analysis/trace/error.hpp"
#include "model/trace/events.hpp"

namespace gilsim::analysis {

/// Whether a file is one that TraceReader reads, by its name.
[[nodiscard]] bool is_trace_name(const std::filesystem::path& file);

/// A `.pftrace` file written with `--trace full`, plain or gzip. It is read as a stream: memory does not grow with the
/// number of events. Analyses are sinks, so that they work alike on a run as it happens and on its file.
class TraceReader {
public:
    /// Opens the file. Throws TraceError.
    explicit TraceReader(const std::filesystem::path& file);
    ~TraceReader();
    TraceReader(const TraceReader&) = delete;
    TraceReader& operator=(const TraceReader&) = delete;

    /// Who the ids in events are. Complete when `read` has called `finish`; an entry is there before the first event
    /// that names it.
    [[nodiscard]] const trace::Directory& directory() const;
    /// The version of gilsim that wrote the trace; known once `read` has begun.
    [[nodiscard]] const std::string& version() const;
    /// Events handed out so far.
    [[nodiscard]] std::int64_t events() const;

    /// Hands every event to every sink, then finishes them. Only once. Throws TraceError: a file that is damaged, cut
    /// off, of another program or version, or a trace without events (`--trace summary`).
    void read(std::span<trace::Sink* const> sinks);
    void read(trace::Sink& sink) {
        trace::Sink* const only = &sink;
        read({&only, 1});
    }

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::analysis
