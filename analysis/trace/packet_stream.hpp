#pragma once
/// The packets of a Perfetto trace file, one after the other, in bounded memory.

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

struct gzFile_s;

namespace gilsim::analysis {

/// Takes a file apart into packets, decompressing it if it is gzip. Memory: a buffer of 256 KiB, or the largest packet.
class PacketStream {
public:
    /// Opens the file. Throws TraceError.
    explicit PacketStream(const std::filesystem::path& file);
    ~PacketStream();
    PacketStream(const PacketStream&) = delete;
    PacketStream& operator=(const PacketStream&) = delete;

    /// The next packet's content, valid until the next call; nothing at the end of the file. Throws TraceError at a
    /// byte that begins no packet and at a file that ends inside one.
    std::optional<std::string_view> next();
    /// Where the packet that `next` returned last begins, in bytes of the decompressed file.
    [[nodiscard]] std::int64_t offset() const { return packet_; }
    /// Throws the TraceError of a damaged packet at `offset()`.
    [[noreturn]] void damaged(const std::string& what) const;
    /// Throws a TraceError at `offset()`.
    [[noreturn]] void fail(const std::string& problem, const std::string& remedy) const;

private:
    /// Reads until `wanted` bytes are there or the file ends; how many are there.
    std::size_t fill(std::size_t wanted);
    [[noreturn]] void foreign(char first) const;

    std::filesystem::path file_;
    gzFile_s* in_ = nullptr;
    std::vector<char> buffer_;
    std::size_t begin_ = 0;  ///< of what has not been used yet
    std::size_t end_ = 0;
    std::int64_t used_ = 0;    ///< bytes of the file before `begin_`
    std::int64_t packet_ = 0;  ///< where the current packet begins
    bool ended_ = false;
};

}  // namespace gilsim::analysis
