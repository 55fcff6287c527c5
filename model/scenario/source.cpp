#include "model/scenario/source.hpp"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace gilsim::scenario {
namespace {

constexpr std::uintmax_t kLargestFile = 1 << 20;

/// Length of the UTF-8 sequence that starts at `i`, 0 if there is none.
std::size_t utf8_length(const std::string& text, std::size_t i) {
    const auto byte = [&](std::size_t k) { return k < text.size() ? static_cast<unsigned char>(text[k]) : 0U; };
    const unsigned first = byte(i);
    if (first < 0x80) return 1;
    const std::size_t length = first >= 0xC2 && first < 0xE0   ? 2
                               : (first & 0xF0) == 0xE0        ? 3
                               : first >= 0xF0 && first < 0xF5 ? 4
                                                               : 0;
    for (std::size_t k = 1; k < length; ++k) {
        if ((byte(i + k) & 0xC0) != 0x80) return 0;
    }
    return length;
}

}  // namespace

std::string Source::line(int number) const {
    std::size_t begin = 0;
    for (int n = 1; n < number; ++n) {
        begin = text.find('\n', begin);
        if (begin == std::string::npos) return "";
        ++begin;
    }
    std::string result = text.substr(begin, text.find('\n', begin) - begin);
    if (!result.empty() && result.back() == '\r') result.pop_back();
    return result;
}

FileText check_text(std::string text) {
    if (text.rfind("\xEF\xBB\xBF", 0) == 0) text.erase(0, 3);
    int line = 1;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t length = utf8_length(text, i);
        const auto c = static_cast<unsigned char>(text[i]);
        if (c == '\n') ++line;
        if (length == 0) return {"", "this is not a text file (it is not UTF-8)", line};
        const bool c1 = c == 0xC2 && length == 2 && static_cast<unsigned char>(text[i + 1]) < 0xA0;
        if (c1 || (length == 1 && ((c < 0x20 && c != '\n' && c != '\r' && c != '\t') || c == 0x7F)))
            return {"", "this is not a text file (it contains control characters)", line};
        i += length;
    }
    return {std::move(text), "", 0};
}

FileText read_text_file(const std::string& path) {
    namespace fs = std::filesystem;
    if (path.find('\0') != std::string::npos) return {"", "this is not the name of a file", 0};
    std::error_code error;
    const fs::file_status status = fs::status(path, error);
    if (!fs::exists(status)) return {"", "no such file", 0};
    if (fs::is_directory(status)) return {"", "this is a directory, not a file", 0};
    if (!fs::is_regular_file(status)) return {"", "this is not a regular file", 0};
    const std::uintmax_t size = fs::file_size(path, error);
    if (!error && size > kLargestFile) return {"", "the file is larger than 1 MiB", 0};
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file) return {"", std::string("the file cannot be read: ") + std::strerror(errno != 0 ? errno : EIO), 0};
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    return check_text(std::move(text));
}

}  // namespace gilsim::scenario
