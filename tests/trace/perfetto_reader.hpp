#pragma once
/// An independent reader of Perfetto traces, for tests: it has its own decoder and its own field numbers.

#include <cstdint>
#include <deque>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace gilsim::test {

/// What a packet says, in file order. Its texts lie in the trace (`Trace::strings`): there are millions of items.
struct Item {
    enum class Kind { slice_begin, slice_end, instant, counter, sched_switch, sched_waking };
    Kind kind = Kind::instant;
    std::int64_t time = 0;
    std::uint64_t sequence = 0;
    bool after_end = false;  ///< stands behind `run_end`: closes something that is open

    // of track events
    std::uint64_t track = 0;
    std::uint64_t name_id = 0;
    std::string_view name;
    std::int64_t value = 0;                                            ///< of a counter
    std::vector<std::pair<std::string_view, std::int64_t>> notes;      ///< annotations with a number
    std::vector<std::pair<std::string_view, std::string_view>> texts;  ///< annotations with a text
    std::vector<std::uint64_t> flow_begins, flow_ends;
    std::vector<std::pair<std::uint64_t, std::int64_t>> also;  ///< extra counters: track, value

    // of scheduler events
    int core = -1;                   ///< of the bundle
    int pid = 0;                     ///< whose code ran
    int prev_tid = 0, next_tid = 0;  ///< of a waking: next_tid is the one woken
    std::int64_t prev_state = 0;
    int target_core = -1;  ///< of a waking
    std::string_view prev_comm, next_comm;

    [[nodiscard]] std::int64_t note(std::string_view key, std::int64_t otherwise = -1) const {
        for (const auto& [called, number] : notes)
            if (called == key) return number;
        return otherwise;
    }
    [[nodiscard]] std::string_view text(std::string_view key) const {
        for (const auto& [called, content] : texts)
            if (called == key) return content;
        return {};
    }
};

struct Track {
    std::uint64_t uuid = 0;
    std::uint64_t parent = 0;
    std::string name;
    std::string description;
    std::optional<std::string> unit;  ///< set for counters
    int pid = 0;                      ///< of process and thread tracks
    int tid = 0;                      ///< of thread tracks
};

/// A slice of a track, put together from its two ends.
struct Slice {
    const Item* begin = nullptr;
    const Item* end = nullptr;
    std::size_t depth = 0;  ///< slices of the track that were open when it began

    [[nodiscard]] bool unfinished() const { return end->after_end; }
};

struct Trace {
    std::map<std::string, std::string> attributes;     ///< trace attributes
    std::map<std::string, std::string> first_instant;  ///< the annotations of the instant `run`
    std::set<std::string, std::less<>> strings;        ///< each text of an item once
    std::map<std::uint64_t, Track> tracks;
    std::map<std::uint64_t, std::string> event_names;
    std::map<int, std::string> processes;                ///< process tree: pid -> command line
    std::map<int, std::pair<int, std::string>> threads;  ///< process tree: tid -> pid, name
    std::deque<Item> items;
    std::string outcome;
    std::int64_t end = -1;            ///< -1: no `run_end`
    std::vector<std::string> faults;  ///< what a viewer would stumble over

    /// All slices, per track in order of their begin. An end without a begin, and a begin without an end, is a fault.
    [[nodiscard]] std::map<std::uint64_t, std::vector<Slice>> slices(std::vector<std::string>& found) const;
    /// The tracks whose uuid is of that kind (docs/trace.md: the lowest four bits).
    [[nodiscard]] std::vector<const Track*> of_kind(unsigned kind) const;
};

/// Kinds of tracks, as docs/trace.md numbers them.
enum TrackKind : unsigned {
    kProcessTrack = 0,
    kThreadTrack = 1,
    kOperationsTrack = 2,
    kGilTrack = 3,
    kWaitersTrack = 4,
    kLockTrack = 5,
    kCounterTrack = 6,
    kRequestTrack = 7,
    kHeldTrack = 8,
    kHandoffsTrack = 9
};
inline constexpr std::uint64_t kRunnable = 2;  ///< uuid of the machine's counter
inline unsigned kind_of(std::uint64_t uuid) {
    return uuid < 16 ? 99U : static_cast<unsigned>(uuid & 15);
}
inline int index_of(std::uint64_t uuid) {
    return static_cast<int>(uuid >> 4) - 1;
}

/// Decodes a trace. Throws std::runtime_error if the bytes are no protobuf.
Trace decode(std::string_view bytes);
/// The content of a file; decompressed if it is gzip.
std::string read_file(const std::filesystem::path& file);
inline Trace decode_file(const std::filesystem::path& file) {
    return decode(read_file(file));
}

}  // namespace gilsim::test
