#pragma once
/// Memory that messages are made in, read into and unpickled to: big ones cost page faults
/// (model/memory/big_blocks.hpp).

#include <memory>

#include "model/memory/big_blocks.hpp"
#include "model/workload/process.hpp"

namespace gilsim::multiprocessing {

using engine::Co;
using workload::SimThread;

/// A block of malloc's, freed with its last owner. Of smaller ones than 32 KiB (assumed; 64 of mimalloc's), which lie
/// among others, only their sum is followed; bigger ones decide where those after them come to lie.
class Buffer {
public:
    /// `worth`: from which size on it is followed in the arena of a thread that is not the main one, where it lies
    /// above what was made before. mimalloc has another place for smaller ones, and so has the main thread, whose arena
    /// is full of them.
    Buffer(SimThread& thread, Bytes size, Bytes worth = kWorth);
    ~Buffer();
    Buffer(const Buffer&) = delete;
    Buffer& operator=(const Buffer&) = delete;

    /// Bytes `from` to `to` are written, by whatever work that is counted elsewhere; here the page faults.
    Co<> fill(SimThread& thread, Bytes from, Bytes to);
    /// realloc, with `used` bytes in it: page faults, and what has to be copied.
    Co<> resize(SimThread& thread, Bytes size, Bytes used);
    /// Whether `bytes` that come to lie at `to` were as far in their pages, but for a few bytes: they are long enough
    /// to have a mapping or slices of their own, as this block has.
    [[nodiscard]] bool aliases(Bytes to, Bytes bytes) const;

private:
    static constexpr Bytes kWorth = 32 << 10;
    std::shared_ptr<memory::BigBlocks> blocks_;
    memory::BigBlocks::Arena arena_;
    machine::Machine& machine_;
    memory::BigBlocks::Block block_ = 0;
    Bytes least_;
    Bytes small_;  ///< of a block that is not followed: its size
    bool big_;
};

/// What Python appends to: io.BytesIO, whose room grows by an eighth, or to what is needed (Modules/_io/bytesio.c,
/// resize_buffer).
class Appended {
public:
    /// Copies `bytes` more, of a message of so many (0: of these alone); GIL held.
    Co<> append(SimThread& thread, Bytes bytes, Bytes message = 0);
    /// What has been appended: memory of its own now.
    std::shared_ptr<Buffer> take() { return std::move(buffer_); }

private:
    std::shared_ptr<Buffer> buffer_;
    Bytes room_ = 0;
    Bytes have_ = 0;
};

/// memcpy, GIL held. The places of a message are used in turn; if they do not fit into the cache together, each has
/// left it when its turn comes, and every line is read from memory and written back. `message`: of which `bytes` are a
/// part (0: they are all). `aliased`: to addresses up to 15 bytes further in their pages than where it comes from,
/// which `rep movsb` of AMD's Zen 3 and 4 takes fifteen times as long for (glibc bug 30994).
Co<> copy(SimThread& thread, Bytes bytes, Bytes message = 0, bool aliased = false);
/// memset, GIL held.
Co<> write(SimThread& thread, Bytes bytes);

}  // namespace gilsim::multiprocessing
