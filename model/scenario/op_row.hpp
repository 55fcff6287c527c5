#pragma once
/// How a struct of spec_operations.hpp becomes a row in the table of operations.

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {

/// What the trace calls the operation.
template <class T>
Field label_field() {
    return field<T>("label", &T::label, text(), "what the trace calls it").absent("the operation's own word");
}

/// The row of an operation whose struct is T. `each`: it may be given a list, and is then one operation for each of it.
template <class T>
OpRow op(const Structure& (*fields)(), bool each = false) {
    const Structure& structure = fields();
    return {structure.name,
            structure.doc,
            &structure,
            each,
            [&structure](Reader& reader, const Node& node, Op& out) {
                read_structure(reader, node, structure, &out.what.emplace<T>());
            },
            [&structure](const Variant& variant, const Op& from) -> Json {
                const T* what = std::get_if<T>(&from.what);
                return what == nullptr ? Json(nullptr) : write_structure(variant, structure, what);
            }};
}

}  // namespace gilsim::scenario
