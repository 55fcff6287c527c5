#pragma once
/// What a core remembers of the code that it has run: caches of instructions, branch predictions.

#include <cstdint>
#include <utility>
#include <vector>

#include "model/scenario/spec_machine.hpp"

namespace gilsim::machine {

/// A piece of code, told by the place in the model that stands for it.
struct CodeSite {
    const char* file;
    int line;

    static constexpr CodeSite here(const char* file = __builtin_FILE(), int line = __builtin_LINE()) {
        return {file, line};
    }
    bool operator==(const CodeSite&) const = default;
};

/// The kernel's code that takes a thread off its core: it runs at each switch.
inline constexpr CodeSite kSchedulerCode = CodeSite::here();

/// The pieces of code that a core ran last, and what has made it forget some of them since.
class CodeMemory {
public:
    explicit CodeMemory(const scenario::CodeMemorySpec& spec) : spec_(spec) {}

    /// Core time of this piece, now: `warm` if the core remembers it, else more.
    Nanoseconds run(const CodeSite& site, Nanoseconds warm);
    /// When this piece last ran before `now`, when it does again; 0: never.
    Nanoseconds last_ran(const CodeSite& site, Nanoseconds now);
    /// Whatever it has run so far takes at least so many percent longer, the next time.
    void forget(std::int64_t percent);

private:
    struct Entry {
        CodeSite site;         ///< null: something has made it forget all that lies before
        Nanoseconds warm;      ///< what the piece takes
        std::int64_t percent;  ///< what it takes longer because of that
    };
    const scenario::CodeMemorySpec& spec_;
    std::vector<Entry> entries_;  ///< each piece once, the last one last
    std::vector<std::pair<CodeSite, Nanoseconds>> last_ran_;
};

}  // namespace gilsim::machine
