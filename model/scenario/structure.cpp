/// Reading and writing a mapping by its rows.

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/kind.hpp"
#include "model/scenario/reader.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {

const Field* Structure::find(std::string_view key) const {
    const auto found = std::find_if(fields.begin(), fields.end(), [&](const Field& f) { return f.key == key; });
    return found == fields.end() ? nullptr : &*found;
}

std::vector<std::string> Structure::keys() const {
    std::vector<std::string> result;
    for (const Field& f : fields) result.push_back(f.key);
    return result;
}

void read_structure(Reader& reader, const Node& node, const Structure& structure, void* object) {
    if (node.is(Node::Kind::broken)) return;
    const Field* shorthand = structure.find(structure.shorthand);
    const bool short_form = shorthand != nullptr && shorthand->kind->claims(node);
    if (!short_form && !node.is(Node::Kind::map)) {
        reader.mismatch(node, fmt::format("a mapping with {}", joined(structure.keys())));
        return;
    }
    for (const Entry& entry : node.entries) {
        if (short_form || structure.find(entry.key) != nullptr || reader.full()) continue;
        const auto scope = reader.enter(entry.key);
        reader.error(entry, fmt::format("unknown key {}", quote(entry.key)), did_you_mean(entry.key, structure.keys()));
    }
    for (const Field& field : structure.fields) {
        const Node* value = short_form ? (&field == shorthand ? &node : nullptr) : node.find(field.key);
        if (value != nullptr) {
            if (short_form) {
                field.read(reader, *value, object);
            } else if (!value->is(Node::Kind::broken)) {
                const auto scope = reader.enter(field.key);
                field.read(reader, *value, object);
            }
        } else if (field.is_required) {
            reader.error(node, fmt::format("{} is missing: {}", quote(field.key), field.doc));
        } else if (field.otherwise) {
            field.otherwise(reader, object);
        }
    }
    if (structure.check) structure.check(reader, node, object);
}

Json write_structure(const Variant& variant, const Structure& structure, const void* object) {
    Json result = Json::object();
    bool only_shorthand = true;
    for (const Field& field : structure.fields) {
        Json value = field.write(variant, object);
        if (value.is_null()) continue;
        const bool as_absent = !field.if_absent.empty() && value == field.default_value();
        if (as_absent && !field.otherwise) continue;
        // What an absent field stands for may depend on the rest of the scenario: then it is said.
        if (field.key != structure.shorthand)
            only_shorthand = only_shorthand && !field.otherwise && value == field.default_value();
        result[field.key] = std::move(value);
    }
    const auto main = result.find(structure.shorthand);
    const bool claimed = main != result.end() && (!main->is_object() || structure.find(main->begin().key()) == nullptr);
    return only_shorthand && claimed ? Json(*main) : result;
}

}  // namespace gilsim::scenario
