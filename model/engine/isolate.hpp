#pragma once
/// One simulation per operating-system process.

#include <functional>
#include <string>

namespace gilsim::engine {

/// What became of a forked child.
struct ChildResult {
    bool ok = false;      ///< it returned normally
    std::string payload;  ///< what the function returned
    std::string error;    ///< if not ok: an exception's text, the signal that killed it, or its exit status
};

/// Runs `work` in a forked child and returns the string it returns. The parent must not have run a simulation and must
/// be single-threaded; it sets SimGrid up before its first child, for all of them. An exception in `work` becomes
/// `error`. The child does not outlive the parent.
ChildResult in_child(const std::function<std::string()>& work);

}  // namespace gilsim::engine
