#pragma once
/// Trace files: which formats there are, and how one is written.

#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "model/trace/events.hpp"
#include "model/trace/trace_level.hpp"

namespace gilsim::analysis {

enum class TraceFormat : std::uint8_t { perfetto, chrome, text };

/// One row of the table of trace formats.
struct TraceFormatRow {
    TraceFormat format;
    std::string_view name;    ///< as on the command line
    std::string_view suffix;  ///< of its files
    std::string_view about;   ///< one line for people
};

inline constexpr std::array kTraceFormats{
    TraceFormatRow{TraceFormat::perfetto, "perfetto", ".pftrace", "for ui.perfetto.dev and its SQL engine"},
    TraceFormatRow{TraceFormat::chrome, "chrome", ".trace.json", "Chrome JSON, for other viewers and scripts"},
    TraceFormatRow{TraceFormat::text, "text", ".txt", "one line per event, to read and to compare"},
};

/// The format of that name; nothing if there is none.
[[nodiscard]] std::optional<TraceFormat> trace_format(std::string_view name);

struct TraceOptions {
    trace::TraceLevel level = trace::TraceLevel::none;
    TraceFormat format = TraceFormat::perfetto;
};

/// The file name of a variant's trace: the variant, with what is not fit for a file name replaced, and the suffix.
[[nodiscard]] std::string trace_file_name(const std::string& variant, TraceFormat format);

/// The sink that writes a trace file; the file has its name only once `finish` has succeeded, which throws
/// trace::OutputError otherwise, as opening does. `directory` must outlive the sink.
[[nodiscard]] std::unique_ptr<trace::Sink> open_trace(const TraceOptions& options, const std::filesystem::path& file,
                                                      const trace::Directory& directory);

}  // namespace gilsim::analysis
