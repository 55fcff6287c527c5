#pragma once
/// The JSON Schema (draft-07) of scenario files, generated from the table of fields: for completion in editors.

#include <functional>
#include <string>

#include "model/scenario/kind.hpp"

namespace gilsim::scenario {

/// The `definitions` of a schema: each made once, referred to by name.
class Definitions {
public:
    /// A reference to definition `name`, which `make` makes at the first mention.
    Json once(const std::string& name, const std::function<Json()>& make);
    /// A reference to the schema of a mapping with these fields (or what its shorthand stands for).
    /// `leave_out_top_only`: without the fields that only a file as a whole may have.
    Json structure(const Structure& structure, bool leave_out_top_only = false);
    Json duration();
    Json size();

    [[nodiscard]] const Json& all() const { return all_; }

private:
    Json all_ = Json::object();
};

/// The schema as text, indented, with a newline at the end.
[[nodiscard]] std::string json_schema();

}  // namespace gilsim::scenario
