// What moving data between processes costs this machine: the kernel's calls for pipes, sockets, shared memory, alone.

#include <algorithm>
#include <array>
#include <cstring>
#include <fcntl.h>
#include <poll.h>

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
    bool made = pipe(in_out.data()) == 0;
};
struct Socket : Ends {
    bool made = socketpair(AF_UNIX, SOCK_STREAM, 0, in_out.data()) == 0;
};

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

// Copying a MiB that is in the cache.
Samples copies() {
    std::vector<char> from(1 << 20, 'x'), to(1 << 20, 'y');
    return per_call(50, 10, [&] {
        std::memcpy(to.data(), from.data(), from.size());
        asm volatile("" : : "r"(to.data()) : "memory");  // it is read
    });
}

constexpr std::size_t kPage = 4096;
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

Probes ipc_probes(int a) {
    return {
        {"pipe_byte", [=] { return pin(a), pass<Pipe>(1); }},
        {"pipe_bulk", [=] { return pin(a), pass<Pipe>(60'000); }},
        {"socket_byte", [=] { return pin(a), pass<Socket>(1); }},
        {"socket_bulk", [=] { return pin(a), pass<Socket>(30'000); }},  // one packet
        {"poll_4", [=] { return pin(a), polls(); }},
        {"copy", [=] { return pin(a), copies(); }},
        {"pipe_buffer", [] { return pipe_buffer(); }},
        {"socket_buffer", [] { return socket_buffer(); }},
        {"map", [=] { return pin(a), shared(false); }},
        {"shared_page", [=] { return pin(a), shared(true); }},
    };
}

}  // namespace gilsim::probe
