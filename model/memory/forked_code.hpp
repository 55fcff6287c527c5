#pragma once
/// Which pieces of the interpreter's code a process has run since a fork.

#include <vector>

#include "model/machine/code_memory.hpp"

namespace gilsim::memory {

/// After a fork parent and child share all pages. A piece of code that runs writes to reference counts, so that its
/// first run since copies pages, in either of them.
class ForkedCode {
public:
    /// This process has been forked, or is the child.
    void share();
    /// Whether this piece runs for the first time since; never before any fork.
    bool first(const machine::CodeSite& site);

private:
    bool shares_ = false;
    std::vector<machine::CodeSite> has_run_;
};

}  // namespace gilsim::memory
