#pragma once
/// Writing single Perfetto packets, without a heap allocation per packet.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include <protozero/buffer_fixed.hpp>
#include <protozero/buffer_string.hpp>
#include <protozero/pbf_writer.hpp>

#include "model/engine/time.hpp"
#include "model/trace/output_file.hpp"
#include "model/trace/perfetto_format.hpp"

namespace gilsim::trace::perfetto {

/// A protobuf writer into memory of fixed size.
using FixedWriter = protozero::basic_pbf_writer<protozero::fixed_size_buffer_adaptor>;

/// A TrackEvent under construction. Made, filled and given to `Packets::write` within one expression.
class TrackEvent {
public:
    TrackEvent(Nanoseconds time, EventType type, std::uint64_t track) : time_(time) {
        writer_.add_enum(kType, static_cast<std::int32_t>(type));
        writer_.add_uint64(kTrackUuid, track);
    }
    TrackEvent(const TrackEvent&) = delete;
    TrackEvent& operator=(const TrackEvent&) = delete;

    TrackEvent& named(std::uint64_t name) {
        writer_.add_uint64(kNameId, name);
        interned_ = true;
        return *this;
    }
    TrackEvent& note(Note name, std::int64_t value) { return annotate(name, kAnnotationInt, value); }
    /// An annotation whose value is an interned string.
    TrackEvent& note_text(Note name, std::int64_t string) { return annotate(name, kAnnotationStringId, string); }
    TrackEvent& value(std::int64_t v) {
        writer_.add_int64(kCounterValue, v);
        return *this;
    }
    /// A new value of another track, a counter.
    TrackEvent& also(std::uint64_t counter, std::int64_t v) {
        writer_.add_uint64(kExtraCounterTracks, counter);
        writer_.add_int64(kExtraCounterValues, v);
        return *this;
    }
    TrackEvent& flow_begins(std::uint64_t flow) {
        writer_.add_fixed64(kFlowIds, flow);
        return *this;
    }
    TrackEvent& flow_ends(std::uint64_t flow) {
        writer_.add_fixed64(kTerminatingFlowIds, flow);
        return *this;
    }

private:
    friend class Packets;
    TrackEvent& annotate(Note name, std::uint32_t field, std::int64_t value) {
        std::array<char, 24> bytes;  // NOLINT: filled by the writer
        protozero::fixed_size_buffer_adaptor buffer{bytes.data(), bytes.size()};
        FixedWriter annotation(buffer);
        annotation.add_uint64(kAnnotationNameId, static_cast<std::uint64_t>(name));
        annotation.add_int64(field, value);
        writer_.add_message(kDebugAnnotations, buffer.data(), buffer.size());
        interned_ = true;
        return *this;
    }

    Nanoseconds time_;
    bool interned_ = false;        ///< refers to interned data
    std::array<char, 192> bytes_;  // NOLINT: filled by the writer; the longest event has 12 fields of at most 12 bytes
    protozero::fixed_size_buffer_adaptor buffer_{bytes_.data(), bytes_.size()};
    FixedWriter writer_{buffer_};
};

/// A thread as the scheduler's events name it.
struct Task {
    int tid = 0;            ///< 0: the idle task
    std::string_view comm;  ///< the thread's name; cut at 15 bytes as the kernel does
};

/// Packets into a file. Scheduler events of one core that follow each other share a packet; everything else goes out at
/// once, so the order of the file is the order of the calls.
class Packets {
public:
    explicit Packets(OutputFile& file) : file_(file) {}

    void write(const TrackEvent& event);
    /// A packet that is written rarely: the caller has made its content.
    void write(std::string_view packet);
    /// A switch on a core, from one task to another.
    void sched_switch(Nanoseconds time, int core, const Task& prev, PrevState prev_state, const Task& next);
    /// A task is woken by code that runs on `core`, to run on `target`.
    void sched_waking(Nanoseconds time, int core, int waker, const Task& woken, int target);
    /// Writes the scheduler events that are held back.
    void flush() {
        if (bundled_ > 0) write_bundle();
    }

private:
    void write_bundle();
    /// Makes space for one more scheduler event of that core.
    void open_bundle(int core);
    /// Adds one event to the open bundle; `content` is the message in `field`, `pid` whose code runs.
    void add_event(Nanoseconds time, int pid, Ftrace field, std::string_view content);

    static constexpr std::size_t kBundle = 4096;
    static constexpr std::size_t kLargestFtraceEvent = 160;

    OutputFile& file_;
    int core_ = -1;            ///< of the open bundle
    std::size_t bundled_ = 0;  ///< bytes in `bundle_`
    std::array<char, kBundle> bundle_{};
};

}  // namespace gilsim::trace::perfetto
