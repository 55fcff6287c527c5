#pragma once
/// What is wrong with a trace file.

#include <cstdint>
#include <filesystem>
#include <stdexcept>
#include <string>

namespace gilsim::analysis {

/// A trace that cannot be read: `FILE: byte N: what is wrong; what to do`. In a compressed file, bytes are counted as
/// they are when decompressed.
struct TraceError : std::runtime_error {
    TraceError(const std::filesystem::path& file, std::int64_t offset, const std::string& problem,
               const std::string& remedy)
        : std::runtime_error(file.string() + ": byte " + std::to_string(offset) + ": " + problem + "; " + remedy) {}
};

}  // namespace gilsim::analysis
