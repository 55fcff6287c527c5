#pragma once
/// Tells a Perfetto trace who its numbers are: tracks and names, each before its first use.

#include <string>
#include <string_view>
#include <vector>

#include "model/trace/events.hpp"
#include "model/trace/perfetto_packets.hpp"

namespace gilsim::trace::perfetto {

/// The interning id of the name of a kind of event.
constexpr std::uint64_t event_name(EventKind kind) {
    return name_id(Name::fixed, kFirstEventName + static_cast<int>(kind));
}

/// Writes descriptors and interned names from the run's Directory, which grows during the run. Asking for what has been
/// written costs one look into a vector.
class Dictionary {
public:
    Dictionary(const Directory& directory, Packets& out) : directory_(directory), out_(out) {}

    /// The first packets: metadata, fixed names, the machine's tracks. `version`: of gilsim.
    void begin(std::string_view version);
    /// Everything of the directory that has not been needed: then the file holds all of it.
    void complete(bool summary);
    /// The last instant.
    void end(Nanoseconds time, Outcome outcome);

    std::uint64_t process(int id) { return known(Track::process, id); }
    std::uint64_t thread(int id) { return known(Track::thread, id); }
    std::uint64_t operations(int thread) { return known(Track::operations, thread); }
    std::uint64_t interpreter(Track kind, int id) { return known(kind, id); }
    std::uint64_t lock(int id) { return known(Track::lock, id); }
    std::uint64_t counter(int id) { return known(Track::counter, id); }
    /// A lane of a kind of request; lanes are numbered over all kinds.
    std::uint64_t request_lane(int lane, int kind);

    std::uint64_t thread_name(int id) { return known(Name::thread, id); }
    std::uint64_t label(int id) { return known(Name::label, id); }
    std::uint64_t request_name(int id) { return known(Name::request, id); }

    /// The thread as the scheduler knows it; -1 is the idle task.
    [[nodiscard]] Task task(int thread) const {
        if (thread < 0) return {0, "swapper"};
        const auto& entry = directory_.threads[static_cast<std::size_t>(thread)];
        return {entry.tid, entry.name};
    }

private:
    using Flags = std::vector<bool>;

    static bool first_use(Flags& flags, int id) {
        const auto i = static_cast<std::size_t>(id);
        if (i < flags.size() && flags[i]) return false;
        if (i >= flags.size()) flags.resize(i + 1);
        flags[i] = true;
        return true;
    }
    std::uint64_t known(Track kind, int id) {
        if (first_use(tracks_[static_cast<std::size_t>(kind)], id)) describe(kind, id);
        return track(kind, id);
    }
    std::uint64_t known(Name kind, int id) {
        const auto iid = name_id(kind, id);
        if (first_use(names_[static_cast<std::size_t>(kind)], id)) intern(kind, id, iid);
        return iid;
    }
    void describe(Track kind, int id);
    void describe_process(int id);
    void describe_thread(int id);
    /// A plain track: of slices, or of a counter with a unit.
    void describe_track(std::uint64_t uuid, std::uint64_t parent, std::string_view name,
                        std::string_view description = {}, const std::string* unit = nullptr);
    void intern(Name kind, int id, std::uint64_t iid);
    void metadata(std::string_view version);

    const Directory& directory_;
    Packets& out_;
    std::string packet_;  ///< reused
    std::array<Flags, 10> tracks_;
    std::array<Flags, 4> names_;
};

}  // namespace gilsim::trace::perfetto
