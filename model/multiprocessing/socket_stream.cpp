/// A connected pair of Unix stream sockets.

#include <algorithm>
#include <bit>

#include "model/machine/two_ends.hpp"
#include "model/memory/physical_memory.hpp"
#include "model/multiprocessing/stream.hpp"

namespace gilsim::multiprocessing {
namespace {

using machine::TwoEnds;
using memory::kPage;
constexpr Bytes kPaged = 32768;               // net/unix/af_unix.c, UNIX_SKB_FRAGS_SZ
constexpr Bytes kSharedInfo = 320;            // include/linux/skbuff.h, struct skb_shared_info
constexpr Bytes kHead = kPage - kSharedInfo;  // SKB_MAX_HEAD(0)
constexpr Bytes kSkBuff = 256;                // struct sk_buff, aligned

/// What a packet is charged to its sender (SKB_TRUESIZE): its head's slab object, its pages, its descriptor.
constexpr Bytes true_size(Bytes bytes) {
    const Bytes paged = bytes > kHead ? round_up(bytes - kHead, kPage) : 0;
    const Bytes head = std::max<Bytes>(bytes - paged, 0) + kSharedInfo;
    return kSkBuff + static_cast<Bytes>(std::bit_ceil(static_cast<std::uint64_t>(head))) + paged;
}
static_assert(true_size(100) == 768);
static_assert(true_size(kHead + kPaged) == kSkBuff + kPage + kPaged);

class SocketStream final : public Stream {
public:
    SocketStream(machine::Machine& machine, std::shared_ptr<Sleepers> at_end, std::shared_ptr<Sleepers> at_beginning)
        : Stream(std::move(at_end), std::move(at_beginning)),
          machine_(machine),
          limit_(machine.spec().ipc.socket_buffer),
          packet_(std::min(kHead + kPaged, limit_ / 2 - 64)) {}

    static SocketPair pair(machine::Machine& machine) {
        const auto first = std::make_shared<Sleepers>();
        const auto second = std::make_shared<Sleepers>();
        return {std::make_unique<SocketStream>(machine, second, first),
                std::make_unique<SocketStream>(machine, first, second)};
    }

    [[nodiscard]] bool readable() const override { return !packets_.empty() || ended_; }

    // unix_stream_sendmsg
    Co<> write(Thread& thread, Bytes bytes) override {
        co_await thread.kernel(machine_.costs().syscall);
        check_reader();
        for (Bytes left = bytes; left > 0;) {
            while (under_way_ >= limit_) co_await wait_for_reader(thread);  // sock_alloc_send_pskb
            const Bytes part = std::min(left, packet_);
            const Bytes charge = true_size(part);
            under_way_ += charge;
            const bool apart = ends_.use(TwoEnds::first, &thread).apart;
            const auto& ipc = machine_.spec().ipc;
            co_await thread.kernel(thread.code(ipc.socket_call) + (apart ? ipc.apart.socket_write : 0) +
                                   copy(part, apart));
            packets_.push_back({part, charge});
            left -= part;
            co_await readers_->wake_all(thread);
            notify(&thread);
        }
        co_await thread.user_mode();
    }

    // unix_stream_read_generic
    Co<Bytes> read(Thread& thread, Bytes most) override {
        co_await thread.kernel(thread.code(machine_.costs().syscall));
        while (packets_.empty()) {
            if (ended_) {
                co_await thread.user_mode();
                co_return 0;
            }
            co_await readers_->sleep(thread);
        }
        co_await thread.kernel(thread.code(machine_.spec().ipc.socket_call));
        const bool apart = ends_.use(TwoEnds::second, &thread).apart;
        Bytes taken = 0;
        while (taken < most && !packets_.empty()) {
            Packet& packet = packets_.front();
            const Bytes part = std::min(most - taken, packet.bytes);
            const bool freed = part == packet.bytes;
            co_await thread.kernel(copy(part, apart) + (apart && freed ? machine_.spec().ipc.apart.socket_read : 0));
            taken += part;
            packet.bytes -= part;
            if (!freed) continue;
            under_way_ -= packet.charge;
            packets_.pop_front();
            if (under_way_ * 4 <= limit_) co_await writers_->wake_all(thread);  // unix_write_space
        }
        co_await thread.user_mode();
        co_return taken;
    }

private:
    struct Packet {
        Bytes bytes;
        Bytes charge;
    };
    [[nodiscard]] Nanoseconds copy(Bytes bytes, bool apart) const {
        const auto& ipc = machine_.spec().ipc;
        return per_mib(ipc.socket_copy + (apart ? ipc.apart.copy : 0), bytes);
    }

    machine::Machine& machine_;
    const Bytes limit_;
    const Bytes packet_;  ///< most bytes of a packet
    Bytes under_way_ = 0;
    std::deque<Packet> packets_;
    TwoEnds ends_;
};

}  // namespace

SocketPair make_socket_pair(machine::Machine& machine) {
    return SocketStream::pair(machine);
}

}  // namespace gilsim::multiprocessing
