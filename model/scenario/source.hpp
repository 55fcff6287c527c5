#pragma once
/// A piece of text from the user (a file, or a `--set` on the command line) and places in it.

#include <deque>
#include <string>

namespace gilsim::scenario {

struct Source;

/// Where something was written. Lines and columns (in bytes) count from 1; 0: the source as a whole.
struct Place {
    const Source* source = nullptr;
    int line = 0;
    int column = 0;
};

struct Source {
    std::string name;      ///< as shown in messages
    std::string text;      ///< UTF-8
    std::string folder;    ///< names of files in it are relative to this
    Place included_from;   ///< which place made us read it
    bool is_file = false;  ///< false: from the command line

    /// Line `number` (from 1) without its end; empty if there is none.
    [[nodiscard]] std::string line(int number) const;
};

/// Sources at fixed addresses, for as long as places point into them.
using Sources = std::deque<Source>;

/// The text of a file, or why there is none ("no such file", "this is a directory, not a file", ...).
struct FileText {
    std::string text;
    std::string error;
    int line = 0;  ///< where the text stops being text, if that is the error
};
/// Reads a regular file of at most 1 MiB of UTF-8 text.
[[nodiscard]] FileText read_text_file(const std::string& path);
/// Checks that a text is UTF-8 without control characters. `error` as above.
[[nodiscard]] FileText check_text(std::string text);

}  // namespace gilsim::scenario
