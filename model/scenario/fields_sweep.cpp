/// Sweeps: their shape.

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/axis_values.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/kinds.hpp"
#include "model/scenario/nested.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

class AxesKind : public Kind<std::vector<SweepAxis>> {
public:
    [[nodiscard]] std::string told() const override {
        return "a mapping of parameters or paths of fields to lists of values or ranges";
    }
    [[nodiscard]] bool named() const override { return true; }
    Json schema(Definitions&) const override {
        const Json quantity{{"type", {"string", "number"}}};
        const Json range{{"type", "object"},
                         {"properties",
                          {{"from", quantity},
                           {"to", quantity},
                           {"step", quantity},
                           {"factor", {{"type", "number"}}},
                           {"steps", {{"type", "integer"}, {"minimum", 2}}},
                           {"scale", {{"enum", {"linear", "log"}}}}}},
                         {"required", {"from", "to"}},
                         {"additionalProperties", false}};
        return named_schema(
            {{"anyOf", {{{"type", "array"}, {"minItems", 1}}, range, {{"type", "string"}, {"pattern", "\\.\\."}}}}});
    }
    void read(Reader& reader, const Node& node, std::vector<SweepAxis>& out) const override {
        if (!is_mapping(reader, node, told())) return;
        for (const Entry& entry : node.entries) {
            const auto scope = reader.enter(entry.key);
            SweepAxis& axis = out.emplace_back();
            axis.name = entry.key;
            const auto values =
                axis_values(entry.value, [&](const Node& at, const std::string& message, const std::string& hint) {
                    reader.error(at, message, hint);
                });
            for (const Node& value : values) axis.values.push_back(in_one_line(value));
        }
    }
    [[nodiscard]] Json write(const Variant&, const std::vector<SweepAxis>& axes) const override {
        if (axes.empty()) return nullptr;
        Json result = Json::object();
        for (const SweepAxis& axis : axes) result[axis.name] = axis.values;
        return result;
    }
};

constexpr std::int64_t kMostRepeats = 100'000;

/// Reads `auto`, `auto(ci=2%, min=5, max=50)` and so on; what is wrong with it, or nothing.
std::string read_auto(std::string_view text, Repeats& out) {
    out.automatic = true;
    if (text == "auto") return "";
    if (!text.starts_with("auto(") || !text.ends_with(")")) return "must be auto(ci=2%, min=5, max=50)";
    std::string inside(text.substr(5, text.size() - 6));
    inside.erase(std::remove(inside.begin(), inside.end(), ' '), inside.end());
    for (std::size_t at = 0; at < inside.size();) {
        const std::size_t end = std::min(inside.find(',', at), inside.size());
        const std::string part = inside.substr(at, end - at);
        at = end + 1;
        const std::size_t equals = std::min(part.find('='), part.size() - 1);
        const std::string key = part.substr(0, equals);
        std::string value = part.substr(equals + 1);
        const bool percent = key == "ci" && value.ends_with("%");
        if (percent) value.pop_back();
        const auto number = parse_decimal(value, percent ? 10'000 : 1);
        if (!std::holds_alternative<std::int64_t>(number) || (key == "ci" && !percent))
            return fmt::format("{} must be {}", quote(part), key == "ci" ? "as in ci=2%" : "as in max=50");
        const std::int64_t n = std::get<std::int64_t>(number);
        if (key == "ci" && n > 0 && n < 1'000'000) {
            out.ppm = n;
        } else if (key == "min" && n >= 2 && n <= kMostRepeats) {
            out.least = n;
        } else if (key == "max" && n >= 2 && n <= kMostRepeats) {
            out.most = n;
        } else if (key == "ci" || key == "min" || key == "max") {
            return fmt::format("{} is out of range: ci above 0 and below 100 %, min and max from 2 to {}", quote(part),
                               grouped(kMostRepeats));
        } else {
            return fmt::format("auto has no {}; it has ci, min and max", quote(key));
        }
    }
    if (inside.find("min") == std::string::npos) out.least = std::min(out.least, out.most);
    return out.least > out.most ? fmt::format("min={} is more than max={}", out.least, out.most) : "";
}

class RepeatKind : public Kind<Repeats> {
public:
    [[nodiscard]] std::string told() const override { return "a number of runs, or auto(ci=2%, min=5, max=50)"; }
    Json schema(Definitions&) const override {
        return {{"anyOf",
                 {{{"type", "integer"}, {"minimum", 1}, {"maximum", kMostRepeats}},
                  {{"type", "string"}, {"pattern", "^auto(\\(.*\\))?$"}}}}};
    }
    void read(Reader& reader, const Node& node, Repeats& out) const override {
        if (node.is(Node::Kind::scalar) && node.text.starts_with("auto")) {
            if (const std::string error = read_auto(node.text, out); !error.empty())
                reader.error(node, error,
                             node.text.find(')') == std::string::npos ? "within { } write it in quotes" : "");
            return;
        }
        const auto number = parse_decimal(node.text, 1);
        if (!node.is(Node::Kind::scalar) || !std::holds_alternative<std::int64_t>(number))
            return reader.mismatch(node, told());
        out.times = std::get<std::int64_t>(number);
        if (out.times < 1 || out.times > kMostRepeats)
            reader.error(node, fmt::format("must be from 1 to {}, is {}", grouped(kMostRepeats), node.text));
    }
    [[nodiscard]] Json write(const Variant&, const Repeats& value) const override {
        if (!value.automatic) return value.times;
        return told_in_short(value);
    }
};

void check_sweep(Reader& reader, const Node& node, const Sweep& sweep) {
    if (node.find("grid") == nullptr && node.find("zip") == nullptr && node.find("repeat") == nullptr)
        reader.error(node, "a sweep needs 'grid', 'zip' or 'repeat'");
    for (const SweepAxis& axis : sweep.zip) {
        const SweepAxis& first = sweep.zip.front();
        if (axis.values.empty() || first.values.empty() || axis.values.size() == first.values.size()) continue;
        const auto scope = reader.enter("zip");
        const Entry* entry = node.find("zip")->entry(axis.name);
        const std::string message = fmt::format("'{}' has {} values, '{}' has {}: in step they must be as many",
                                                first.name, first.values.size(), axis.name, axis.values.size());
        if (entry != nullptr) reader.error(*entry, message);
    }
    for (const SweepAxis& axis : sweep.zip) {
        const auto same = [&](const SweepAxis& other) { return other.name == axis.name; };
        if (std::any_of(sweep.grid.begin(), sweep.grid.end(), same))
            reader.error(*node.find("zip")->entry(axis.name), fmt::format("{} is in 'grid' already", quote(axis.name)));
    }
}

}  // namespace

std::string told_in_short(const Repeats& repeats) {
    if (!repeats.automatic) return fmt::format("{}", repeats.times);
    std::string percent = fmt::format("{:.4f}", static_cast<double>(repeats.ppm) / 10'000);
    percent.erase(percent.find_last_not_of('0') + 1);
    if (percent.ends_with('.')) percent.pop_back();
    return fmt::format("auto(ci={}%, min={}, max={})", percent, repeats.least, repeats.most);
}

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
