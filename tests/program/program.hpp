#pragma once
/// Running the finished program, as a shell would.

#include <cstdlib>
#include <filesystem>
#include <string>

#include <sys/wait.h>

#include "tests/analysis/golden.hpp"

namespace gilsim::testing {

/// Whether this and gilsim are built with AddressSanitizer.
#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define GILSIM_ADDRESS_SANITIZER
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(GILSIM_ADDRESS_SANITIZER)
inline constexpr bool kAddressSanitizer = true;
#else
inline constexpr bool kAddressSanitizer = false;
#endif

/// A folder of its own that goes with all its content.
class Folder {
public:
    Folder() {
        std::string name = (std::filesystem::temp_directory_path() / "gilsim-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        std::filesystem::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;

    /// The path of a file in it.
    [[nodiscard]] std::string operator/(const std::string& file) const { return path_ + "/" + file; }
    [[nodiscard]] const std::string& path() const { return path_; }
    /// Writes a file; its path.
    [[nodiscard]] std::string write(const std::string& file, const std::string& text) const {
        std::ofstream(*this / file) << text;
        return *this / file;
    }

private:
    std::string path_;
};

/// Whether a text contains a part.
inline bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

/// What a command came to.
struct Result {
    int status = -1;  ///< exit status; 128 + signal if it was killed
    std::string out;
    std::string err;
};

/// Runs `gilsim ARGUMENTS` (shell syntax) in the project's folder, without a terminal. `environment`: `NAME=value ...`.
inline Result invoke(const std::string& arguments, const std::string& environment = "") {
    const Folder folder;
    const std::string command = std::string("{ cd '") + GILSIM_SOURCE_DIR + "' && GILSIM_ROOT='" + GILSIM_SOURCE_DIR +
                                "' " + environment + " '" + GILSIM_BINARY + "' " + arguments + "; } >'" +
                                (folder / "out") + "' 2>'" + (folder / "err") + "' </dev/null";
    const int status = std::system(command.c_str());
    return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), content(folder / "out"),
            content(folder / "err")};
}

/// A usage error: status 2, nothing on stdout, and a message with this in it.
inline void check_usage(const std::string& arguments, const std::string& message) {
    const Result r = invoke(arguments);
    INFO("gilsim " << arguments << "\n" << r.err);
    CHECK(r.status == 2);
    CHECK(r.out.empty());
    CHECK(has(r.err, message));
}

/// A scenario that ends after a moment.
inline constexpr const char* kShort = R"(gilsim: 1
title: Does it end?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  work: [{compute: 1ms}]
threads: {worker: {count: 2, run: work}}
)";

/// One that takes minutes of processor time.
inline constexpr const char* kEndless = R"(gilsim: 1
title: When does it end?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  nap: [{repeat: {times: 100000000, do: [{sleep: 1us}]}}]
threads: {main: nap}
)";

}  // namespace gilsim::testing
