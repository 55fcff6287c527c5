#include "model/scenario/parameters.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kMostParameters = 500;
constexpr std::size_t kMostReferences = 100;  ///< parameters that refer to parameters

/// One `${...}` in a text: its inside, or where the closing brace is missed.
struct Hole {
    std::size_t begin = 0, end = 0;  ///< of the whole, braces included
    std::string_view inside;
};

/// The next hole from `at`; false if there is none. `closed` tells whether it ends.
bool next_hole(std::string_view text, std::size_t at, Hole& hole, bool& closed) {
    hole.begin = text.find("${", at);
    if (hole.begin == std::string_view::npos) return false;
    const std::size_t brace = text.find('}', hole.begin);
    closed = brace != std::string_view::npos;
    hole.end = closed ? brace + 1 : text.size();
    hole.inside = closed ? text.substr(hole.begin + 2, brace - hole.begin - 2) : text.substr(hole.begin + 2);
    return true;
}

std::string_view trimmed(std::string_view text) {
    while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
    while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
    return text;
}

bool is_single_name(std::string_view name) {
    const auto m = mentions(name);
    return m.size() == 1 && m[0].name == name;
}

}  // namespace

bool is_parameter_name(std::string_view name) {
    return is_single_name(name) && !is_function(name);
}

Parameters::Parameters(const Node* declared, Diagnostics& diagnostics, std::string note)
    : declared_(declared != nullptr && declared->is(Node::Kind::map) ? declared : nullptr),
      diagnostics_(diagnostics),
      note_(std::move(note)) {}

std::variant<std::string, ExpressionError> Parameters::value_of(const std::string& name) {
    const Node* node = declared_ == nullptr ? nullptr : declared_->find(name);
    if (node == nullptr) {
        const auto known = declared_ == nullptr ? std::vector<std::string>{} : declared_->keys();
        return ExpressionError{fmt::format("there is no parameter {}", quote(name)), did_you_mean(name, known)};
    }
    Value& value = values_[name];
    if (value.state == Value::State::known) return value.text;
    if (value.state == Value::State::broken) return ExpressionError{};  // reported at its own place
    if (value.state == Value::State::busy)
        return ExpressionError{fmt::format("the parameter {} depends on itself", quote(name)), ""};
    if (depth_ >= kMostReferences)
        return ExpressionError{fmt::format("parameters that refer to one another more than {} deep", kMostReferences),
                               ""};
    value.state = Value::State::busy;
    ++depth_;
    Node copy = *node;
    expand_scalar(copy, below("parameters", name));
    --depth_;
    value.text = copy.text;
    value.state = copy.is(Node::Kind::scalar) ? Value::State::known : Value::State::broken;
    if (value.state == Value::State::broken) return ExpressionError{};
    return value.text;
}

std::variant<Quantity, ExpressionError> Parameters::quantity_of(const std::string& name) {
    auto value = value_of(name);
    if (auto* error = std::get_if<ExpressionError>(&value)) return *error;
    Quantity quantity;
    if (parse_quantity(std::get<std::string>(value), quantity)) return quantity;
    return ExpressionError{fmt::format("the parameter {} is the text {}, with which one cannot calculate", quote(name),
                                       quote(std::get<std::string>(value))),
                           ""};
}

std::variant<std::string, ExpressionError> Parameters::inside(std::string_view expression) {
    const std::string_view name = trimmed(expression);
    if (is_single_name(name)) {  // as it is written, not as a number: `3.10` stays `3.10`
        auto value = value_of(std::string(name));
        if (auto* error = std::get_if<ExpressionError>(&value))
            error->offset = static_cast<std::size_t>(name.data() - expression.data());
        return value;
    }
    const auto result = evaluate(expression, [this](const std::string& n) { return quantity_of(n); });
    if (const auto* error = std::get_if<ExpressionError>(&result)) return *error;
    return format_quantity(std::get<Quantity>(result));
}

void Parameters::expand_scalar(Node& node, const std::string& path) {
    if (!node.is(Node::Kind::scalar) || node.text.find("${") == std::string::npos) return;
    const std::string text = node.text;
    std::string result;
    std::size_t at = 0;
    Hole hole;
    bool closed = true;
    const auto fail = [&](const ExpressionError& error) {
        node.kind = Node::Kind::broken;
        if (error.message.empty()) return;
        Place place = node.place;
        const std::string line = place.source == nullptr ? "" : place.source->line(place.line);
        const std::size_t begin = line.find("${", static_cast<std::size_t>(std::max(0, place.column - 1)));
        const std::size_t first = text.find("${");
        if (begin != std::string::npos)  // the same stretch of the line, as far as it is written plainly
            place.column = static_cast<int>(std::min(begin + (hole.begin - first) + 2 + error.offset, line.size()) + 1);
        Diagnostic& diagnostic = diagnostics_.error(place, path, error.message, error.hint);
        if (!note_.empty()) diagnostic.notes.push_back(make_note({}, note_));
    };
    while (next_hole(text, at, hole, closed)) {
        if (!closed) return fail({"'${' without '}'", "", 0});
        const auto value = inside(hole.inside);
        if (const auto* error = std::get_if<ExpressionError>(&value)) return fail(*error);
        result += text.substr(at, hole.begin - at) + std::get<std::string>(value);
        at = hole.end;
        if (result.size() > 10'000) return fail({"the text becomes longer than 10,000 characters", "", 0});
    }
    node.written = text;
    node.text = result + text.substr(at);
}

void Parameters::expand(Node& node, const std::string& path) {
    expand_scalar(node, path);
    for (std::size_t i = 0; i < node.items.size(); ++i) expand(node.items[i], below(path, i));
    for (Entry& entry : node.entries) expand(entry.value, below(path, entry.key));
}

void Parameters::evaluate_all() {
    if (declared_ == nullptr) return;
    for (const Entry& entry : declared_->entries) static_cast<void>(value_of(entry.key));
}

void collect_mentions(const Node& node, std::set<std::string>& names) {
    Hole hole;
    bool closed = true;
    for (std::size_t at = 0; node.is(Node::Kind::scalar) && next_hole(node.text, at, hole, closed); at = hole.end) {
        for (const Mention& mention : mentions(hole.inside)) names.insert(mention.name);
    }
    for (const Node& item : node.items) collect_mentions(item, names);
    for (const Entry& entry : node.entries) collect_mentions(entry.value, names);
}

bool check_parameters(const Node& declared, const std::string& path, Diagnostics& diagnostics) {
    if (!declared.is(Node::Kind::map)) {
        if (!declared.is(Node::Kind::broken))
            diagnostics.error(declared.place, path,
                              fmt::format("must be a mapping of names to values, is {}", declared.told()));
        return true;
    }
    if (declared.entries.size() > kMostParameters) {
        diagnostics.error(declared.place, path, fmt::format("more than {} parameters", kMostParameters));
        return false;
    }
    for (const Entry& entry : declared.entries) {
        const std::string here = below(path, entry.key);
        if (!is_single_name(entry.key)) {
            diagnostics.error(entry.place, here, "a parameter's name is made of letters, digits and '_'");
        } else if (is_function(entry.key)) {
            diagnostics.error(entry.place, here, "this is the name of a function");
        } else if (!entry.value.is(Node::Kind::scalar)) {
            diagnostics.error(
                entry.value.place, here,
                fmt::format("a parameter is a duration, a size, a number or a text, not {}", entry.value.told()));
        }
    }
    return true;
}

}  // namespace gilsim::scenario
