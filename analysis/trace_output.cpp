#include "analysis/trace_output.hpp"

#include <algorithm>

#include "analysis/version.hpp"
#include "model/trace/chrome_json.hpp"
#include "model/trace/perfetto.hpp"
#include "model/trace/text_log.hpp"

namespace gilsim::analysis {

std::optional<TraceFormat> trace_format(std::string_view name) {
    for (const TraceFormatRow& row : kTraceFormats) {
        if (row.name == name) return row.format;
    }
    return std::nullopt;
}

std::string trace_file_name(const std::string& variant, TraceFormat format) {
    std::string name = variant;
    std::replace_if(
        name.begin(), name.end(), [](unsigned char c) { return c < 0x20 || c == '/' || c == '\\' || c == 0x7f; }, '_');
    if (name.starts_with('.')) name.front() = '_';
    return name + std::string(kTraceFormats[static_cast<std::size_t>(format)].suffix);
}

std::unique_ptr<trace::Sink> open_trace(const TraceOptions& options, const std::filesystem::path& file,
                                        const trace::Directory& directory) {
    const std::string version = version_text();
    switch (options.format) {
        case TraceFormat::perfetto:
            if (options.level == trace::TraceLevel::summary)
                return std::make_unique<trace::PerfettoSummarySink>(directory, file, version);
            return std::make_unique<trace::PerfettoSink>(directory, file, version);
        case TraceFormat::chrome:
            return std::make_unique<trace::ChromeJsonSink>(directory, file, version);
        case TraceFormat::text:
            return std::make_unique<trace::TextLog>(directory, file);
    }
    return nullptr;
}

}  // namespace gilsim::analysis
