/// Spans: fixed times and random ones.

#include <array>

#include <fmt/format.h>

#include "model/scenario/kinds.hpp"
#include "model/scenario/schema.hpp"
#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

/// How a random span is written: `{word: a}`, `{word: [a, b]}` or `{word: {first: a, second: b}}`.
struct Form {
    Span::Kind kind;
    std::string_view word, first, second;  ///< names of a and b; empty: without names
    bool pair;
    std::string_view doc;
};
constexpr std::array<Form, 3> kForms{{
    {Span::Kind::uniform, "uniform", "", "", true, "equally likely between two durations"},
    {Span::Kind::exponential, "exponential", "", "", false, "exponential, by its mean"},
    {Span::Kind::lognormal, "lognormal", "median", "p99", true, "log-normal, by its median and 99th percentile"},
}};

std::vector<std::string> form_words() {
    std::vector<std::string> result;
    for (const Form& form : kForms) result.emplace_back(form.word);
    return result;
}

class SpanKind : public Kind<Span> {
public:
    [[nodiscard]] std::string told() const override {
        return "a duration, or {uniform: [a, b]}, {exponential: mean} or {lognormal: {median: a, p99: b}}";
    }

    [[nodiscard]] bool claims(const Node& node) const override {
        if (!node.is(Node::Kind::map) || node.entries.empty()) return true;
        return std::any_of(kForms.begin(), kForms.end(), [&](const Form& f) { return f.word == node.entries[0].key; });
    }

    Json schema(Definitions& definitions) const override {
        return definitions.once("span", [&] {
            Json all = Json::array({definitions.duration()});
            for (const Form& form : kForms) {
                Json inner = definitions.duration();
                if (!form.first.empty()) {
                    inner = {{"type", "object"},
                             {"properties", {{form.first, inner}, {form.second, inner}}},
                             {"required", {form.first, form.second}},
                             {"additionalProperties", false}};
                } else if (form.pair) {
                    inner = {{"type", "array"}, {"items", inner}, {"minItems", 2}, {"maxItems", 2}};
                }
                Json properties;
                properties[std::string(form.word)] = std::move(inner);
                all.push_back({{"type", "object"},
                               {"description", form.doc},
                               {"properties", std::move(properties)},
                               {"required", {form.word}},
                               {"additionalProperties", false}});
            }
            return Json{{"description", "a fixed or random time"}, {"anyOf", std::move(all)}};
        });
    }

    void read(Reader& reader, const Node& node, Span& out) const override {
        if (!node.is(Node::Kind::map)) {
            out.kind = Span::Kind::constant;
            if (node.is(Node::Kind::scalar)) return duration_->read(reader, node, out.a);
            return reader.mismatch(node, told());
        }
        if (node.entries.size() != 1) return reader.mismatch(node, told());
        const Entry& entry = node.entries[0];
        const auto scope = reader.enter(entry.key);
        for (const Form& form : kForms) {
            if (form.word != entry.key) continue;
            out.kind = form.kind;
            return read_form(reader, form, entry.value, out);
        }
        reader.error(entry, fmt::format("unknown key {}", quote(entry.key)), did_you_mean(entry.key, form_words()));
    }

    [[nodiscard]] Json write(const Variant& variant, const Span& span) const override {
        const Json a = duration_->write(variant, span.a);
        const Json b = duration_->write(variant, span.b);
        for (const Form& form : kForms) {
            if (form.kind != span.kind) continue;
            Json inner = a;
            if (!form.first.empty()) {
                inner = {{form.first, a}, {form.second, b}};
            } else if (form.pair) {
                inner = Json::array({a, b});
            }
            Json result;
            result[std::string(form.word)] = std::move(inner);
            return result;
        }
        return a;
    }

private:
    void read_form(Reader& reader, const Form& form, const Node& node, Span& out) const {
        if (!form.pair) return positive_->read(reader, node, out.a);
        if (form.first.empty()) {
            if (!node.is(Node::Kind::list) || node.items.size() != 2)
                return reader.error(node, "must be a list of two durations, the least and the greatest");
            duration_->read(reader, node.items[0], out.a);
            duration_->read(reader, node.items[1], out.b);
        } else {
            const std::vector<std::string> keys{std::string(form.first), std::string(form.second)};
            if (!node.is(Node::Kind::map)) return reader.mismatch(node, "a mapping with " + joined(keys));
            for (const Entry& entry : node.entries) {
                const auto scope = reader.enter(entry.key);
                if (entry.key == form.first) {
                    positive_->read(reader, entry.value, out.a);
                } else if (entry.key == form.second) {
                    positive_->read(reader, entry.value, out.b);
                } else {
                    reader.error(entry, fmt::format("unknown key {}", quote(entry.key)), did_you_mean(entry.key, keys));
                }
            }
            for (const std::string& key : keys) {
                if (node.find(key) == nullptr) return reader.error(node, fmt::format("'{}' is missing", key));
            }
        }
        if (out.b < out.a)
            reader.error(node, fmt::format("the second duration ({}) is less than the first ({})",
                                           format_duration(out.b), format_duration(out.a)));
    }

    KindPtr<Nanoseconds> duration_ = duration();
    KindPtr<Nanoseconds> positive_ = duration(1);
};

}  // namespace

KindPtr<Span> span() {
    return std::make_shared<SpanKind>();
}

}  // namespace gilsim::scenario
