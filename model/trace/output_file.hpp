#pragma once
/// One file being written: streamed, optionally compressed, and under its final name only when complete.

#include <cstddef>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace gilsim::trace {

/// A file could not be written. `what()` is one sentence for people: the file, the reason, the remedy.
class OutputError : public std::runtime_error {
public:
    OutputError(const std::filesystem::path& file, int error);
    [[nodiscard]] const std::filesystem::path& file() const { return file_; }

private:
    std::filesystem::path file_;
};

/// Bytes go to `NAME.tmp`, which `close` renames to NAME; if `close` is not reached, nothing is left. A NAME that
/// exists and is no regular file (a device, a pipe) is written to directly. A NAME that ends in `.gz` is compressed;
/// the bytes depend on nothing but the content (no date, no name).
///
/// Writing never throws, because it happens deep inside a simulation: the first error is kept, later bytes are dropped,
/// and `close` throws it. A long run can ask `failed` now and then.
class OutputFile {
public:
    /// Opens the file. Throws OutputError.
    explicit OutputFile(std::filesystem::path name);
    ~OutputFile();
    OutputFile(const OutputFile&) = delete;
    OutputFile& operator=(const OutputFile&) = delete;

    /// The most that `room` can give at once, in bytes.
    static constexpr std::size_t kLargestRoom = 16 * 1024;

    /// Space for the next `n` bytes (at most kLargestRoom); tell with `used` how many were written there.
    [[nodiscard]] char* room(std::size_t n) {
        if (buffer_.size() - filled_ < n) flush();
        return buffer_.data() + filled_;
    }
    void used(std::size_t n) { filled_ += n; }
    /// Appends any number of bytes.
    void write(std::string_view bytes);
    /// Whether a write has failed.
    [[nodiscard]] bool failed() const { return error_ != 0; }
    /// Completes the file and gives it its name. Throws OutputError for the first error of all; the file is then gone.
    void close();

private:
    struct Compressor;
    void flush();
    void emit(const char* bytes, std::size_t n);
    void deflate(const char* bytes, std::size_t n, bool last);
    void abandon();

    std::filesystem::path name_;
    std::filesystem::path written_;  ///< what is open: NAME.tmp or NAME
    int descriptor_ = -1;
    int error_ = 0;  ///< errno of the first failure
    std::vector<char> buffer_;
    std::size_t filled_ = 0;
    std::unique_ptr<Compressor> compressor_;
};

}  // namespace gilsim::trace
