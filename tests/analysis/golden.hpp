#pragma once
/// Golden files: expected texts beside the tests. GILSIM_REGENERATE=1 rewrites them instead of comparing; look at the
/// diff.

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "tests/catch.hpp"

namespace gilsim::testing {

/// A file's content; empty if there is none.
inline std::string content(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

inline bool regenerating() {
    const char* wish = std::getenv("GILSIM_REGENERATE");
    return wish != nullptr && std::string(wish) == "1";
}

/// Checks that `actual` is exactly what `file`, relative to the project, says.
inline void check_golden(const std::string& file, const std::string& actual) {
    const std::string path = std::string(GILSIM_SOURCE_DIR) + "/" + file;
    if (regenerating()) std::ofstream(path, std::ios::binary) << actual;
    INFO("golden file " << file << " (GILSIM_REGENERATE=1 rewrites it)");
    CHECK(content(path) == actual);
}

}  // namespace gilsim::testing
