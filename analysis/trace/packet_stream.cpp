#include "analysis/trace/packet_stream.hpp"

#include <cerrno>
#include <cstring>
#include <zlib.h>

#include "analysis/trace/error.hpp"

namespace gilsim::analysis {
namespace {

constexpr std::size_t kBuffer = 256 << 10;
constexpr std::uint64_t kLargestPacket = 64 << 20;  // ours have some 4 KiB at most
constexpr char kPacketTag = 0x0A;                   // field 1, length-delimited
const std::string kRunAgain = "write it again with 'gilsim run FILE --trace full -o DIR'";  // NOLINT: cannot throw

}  // namespace

PacketStream::PacketStream(const std::filesystem::path& file) : file_(file), buffer_(kBuffer) {
    std::error_code error;
    if (std::filesystem::is_directory(file, error)) fail("this is a folder", "name a trace file in it");
    errno = 0;
    in_ = gzopen(file.c_str(), "rb");  // reads what is not compressed as it is
    if (in_ == nullptr) fail(std::string("cannot be opened: ") + std::strerror(errno), "check its name");
    gzbuffer(in_, 128 << 10);
}

PacketStream::~PacketStream() {
    if (in_ != nullptr) gzclose(in_);
}

void PacketStream::fail(const std::string& problem, const std::string& remedy) const {
    throw TraceError(file_, packet_, problem, remedy);
}

void PacketStream::damaged(const std::string& what) const {
    fail("the trace is damaged: " + what, kRunAgain);
}

void PacketStream::foreign(char first) const {
    if (used_ > 0) damaged("no packet begins here");
    if (first == '{' || first == '[')
        fail("this is no Perfetto trace but looks like JSON", "give the .pftrace file of a run with '--trace full'");
    fail("this is no Perfetto trace", "give the .pftrace file of a run with '--trace full'");
}

std::size_t PacketStream::fill(std::size_t wanted) {
    if (end_ - begin_ >= wanted || ended_) return end_ - begin_;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (wanted > buffer_.size()) buffer_.resize(wanted);
    while (end_ < wanted && !ended_) {
        const int n = gzread(in_, buffer_.data() + end_, static_cast<unsigned>(buffer_.size() - end_));
        if (n < 0) {
            int code = 0;
            const std::string text = gzerror(in_, &code);
            packet_ = used_ + static_cast<std::int64_t>(end_);
            if (code == Z_BUF_ERROR) fail("the compressed file is cut off", kRunAgain);
            if (code == Z_ERRNO) fail(std::string("cannot be read: ") + std::strerror(errno), "check the file");
            fail("the compressed data is damaged: " + text, kRunAgain);
        }
        if (n == 0) {
            int code = 0;
            gzerror(in_, &code);
            packet_ = used_ + static_cast<std::int64_t>(end_);
            if (code == Z_BUF_ERROR) fail("the compressed file is cut off", kRunAgain);
            ended_ = true;
        }
        end_ += static_cast<std::size_t>(n);
    }
    return end_ - begin_;
}

std::optional<std::string_view> PacketStream::next() {
    constexpr std::size_t kHead = 11;  // the tag and the longest varint
    const std::size_t there = fill(kHead);
    packet_ = used_;
    if (there == 0) {
        if (used_ == 0) fail("the file is empty", kRunAgain);
        return std::nullopt;
    }
    const char* const data = buffer_.data() + begin_;
    if (data[0] != kPacketTag) foreign(data[0]);
    std::uint64_t length = 0;
    std::size_t head = 1;
    for (unsigned shift = 0;; shift += 7) {
        if (head == there) fail("the file ends inside a packet", kRunAgain);
        if (shift > 28) foreign(data[0]);
        const auto byte = static_cast<unsigned char>(data[head++]);
        length |= static_cast<std::uint64_t>(byte & 0x7FU) << shift;
        if (byte < 0x80U) break;
    }
    if (length > kLargestPacket) foreign(data[0]);
    const std::size_t whole = head + static_cast<std::size_t>(length);
    if (fill(whole) < whole) {
        packet_ = used_;
        fail("the file ends inside a packet", kRunAgain);
    }
    const std::string_view content(buffer_.data() + begin_ + head, static_cast<std::size_t>(length));
    begin_ += whole;
    used_ += static_cast<std::int64_t>(whole);
    return content;
}

}  // namespace gilsim::analysis
