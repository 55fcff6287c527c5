#include "model/trace/perfetto_packets.hpp"

#include <cstring>

namespace gilsim::trace::perfetto {

namespace {

using protozero::length_of_varint;

constexpr std::uint32_t kOurSequence = 1;

/// A thread's name as the kernel has it: TASK_COMM_LEN is 16 with the final 0. Not cut inside a UTF-8 character.
std::string_view comm(std::string_view name) {
    constexpr std::size_t kLength = 15;
    if (name.size() <= kLength) return name;
    auto n = kLength;
    while (n > 0 && (static_cast<unsigned char>(name[n]) & 0xC0U) == 0x80U) --n;
    return name.substr(0, n);
}

/// The packet's header, written by hand since its length is known: what stands before the content.
struct Head {
    char* at;
    void byte(std::uint32_t b) { *at++ = static_cast<char>(b); }
    void varint(std::uint64_t v) { at += protozero::add_varint_to_buffer(at, v); }
    /// A field number below 16 and its wire type.
    void tag(std::uint32_t field, protozero::pbf_wire_type type) {
        byte(field << 3U | static_cast<std::uint32_t>(type));
    }
};

}  // namespace

void Packets::write(const TrackEvent& event) {
    using protozero::pbf_wire_type;
    flush();
    const auto content = event.buffer_.size();
    const auto time = static_cast<std::uint64_t>(event.time_);
    const std::size_t flags = event.interned_ ? 2 : 0;
    const auto length = 1 + static_cast<std::size_t>(length_of_varint(time)) + 2 + flags + 1 +
                        static_cast<std::size_t>(length_of_varint(content)) + content;
    char* const start = file_.room(length + 16);
    Head head{start};
    head.tag(kTracePacket, pbf_wire_type::length_delimited);
    head.varint(length);
    head.tag(kTimestamp, pbf_wire_type::varint);
    head.varint(time);
    head.tag(kSequence, pbf_wire_type::varint);
    head.byte(kOurSequence);
    if (event.interned_) {
        head.tag(kSequenceFlags, pbf_wire_type::varint);
        head.byte(kNeedsState);
    }
    head.tag(kTrackEvent, pbf_wire_type::length_delimited);
    head.varint(content);
    std::memcpy(head.at, event.bytes_.data(), content);
    file_.used(static_cast<std::size_t>(head.at - start) + content);
}

void Packets::write(std::string_view packet) {
    flush();
    std::array<char, 16> head;  // NOLINT: filled below
    protozero::fixed_size_buffer_adaptor buffer{head.data(), head.size()};
    buffer.push_back(static_cast<char>(kTracePacket << 3U | 2U));
    protozero::add_varint_to_buffer(&buffer, packet.size());
    file_.write({head.data(), buffer.size()});
    file_.write(packet);
}

void Packets::open_bundle(int core) {
    if (core != core_ || bundled_ + kLargestFtraceEvent > kBundle) flush();
    core_ = core;
}

void Packets::sched_switch(Nanoseconds time, int core, const Task& prev, PrevState prev_state, const Task& next) {
    open_bundle(core);
    std::array<char, kLargestFtraceEvent> inner_bytes;  // NOLINT: filled by the writer
    protozero::fixed_size_buffer_adaptor inner_buffer{inner_bytes.data(), inner_bytes.size()};
    FixedWriter inner(inner_buffer);
    inner.add_string(kPrevComm, comm(prev.comm).data(), comm(prev.comm).size());
    inner.add_int32(kPrevPid, prev.tid);
    inner.add_int32(kPrevPriority, kPriority);
    inner.add_int64(kPrevState, prev_state);
    inner.add_string(kNextComm, comm(next.comm).data(), comm(next.comm).size());
    inner.add_int32(kNextPid, next.tid);
    inner.add_int32(kNextPriority, kPriority);
    add_event(time, prev.tid, kSchedSwitch, {inner_buffer.data(), inner_buffer.size()});
}

void Packets::sched_waking(Nanoseconds time, int core, int waker, const Task& woken, int target) {
    open_bundle(core);
    std::array<char, kLargestFtraceEvent> inner_bytes;  // NOLINT: filled by the writer
    protozero::fixed_size_buffer_adaptor inner_buffer{inner_bytes.data(), inner_bytes.size()};
    FixedWriter inner(inner_buffer);
    inner.add_string(kWokenComm, comm(woken.comm).data(), comm(woken.comm).size());
    inner.add_int32(kWokenPid, woken.tid);
    inner.add_int32(kWokenPriority, kPriority);
    inner.add_int32(kWokenCore, target);
    add_event(time, waker, kSchedWaking, {inner_buffer.data(), inner_buffer.size()});
}

void Packets::add_event(Nanoseconds time, int pid, Ftrace field, std::string_view content) {
    const auto size = [&] {
        const auto bits = [](auto v) {
            return static_cast<std::size_t>(length_of_varint(static_cast<std::uint64_t>(v)));
        };
        return 1 + bits(time) + 1 + bits(pid) + (field < 16 ? 1U : 2U) + bits(content.size()) + content.size();
    }();
    protozero::fixed_size_buffer_adaptor buffer{bundle_.data() + bundled_, kBundle - bundled_};
    FixedWriter bundle(buffer);
    {
        FixedWriter event(bundle, kFtraceEvent, size);
        event.add_uint64(kFtraceTime, static_cast<std::uint64_t>(time));
        event.add_int32(kFtracePid, pid);
        event.add_message(field, content.data(), content.size());
    }
    bundled_ += buffer.size();
}

void Packets::write_bundle() {
    const auto bytes = [](std::uint64_t v) { return static_cast<std::size_t>(length_of_varint(v)); };
    const auto core = static_cast<std::uint64_t>(core_);
    const auto bundle = 1 + bytes(core) + bundled_;
    const auto length = 2 + 1 + bytes(bundle) + bundle;
    protozero::fixed_size_buffer_adaptor buffer{file_.room(length + 16), length + 16};
    FixedWriter file(buffer);
    {
        FixedWriter packet(file, kTracePacket, length);
        packet.add_uint32(kSequence, kOurSequence);
        FixedWriter events(packet, kFtraceEvents, bundle);
        events.add_uint64(kCpu, core);
    }
    buffer.append(bundle_.data(), bundled_);
    file_.used(buffer.size());
    bundled_ = 0;
}

}  // namespace gilsim::trace::perfetto
