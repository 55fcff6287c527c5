#pragma once
/// The table of fields as one list: every field with its path.

#include <string>
#include <vector>

#include "model/scenario/fields.hpp"

namespace gilsim::scenario {

/// A field or an operation.
struct Topic {
    std::string path;  ///< `machine.costs.syscall`, `threads.NAME.count`, `compute`, `compute.work`
    std::string doc;
    const Field* field = nullptr;       ///< null: an operation
    const Structure* inside = nullptr;  ///< what can stand below it, if anything
};

/// In the order of the table; fields that stand at several paths (of `interpreter` and `interpreters`) once.
[[nodiscard]] const std::vector<Topic>& topics();
/// Those that a user means by this path, its end, or a single word.
[[nodiscard]] std::vector<const Topic*> find_topics(std::string_view path);
/// "5ms"; "required"; what absence means; empty if there is nothing to tell.
[[nodiscard]] std::string default_told(const Field& field);

}  // namespace gilsim::scenario
