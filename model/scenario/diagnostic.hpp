#pragma once
/// What is wrong with a scenario, told so that it can be put right: all of it at once, with file, line, column and
/// caret.

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/scenario/source.hpp"

namespace gilsim::scenario {

/// A place copied out of its source.
struct Location {
    std::string file;         ///< "--set" for a setting of the command line
    int line = 0;             ///< from 1; 0: the file as a whole
    int column = 0;           ///< from 1, in bytes
    std::string source_line;  ///< that line, or a stretch of it if it is very long
    int caret = 0;            ///< where in `source_line` the column is, from 0
};

/// Where a value came from, or where else to look.
struct Note : Location {
    std::string message;
};

struct Diagnostic : Location {
    enum class Severity : std::uint8_t { error, warning };
    Severity severity = Severity::error;
    bool resource = false;  ///< valid, but more than this program can simulate (exit status 4 instead of 3)
    std::string path;       ///< `threads.worker.count`; may be empty
    std::string message;    ///< without a full stop
    std::string hint;       ///< "did you mean 'x'?"; may be empty
    std::vector<Note> notes;
};

/// Collects diagnostics; the same message at the same place counts once. Stops at 1000.
class Diagnostics {
public:
    /// Adds an error; the reference is valid until the next.
    Diagnostic& error(const Place& place, const std::string& path, const std::string& message,
                      const std::string& hint = "");
    [[nodiscard]] bool full() const;
    /// What is reported from now on is so in this variant; empty: in the file.
    void enter_variant(const std::string& name) { variant_ = name; }
    /// Adds to what is wrong in some of `count` variants only in which.
    void name_variants(std::size_t count);
    /// Errors reported so far, those that have been said before (of another variant) included.
    [[nodiscard]] std::size_t count() const { return reported_; }
    /// All, in the order of the places of each file; files in order of first appearance.
    [[nodiscard]] std::vector<Diagnostic> take();

private:
    std::vector<Diagnostic> list_;
    std::vector<std::vector<std::string>> variants_;  ///< of each of them, those in which it has been reported
    std::string variant_;
    std::size_t reported_ = 0;
    std::map<std::string, std::size_t> seen_;  ///< indexes list_
    Diagnostic ignored_;
};

[[nodiscard]] Location locate(const Place& place);
[[nodiscard]] Note make_note(const Place& place, std::string message);

/// `file:line:column: error: path: message (hint)`, the source line, a caret, then the notes likewise. Ends with a
/// newline.
[[nodiscard]] std::string render(const Diagnostic& diagnostic);
/// The first `most` of them, then "... and N more".
[[nodiscard]] std::string render(const std::vector<Diagnostic>& diagnostics, std::size_t most = 20);

}  // namespace gilsim::scenario
