/// Sweeps: their shape.

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"

namespace gilsim::scenario {
namespace {

class AxesKind : public Kind<std::vector<SweepAxis>> {
public:
    [[nodiscard]] std::string told() const override {
        return "a mapping of parameters or paths of fields to lists of values";
    }
    [[nodiscard]] bool named() const override { return true; }
    Json schema(Definitions&) const override {
        return named_schema(
            {{"type", "array"}, {"items", {{"type", {"string", "number", "boolean"}}}}, {"minItems", 1}});
    }
    void read(Reader& reader, const Node& node, std::vector<SweepAxis>& out) const override {
        if (!is_mapping(reader, node, told())) return;
        for (const Entry& entry : node.entries) {
            const auto scope = reader.enter(entry.key);
            if (!entry.value.is(Node::Kind::list) || entry.value.items.empty()) {
                reader.mismatch(entry.value, "a list of values, as in [1, 2, 4]");
                continue;
            }
            SweepAxis& axis = out.emplace_back();
            axis.name = entry.key;
            for (std::size_t i = 0; i < entry.value.items.size(); ++i) {
                const auto inner = reader.enter(i);
                text()->read(reader, entry.value.items[i], axis.values.emplace_back());
            }
        }
    }
    [[nodiscard]] Json write(const Variant&, const std::vector<SweepAxis>& axes) const override {
        if (axes.empty()) return nullptr;
        Json result = Json::object();
        for (const SweepAxis& axis : axes) result[axis.name] = axis.values;
        return result;
    }
};

class RepeatKind : public Kind<std::string> {
public:
    [[nodiscard]] std::string told() const override { return "a number of runs, or auto(ci=2%, max=50)"; }
    Json schema(Definitions&) const override {
        return {
            {"anyOf", {{{"type", "integer"}, {"minimum", 1}}, {{"type", "string"}, {"pattern", "^auto(\\(.*\\))?$"}}}}};
    }
    void read(Reader& reader, const Node& node, std::string& out) const override {
        const bool number = !node.text.empty() && node.text.size() < 7 && node.text.front() != '0' &&
                            node.text.find_first_not_of("0123456789") == std::string::npos;
        if (!node.is(Node::Kind::scalar) || !(number || node.text.rfind("auto", 0) == 0))
            return reader.mismatch(node, told());
        out = node.text;
    }
    [[nodiscard]] Json write(const Variant&, const std::string& value) const override { return value; }
};

void check_sweep(Reader& reader, const Node& node, const Sweep& sweep) {
    if (sweep.grid.empty() && sweep.zip.empty() && node.find("grid") == nullptr && node.find("zip") == nullptr)
        reader.error(node, "a sweep needs 'grid', 'zip' or both");
    for (const SweepAxis& axis : sweep.zip) {
        if (axis.values.size() == sweep.zip.front().values.size()) continue;
        const auto scope = reader.enter("zip");
        reader.error(
            node, fmt::format("'{}' has {} values, '{}' has {}: in step they must be as many", sweep.zip.front().name,
                              sweep.zip.front().values.size(), axis.name, axis.values.size()));
    }
}

}  // namespace

const Structure& sweep_fields() {
    using T = Sweep;
    static const Structure structure{
        "sweep",
        "Many runs over a range of values.",
        {field<T>("grid", &T::grid, std::make_shared<AxesKind>(), "every combination of these values").absent("none"),
         field<T>("zip", &T::zip, std::make_shared<AxesKind>(), "these values in step: first with first")
             .absent("none"),
         field<T>("where", &T::where, text(), "an expression that a point must fulfil").absent("all points"),
         field<T>("repeat", &T::repeat, std::make_shared<RepeatKind>(), "runs of each point, each with its own seed")},
        "",
        checked(check_sweep)};
    return structure;
}

}  // namespace gilsim::scenario
