/// Programs: lists of operations.

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

class ProgramKind : public Kind<Program> {
public:
    [[nodiscard]] std::string told() const override { return "a list of operations"; }

    Json schema(Definitions& definitions) const override {
        return definitions.once("program", [&] {
            Json all = Json::array();
            for (const OpRow& row : op_rows()) {
                Json value = definitions.structure(*row.fields);
                if (row.each) value = {{"anyOf", {value, {{"type", "array"}, {"items", value}}}}};
                Json properties;
                properties[row.word] = std::move(value);
                all.push_back({{"type", "object"},
                               {"description", row.doc},
                               {"properties", std::move(properties)},
                               {"required", {row.word}},
                               {"additionalProperties", false}});
            }
            return Json{
                {"type", "array"}, {"description", "operations, one after the other"}, {"items", {{"anyOf", all}}}};
        });
    }

    void read(Reader& reader, const Node& node, Program& out) const override {
        if (!node.is(Node::Kind::list)) {
            const bool one = node.is(Node::Kind::map) && node.entries.size() == 1;
            return reader.mismatch(node, told(), one ? "put '- ' before it" : "");
        }
        for (std::size_t i = 0; i < node.items.size() && !reader.full(); ++i) {
            const auto scope = reader.enter(i);
            read_item(reader, node.items[i], out);
        }
    }

    [[nodiscard]] Json write(const Variant& variant, const Program& program) const override {
        Json list = Json::array();
        for (const Op& op : program) {
            for (const OpRow& row : op_rows()) {
                Json value = row.write(variant, op);
                if (value.is_null()) continue;
                Json item;
                item[row.word] = std::move(value);
                list.push_back(std::move(item));
            }
        }
        return list;
    }

private:
    static void read_item(Reader& reader, const Node& node, Program& out) {
        if (node.is(Node::Kind::broken)) return;
        if (!node.is(Node::Kind::map) || node.entries.empty()) {
            return reader.mismatch(node, "an operation, as in `- compute: 5ms`", did_you_mean(node.text, op_words()));
        }
        if (node.entries.size() > 1)
            return reader.error(node.entries[1],
                                fmt::format("an item of a program is one operation, here are {}: {}",
                                            node.entries.size(), joined(node.keys())),
                                "put '- ' before each");
        const Entry& entry = node.entries[0];
        const auto scope = reader.enter(entry.key);
        const auto& rows = op_rows();
        const auto row = std::find_if(rows.begin(), rows.end(), [&](const OpRow& r) { return r.word == entry.key; });
        if (row == rows.end())
            return reader.error(entry, fmt::format("there is no operation {}", quote(entry.key)),
                                did_you_mean(entry.key, op_words()));
        const auto read_one = [&](const Node& value) {
            Op op;
            if (entry.place.source != nullptr && entry.place.source->is_file) {
                op.line = entry.place.line;
                op.column = entry.place.column;
            }
            row->read(reader, value, op);
            out.push_back(std::move(op));
        };
        if (row->each && entry.value.is(Node::Kind::list)) {
            for (const Node& value : entry.value.items) read_one(value);
        } else if (!entry.value.is(Node::Kind::broken)) {
            read_one(entry.value);
        }
    }
};

}  // namespace

KindPtr<Program> program() {
    static const KindPtr<Program> kind = std::make_shared<ProgramKind>();
    return kind;
}

}  // namespace gilsim::scenario
