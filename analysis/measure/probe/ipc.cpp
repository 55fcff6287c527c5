// What moving data between processes costs this machine: the kernel's calls for pipes, sockets, shared memory, alone
// and between two cores.

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <thread>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "analysis/measure/probe/sampling.hpp"

namespace gilsim::probe {
namespace {

/// Two connected descriptors: data written to one is read from the other.
struct Ends {
    std::array<int, 2> in_out{-1, -1};
    Ends() = default;
    ~Ends() {
        for (const int one : in_out) close(one);
    }
    Ends(const Ends&) = delete;
    Ends& operator=(const Ends&) = delete;
    /// Writes and reads back: whether all of it arrived.
    bool pass(std::vector<char>& data) {
        if (write(in_out[1], data.data(), data.size()) != static_cast<ssize_t>(data.size())) return false;
        for (std::size_t got = 0; got < data.size();) {
            const ssize_t part = read(in_out[0], data.data(), data.size() - got);
            if (part <= 0) return false;
            got += static_cast<std::size_t>(part);
        }
        return true;
    }
};
struct Pipe : Ends {
    static constexpr bool both_ways = false;
    bool made = pipe(in_out.data()) == 0;
};
struct Socket : Ends {
    static constexpr bool both_ways = true;
    bool made = socketpair(AF_UNIX, SOCK_STREAM, 0, in_out.data()) == 0;
};

/// A connection over loopback.
struct Tcp : Ends {
    static constexpr bool both_ways = true;
    Tcp() {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        socklen_t length = sizeof address;
        auto* const at = reinterpret_cast<sockaddr*>(&address);
        const int listening = socket(AF_INET, SOCK_STREAM, 0);
        made =
            bind(listening, at, length) == 0 && listen(listening, 1) == 0 && getsockname(listening, at, &length) == 0;
        in_out[1] = socket(AF_INET, SOCK_STREAM, 0);
        made = made && connect(in_out[1], at, length) == 0 && (in_out[0] = accept(listening, nullptr, nullptr)) >= 0;
        close(listening);
        const int yes = 1;
        for (const int one : in_out) setsockopt(one, IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
    }
    bool made = false;
};

/// What to time of a message.
enum class Side { write, read };

// The write of a message, or its read: by one thread, or (`b`: another CPU) by two that take turns and never sleep. It
// is answered where that can be: the answer carries what the kernel would send by itself (TCP's acknowledgement).
template <class Kind>
Samples calls(Side side, std::size_t bytes, int a, int b) {
    constexpr int kMessages = 1000;
    Kind ends;
    if (!ends.made) return {};
    Samples writes, reads;
    std::atomic<int> turn{0};
    const auto write_one = [&](std::vector<char>& data) {
        const double begin = now();
        if (write(ends.in_out[1], data.data(), data.size()) < 0) return;
        writes.push_back(now() - begin);
    };
    const auto read_one = [&](std::vector<char>& data) {
        const double begin = now();
        for (std::size_t got = 0; got < data.size();) {
            const ssize_t part = read(ends.in_out[0], data.data(), data.size() - got);
            if (part <= 0) return;
            got += static_cast<std::size_t>(part);
        }
        reads.push_back(now() - begin);
        if constexpr (Kind::both_ways) static_cast<void>(!write(ends.in_out[0], data.data(), data.size()));
    };
    const auto read_answer = [&](std::vector<char>& data) {
        if constexpr (Kind::both_ways) static_cast<void>(!read(ends.in_out[1], data.data(), data.size()));
    };
    pin(a);
    std::vector<char> data(bytes, 'x');
    if (a == b) {
        for (int i = 0; i < kMessages; ++i) write_one(data), read_one(data), read_answer(data);
    } else {
        std::thread other([&] {
            pin(b);
            std::vector<char> own(bytes, 'y');
            for (int i = 0; i < kMessages; ++i) {
                while (turn != 2 * i + 1) {
                }
                read_one(own);
                turn = 2 * i + 2;
            }
        });
        for (int i = 0; i < kMessages; ++i) {
            write_one(data);
            turn = 2 * i + 1;
            while (turn != 2 * i + 2) {
            }
            read_answer(data);
        }
        other.join();
    }
    return side == Side::write ? writes : reads;
}

// What it takes in addition with each end on a CPU of its own.
template <class Kind>
Samples in_addition(Side side, std::size_t bytes, int a, int b) {
    Samples alone = calls<Kind>(side, bytes, a, a);
    Samples apart = calls<Kind>(side, bytes, a, b);
    if (alone.empty() || a == b) return {};
    std::nth_element(alone.begin(), alone.begin() + static_cast<std::ptrdiff_t>(alone.size() / 2), alone.end());
    for (double& sample : apart) sample -= alone[alone.size() / 2];
    return apart;
}

// A write and the read of it.
template <class Kind>
Samples pass(std::size_t bytes) {
    Kind ends;
    std::vector<char> data(bytes, 'x');
    if (!ends.made || !ends.pass(data)) return {};
    return per_call(100, 200, [&] { ends.pass(data); });
}

// poll() of four descriptors with nothing to read.
Samples polls() {
    std::array<Pipe, 4> pipes;
    std::array<pollfd, 4> all{};
    for (std::size_t i = 0; i < pipes.size(); ++i) all[i] = {pipes[i].in_out[0], POLLIN, 0};
    return per_call(100, 1000, [&] { poll(all.data(), all.size(), 0); });
}

// What a pipe holds, what a socket's sender may have under way: bytes.
Samples pipe_buffer() {
    const Pipe pipe;
    return {static_cast<double>(fcntl(pipe.in_out[0], F_GETPIPE_SZ))};
}
Samples socket_buffer() {
    const Socket socket;
    int size = 0;
    socklen_t length = sizeof size;
    getsockopt(socket.in_out[0], SOL_SOCKET, SO_SNDBUF, &size, &length);
    return {static_cast<double>(size)};
}

// Copying a MiB that is in the cache, in pieces, which come to lie so many bytes further in their pages than they were.
Samples copies(std::size_t piece, std::size_t further) {
    constexpr std::size_t kAll = 1 << 20;
    std::vector<char> from(kAll + kPage, 'x'), to(kAll + 2 * kPage, 'y');
    const auto page = [](std::vector<char>& memory) {
        return memory.data() + (kPage - reinterpret_cast<std::uintptr_t>(memory.data()) % kPage);
    };
    return per_call(50, 10, [&] {
        for (std::size_t at = 0; at < kAll; at += piece) std::memcpy(page(to) + at + further, page(from) + at, piece);
        asm volatile("" : : "r"(to.data()) : "memory");  // it is read
    });
}

constexpr std::size_t kShared = 2048 * kPage;

// Memory that has a name, as multiprocessing.shared_memory has it; gone at once.
class Named {
public:
    Named() : name_("/gilsim-probe-" + std::to_string(getpid())) {
        file_ = shm_open(name_.c_str(), O_RDWR | O_CREAT | O_EXCL, 0600);
        made = file_ >= 0 && ftruncate(file_, kShared) == 0;
    }
    ~Named() {
        if (file_ >= 0) close(file_);
        shm_unlink(name_.c_str());
    }
    Named(const Named&) = delete;
    Named& operator=(const Named&) = delete;
    [[nodiscard]] int open() const { return shm_open(name_.c_str(), O_RDWR, 0600); }
    bool made = false;

private:
    std::string name_;
    int file_ = -1;
};

// Opening, asking for its size and mapping; or (`touch`) the first touch of a page that was touched through another
// mapping.
Samples shared(bool touch) {
    const Named named;
    if (!named.made) return {};
    Samples samples;
    for (int i = 0; i < 60; ++i) {
        const double begin = now();
        const int file = named.open();
        const off_t size = lseek(file, 0, SEEK_END);
        void* mapped = mmap(nullptr, static_cast<std::size_t>(size), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        const double opened = now() - begin;
        close(file);
        if (mapped == MAP_FAILED) return {};
        volatile char* memory = static_cast<char*>(mapped);
        if (i == 0) std::memset(mapped, 1, kShared);
        const double first = now();
        for (std::size_t at = 0; at < kShared; at += kPage) static_cast<void>(memory[at]);
        const double touched = (now() - first) / (static_cast<double>(kShared) / kPage);
        munmap(mapped, kShared);
        if (i > 0) samples.push_back(touch ? touched : opened);
    }
    return samples;
}

}  // namespace

Probes ipc_probes(int a, int b) {
    return {
        {"pipe_byte", [=] { return pin(a), pass<Pipe>(1); }},
        {"pipe_bulk", [=] { return pin(a), pass<Pipe>(60'000); }},
        {"socket_byte", [=] { return pin(a), pass<Socket>(1); }},
        {"socket_bulk", [=] { return pin(a), pass<Socket>(30'000); }},  // one packet
        {"poll_4", [=] { return pin(a), polls(); }},
        {"copy", [=] { return pin(a), copies(1 << 20, 0); }},
        {"copy_aliased", [=] { return pin(a), copies(1 << 18, 13); }},  // of a pickle, what stands before long bytes
        {"second_level", [] { return Samples{static_cast<double>(sysconf(_SC_LEVEL2_CACHE_SIZE))}; }},
        {"pipe_buffer", [] { return pipe_buffer(); }},
        {"socket_buffer", [] { return socket_buffer(); }},
        {"map", [=] { return pin(a), shared(false); }},
        {"shared_page", [=] { return pin(a), shared(true); }},
        {"pipe_write_apart", [=] { return in_addition<Pipe>(Side::write, 64, a, b); }},
        {"pipe_read_apart", [=] { return in_addition<Pipe>(Side::read, 64, a, b); }},
        {"pipe_bulk_write_apart", [=] { return in_addition<Pipe>(Side::write, 60'000, a, b); }},
        {"pipe_bulk_read_apart", [=] { return in_addition<Pipe>(Side::read, 60'000, a, b); }},
        {"socket_write_apart", [=] { return in_addition<Socket>(Side::write, 64, a, b); }},
        {"socket_read_apart", [=] { return in_addition<Socket>(Side::read, 64, a, b); }},
        {"tcp_send_apart", [=] { return in_addition<Tcp>(Side::write, 64, a, b); }},
        {"tcp_receive_apart", [=] { return in_addition<Tcp>(Side::read, 64, a, b); }},
    };
}

}  // namespace gilsim::probe
