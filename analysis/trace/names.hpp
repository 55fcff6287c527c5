#pragma once
/// The names in a trace: from track descriptors and interned strings to a Directory.

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "analysis/trace/packet_stream.hpp"
#include "model/trace/entries.hpp"
#include "model/trace/events.hpp"
#include "model/trace/perfetto_format.hpp"

namespace gilsim::analysis {

/// Fills a directory from the packets that describe, and answers whether ids in events are known.
class TraceNames {
public:
    explicit TraceNames(const PacketStream& stream) : stream_(stream) {}

    void track(std::string_view descriptor);
    void interned(std::string_view data);
    void attributes(std::string_view data);

    /// Fails unless the metadata of gilsim has been seen.
    void require_ours() const;
    /// The thread of a tid; -1 for the idle task. Damaged if there is none.
    [[nodiscard]] int thread_of(std::int64_t tid) const;
    /// The same where the idle task makes no sense.
    [[nodiscard]] int someone(std::int64_t tid) const;
    /// The index of a described track of that kind.
    [[nodiscard]] int index(std::uint64_t uuid) const {
        const auto index = static_cast<std::int64_t>(uuid >> 4) - 1;
        require_ours();
        if (index < 0 || !known(static_cast<trace::perfetto::Track>(uuid & 15U), index))
            stream_.damaged("an event on a track that is not described");
        return static_cast<int>(index);
    }
    /// The interpreter or lock that an annotation names; entered in the directory if it is described only later.
    [[nodiscard]] int interpreter(std::int64_t id) { return entered(directory.interpreters, id); }
    [[nodiscard]] int lock(std::int64_t id) { return entered(directory.locks, id); }
    [[nodiscard]] int request(std::int64_t id) { return entered(directory.requests, id); }
    /// The index that the id of a name carries, if it is a described name of that kind.
    [[nodiscard]] int name_index(trace::perfetto::Name kind, std::uint64_t id) const;

    trace::Directory directory;
    std::string version;

private:
    using Kind = trace::perfetto::Track;
    static constexpr std::size_t kKinds = 16;
    /// More of a kind than any run has: a damaged number must not make us allocate.
    static constexpr std::int64_t kMostEntries = 1 << 22;

    [[nodiscard]] bool known(Kind kind, std::int64_t index) const {
        const auto& seen = seen_[static_cast<std::size_t>(kind)];
        return index < static_cast<std::int64_t>(seen.size()) && seen[static_cast<std::size_t>(index)] != 0;
    }
    template <class T>
    int entered(std::vector<T>& entries, std::int64_t id) const {
        if (id < 0 || id >= kMostEntries) stream_.damaged("an impossible id");
        trace::entry(entries, static_cast<int>(id));
        return static_cast<int>(id);
    }
    /// The index of a uuid, marked as described.
    int describe(std::uint64_t uuid);
    void fixed_name(std::int64_t number, std::string_view text);

    const PacketStream& stream_;
    std::array<std::vector<char>, kKinds> seen_;
    std::array<std::vector<char>, 4> named_;  ///< per kind of name
    std::unordered_map<std::int64_t, int> thread_of_tid_;
    std::unordered_map<std::int64_t, int> process_of_pid_;
    std::string other_name_;  ///< a name of a state or kind of event that this version does not have
    bool ours_ = false;
};

}  // namespace gilsim::analysis
