#include "model/trace/output_file.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>

namespace gilsim::trace {

namespace {

constexpr std::size_t kBuffer = 256 * 1024;

/// What a person can do about an error.
std::string_view remedy(int error) {
    switch (error) {
        case ENOENT:
        case ENOTDIR:
            return "create the folder first";
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return "free some space, write elsewhere, or use --trace summary";
        case EACCES:
        case EPERM:
        case EROFS:
            return "write to a folder that is yours";
        case EISDIR:
            return "name a file, not a folder";
        default:
            return "write elsewhere";
    }
}

}  // namespace

OutputError::OutputError(const std::filesystem::path& file, int error)
    : std::runtime_error("cannot write " + file.string() + ": " + std::strerror(error) + "; " +
                         std::string(remedy(error))),
      file_(file) {}

struct OutputFile::Compressor {
    z_stream stream{};
    std::array<char, 64 * 1024> out{};
};

OutputFile::OutputFile(std::filesystem::path name) : name_(std::move(name)), buffer_(kBuffer) {
    std::error_code ignored;
    const auto status = std::filesystem::status(name_, ignored);
    if (std::filesystem::is_directory(status)) throw OutputError(name_, EISDIR);
    const bool direct = std::filesystem::exists(status) && !std::filesystem::is_regular_file(status);
    written_ = name_;
    if (!direct) written_ += ".tmp";
    descriptor_ = ::open(written_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
    if (descriptor_ < 0) throw OutputError(name_, errno);
    if (name_.extension() == ".gz") {
        compressor_ = std::make_unique<Compressor>();
        constexpr int kGzip = 15 + 16;  // zlib.h: 16 more than the window's bits writes a gzip header
        if (deflateInit2(&compressor_->stream, Z_BEST_SPEED, Z_DEFLATED, kGzip, 8, Z_DEFAULT_STRATEGY) != Z_OK) {
            compressor_.reset();
            abandon();
            throw OutputError(name_, ENOMEM);
        }
    }
}

OutputFile::~OutputFile() {
    abandon();
}

void OutputFile::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto n = std::min(bytes.size(), kLargestRoom);
        std::memcpy(room(n), bytes.data(), n);
        used(n);
        bytes.remove_prefix(n);
    }
}

void OutputFile::flush() {
    if (compressor_) {
        deflate(buffer_.data(), filled_, false);
    } else {
        emit(buffer_.data(), filled_);
    }
    filled_ = 0;
}

void OutputFile::emit(const char* bytes, std::size_t n) {
    while (n > 0 && error_ == 0) {
        const auto done = ::write(descriptor_, bytes, n);
        if (done < 0) {
            if (errno != EINTR) error_ = errno;
            continue;
        }
        bytes += done;
        n -= static_cast<std::size_t>(done);
    }
}

void OutputFile::deflate(const char* bytes, std::size_t n, bool last) {
    if (error_ != 0) return;
    auto& [stream, out] = *compressor_;
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes));
    stream.avail_in = static_cast<uInt>(n);
    do {
        stream.next_out = reinterpret_cast<Bytef*>(out.data());
        stream.avail_out = static_cast<uInt>(out.size());
        ::deflate(&stream, last ? Z_FINISH : Z_NO_FLUSH);
        emit(out.data(), out.size() - stream.avail_out);
    } while (stream.avail_out == 0);
}

void OutputFile::close() {
    if (descriptor_ < 0) return;
    flush();
    if (compressor_) deflate(nullptr, 0, true);
    const bool regular = written_ != name_;
    if (error_ == 0 && regular && ::fsync(descriptor_) != 0) error_ = errno;
    if (::close(descriptor_) != 0 && error_ == 0) error_ = errno;
    descriptor_ = -1;
    if (error_ == 0 && regular && std::rename(written_.c_str(), name_.c_str()) != 0) error_ = errno;
    if (error_ == 0) return;
    if (regular) ::unlink(written_.c_str());
    throw OutputError(name_, error_);
}

void OutputFile::abandon() {
    if (compressor_) deflateEnd(&compressor_->stream);
    compressor_.reset();
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    descriptor_ = -1;
    if (written_ != name_) ::unlink(written_.c_str());
}

}  // namespace gilsim::trace
