#pragma once
/// SHA-256 of texts and files.

#include <filesystem>
#include <string>
#include <string_view>

namespace gilsim::analysis {

/// The digest as 64 hexadecimal digits.
[[nodiscard]] std::string sha256(std::string_view bytes);

/// The digest of a file's content, read in pieces; empty if it cannot be read.
[[nodiscard]] std::string sha256_file(const std::filesystem::path& file);

}  // namespace gilsim::analysis
