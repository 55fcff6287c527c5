#include "model/scenario/schema.hpp"

#include <fmt/format.h>

#include "model/scenario/fields.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

/// A regular expression for a number with one of these units.
std::string pattern(std::span<const Unit> units) {
    std::string any;
    for (const Unit& unit : units) any += fmt::format("{}{}", any.empty() ? "" : "|", unit.text);
    return fmt::format(R"(^[0-9]*\.?[0-9]+({})$|\$\{{)", any);
}

}  // namespace

Json Definitions::once(const std::string& name, const std::function<Json()>& make) {
    if (!all_.contains(name)) {
        all_[name] = nullptr;  // a definition may refer to itself
        Json made = make();
        all_[name] = std::move(made);
    }
    return {{"$ref", "#/definitions/" + name}};
}

Json Definitions::duration() {
    return once("duration", [] {
        return Json{{"type", "string"},
                    {"pattern", pattern(duration_units())},
                    {"description", "a duration: a number and a unit (" + unit_list(duration_units()) + ")"}};
    });
}

Json Definitions::size() {
    return once("size", [] {
        return Json{{"type", "string"},
                    {"pattern", pattern(size_units())},
                    {"description", "a size: a number and a unit (" + unit_list(size_units()) + ")"}};
    });
}

Json Definitions::structure(const Structure& structure, bool leave_out_top_only) {
    const Field* shorthand = structure.find(structure.shorthand);
    return once(structure.name + (leave_out_top_only ? "_variant" : ""), [&] {
        Json properties = Json::object();
        Json required = Json::array();
        bool may_have_base = false;
        for (const Field& field : document_fields().fields)
            may_have_base =
                may_have_base || (!field.kind->config_folder().empty() && field.kind->inside() == &structure);
        if (may_have_base)
            properties["base"] = {{"type", {"string", "number"}},
                                  {"description", "the configuration that these fields change"}};
        for (const Field& field : structure.fields) {
            if (leave_out_top_only && field.top_only) continue;
            Json row = field.kind->schema(*this);
            if (row.contains("$ref"))
                row = {{"allOf", Json::array({std::move(row)})}};  // draft-07 ignores what stands beside $ref
            row["description"] = field.doc;
            const Json standard = field.if_absent.empty() && !field.is_required ? field.default_value() : Json(nullptr);
            if (standard.is_primitive() && !standard.is_null()) row["default"] = standard;
            properties[field.key] = std::move(row);
            if (field.is_required && !leave_out_top_only) required.push_back(field.key);
        }
        Json object = {{"type", "object"},
                       {"description", structure.doc},
                       {"properties", std::move(properties)},
                       {"additionalProperties", false}};
        if (!required.empty()) object["required"] = std::move(required);
        if (shorthand == nullptr) return object;
        return Json{{"anyOf", {shorthand->kind->schema(*this), std::move(object)}}};
    });
}

std::string json_schema() {
    Definitions definitions;
    definitions.once("expression", [] {
        return Json{{"type", "string"}, {"pattern", R"(\$\{)"}, {"description", "an expression: ${...}"}};
    });
    const Json scenario = definitions.structure(document_fields());
    Json schema = {{"$schema", "http://json-schema.org/draft-07/schema#"},
                   {"title", "gilsim scenario"},
                   {"allOf", Json::array({scenario})},
                   {"definitions", definitions.all()}};
    return schema.dump(2) + "\n";
}

}  // namespace gilsim::scenario
