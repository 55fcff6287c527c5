#pragma once
/// Kinds of values that are mappings: one struct, or a mapping of names of the user's choice to structs.

#include <string>
#include <vector>

#include <fmt/format.h>

#include "model/scenario/kind.hpp"
#include "model/scenario/reader.hpp"
#include "model/scenario/schema.hpp"

namespace gilsim::scenario {

/// A structure is handed over as a function so that structures can contain themselves.
using StructureOf = const Structure& (*)();

template <class T>
class RecordKind : public Kind<T> {
public:
    RecordKind(StructureOf fields, std::string config_folder)
        : fields_(fields), config_folder_(std::move(config_folder)) {}
    [[nodiscard]] std::string told() const override {
        if (config_folder_.empty()) return "a mapping";
        return fmt::format("the NAME of configs/{}/NAME.yaml, a file, or a mapping of fields", config_folder_);
    }
    [[nodiscard]] const Structure* inside() const override { return &fields_(); }
    [[nodiscard]] std::string_view config_folder() const override { return config_folder_; }
    [[nodiscard]] Json schema(Definitions& definitions) const override {
        if (config_folder_.empty()) return definitions.structure(fields_());
        return {{"anyOf", {{{"type", {"string", "number"}}}, definitions.structure(fields_())}}};
    }
    void read(Reader& reader, const Node& node, T& out) const override {
        if (!config_folder_.empty() && !node.is(Node::Kind::map)) return reader.mismatch(node, told());
        read_structure(reader, node, fields_(), &out);
    }
    [[nodiscard]] Json write(const Variant& variant, const T& value) const override {
        return write_structure(variant, fields_(), &value);
    }

private:
    StructureOf fields_;
    std::string config_folder_;
};

/// A mapping with the fields of `fields`; `config_folder` (may be empty): or the name of a file there.
template <class T>
[[nodiscard]] KindPtr<T> record(StructureOf fields, std::string config_folder = "") {
    return std::make_shared<RecordKind<T>>(fields, std::move(config_folder));
}

/// A list of values of one kind.
template <class M>
class ListKind : public Kind<std::vector<M>> {
public:
    ListKind(std::string told, KindPtr<M> element) : told_(std::move(told)), element_(std::move(element)) {}
    [[nodiscard]] std::string told() const override { return told_; }
    [[nodiscard]] const Structure* inside() const override { return element_->inside(); }
    [[nodiscard]] Json schema(Definitions& definitions) const override {
        return {{"type", "array"}, {"items", element_->schema(definitions)}};
    }
    void read(Reader& reader, const Node& node, std::vector<M>& out) const override {
        if (!node.is(Node::Kind::list)) return reader.mismatch(node, told_);
        out.clear();
        for (std::size_t i = 0; i < node.items.size(); ++i) {
            const auto scope = reader.enter(i);
            element_->read(reader, node.items[i], out.emplace_back());
            if constexpr (requires(M & value) { value.line; }) {
                const Place& place = node.items[i].place;
                if (place.source == nullptr || !place.source->is_file) continue;
                out.back().line = place.line;
                out.back().column = place.column;
            }
        }
    }
    [[nodiscard]] Json write(const Variant& variant, const std::vector<M>& list) const override {
        if (list.empty()) return nullptr;
        Json result = Json::array();
        for (const M& value : list) result.push_back(element_->write(variant, value));
        return result;
    }

private:
    std::string told_;
    KindPtr<M> element_;
};

/// A list; `told`: "a list of ...".
template <class M>
[[nodiscard]] KindPtr<std::vector<M>> list_of(std::string told, KindPtr<M> element) {
    return std::make_shared<ListKind<M>>(std::move(told), std::move(element));
}

/// The schema of a mapping of names of the user's choice.
[[nodiscard]] inline Json named_schema(Json element) {
    return {{"type", "object"}, {"additionalProperties", std::move(element)}};
}

/// Whether `node` is a mapping; reports it if not.
[[nodiscard]] inline bool is_mapping(Reader& reader, const Node& node, const std::string& expected) {
    if (node.is(Node::Kind::map)) return true;
    reader.mismatch(node, expected);
    return false;
}

}  // namespace gilsim::scenario
