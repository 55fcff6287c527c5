#pragma once
/// One TrackEvent of a trace file.

#include <array>
#include <cstdint>
#include <string_view>

#include "model/engine/time.hpp"
#include "model/trace/perfetto_format.hpp"

namespace gilsim::analysis {

/// A TrackEvent as it stands in the file.
struct TrackItem {
    static constexpr std::size_t kNotes = 32;

    Nanoseconds time = 0;
    trace::perfetto::EventType type = trace::perfetto::EventType::instant;
    std::uint64_t name = 0;
    std::uint64_t track = 0;
    std::int64_t value = 0;
    std::uint32_t noted = 0;                   ///< bit per Note that is there
    std::array<std::int64_t, kNotes> notes{};  ///< by Note
    std::string_view text;                     ///< of the last annotation that has one

    [[nodiscard]] bool has(trace::perfetto::Note note) const {
        return (noted >> static_cast<unsigned>(note) & 1U) != 0;
    }
    [[nodiscard]] std::int64_t operator[](trace::perfetto::Note note) const {
        return notes[static_cast<std::size_t>(note)];
    }
};

/// Adds what `bytes` say to `item`. Throws protozero's exceptions if they are damaged.
void read_track_item(std::string_view bytes, TrackItem& item);

}  // namespace gilsim::analysis
