#pragma once
/// How a struct of spec_operations.hpp becomes a row in the table of operations.

#include <vector>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {

/// Most times that something is done again.
inline constexpr std::int64_t kMostCalls = 1'000'000'000;

/// What the trace calls the operation.
template <class T>
Field label_field() {
    return field<T>("label", &T::label, text(), "what the trace calls it").absent("the operation's own word");
}

/// The fields of an operation that may wait, with its `timeout` and what is done `else`.
template <class T>
std::vector<Field> with_patience(std::vector<Field> fields) {
    fields.push_back(field<T>(
                         "timeout", [](T& op) -> Nanoseconds& { return op.patience.timeout; }, duration(),
                         "how long it waits at most")
                         .absent("for ever"));
    fields.push_back(field<T>(
                         "else", [](T& op) -> Program& { return op.patience.otherwise; }, program(),
                         "what is done if that was not long enough")
                         .absent("nothing"));
    return fields;
}

/// An `else` needs a `timeout`.
template <class T>
void check_patience(Reader& reader, const Node& node, const T& op) {
    if (op.patience.timeout < 0 && node.find("else") != nullptr)
        reader.error(node, "'else' says what is done after a time-out, but there is no 'timeout'");
}

/// Of what kind the object is that an operation names; a lock where the name was wrong, which has been said.
inline ObjectSpec::Kind kind_of_object(Reader& reader, int object) {
    const auto& objects = reader.variant().objects;
    const auto index = static_cast<std::size_t>(object);
    return index < objects.size() ? objects[index].kind : ObjectSpec::Kind::lock;
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
