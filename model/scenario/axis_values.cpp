#include "model/scenario/axis_values.hpp"

#include <algorithm>
#include <cmath>
#include <set>

#include <fmt/format.h>

#include "model/scenario/expression.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

enum class Stride : std::uint8_t { step, factor, linear, log };

/// A range as written: from, to, and by what.
struct Range {
    Quantity from, to;
    Stride stride = Stride::step;
    Quantity by;  ///< the step, the factor, or the number of values
};

bool same_dimension(const Quantity& a, const Quantity& b) {
    return a.time == b.time && a.size == b.size;
}
bool plain(const Quantity& q) {
    return q.time == 0 && q.size == 0;
}

/// `1..8`, `1ms..10ms+1ms`, `1us..100ms*10`. False: the text is something else.
bool parse_range(std::string_view text, Range& range, std::string& error) {
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) return false;
    const std::string_view rest = text.substr(dots + 2);
    const std::size_t sign = std::min(rest.find_first_of("+*"), rest.size());
    if (!parse_quantity(text.substr(0, dots), range.from) || !parse_quantity(rest.substr(0, sign), range.to))
        return false;
    if (sign == rest.size()) {
        if (!plain(range.from)) error = "a range of durations or sizes needs a step";
        range.by = {1, 0, 0};
        return true;
    }
    range.stride = rest[sign] == '*' ? Stride::factor : Stride::step;
    if (!parse_quantity(rest.substr(sign + 1), range.by))
        error = fmt::format("{} is neither a number nor a quantity with a unit", quote(rest.substr(sign + 1)));
    return true;
}

/// `{from: ..., to: ..., step | factor | steps: ..., scale: linear | log}`. False after reporting.
bool read_range(const Node& node, Range& range, const AxisReport& report) {
    static const std::vector<std::string> keys{"from", "to", "step", "factor", "steps", "scale"};
    const std::size_t strides = std::count_if(node.entries.begin(), node.entries.end(), [](const Entry& e) {
        return e.key == "step" || e.key == "factor" || e.key == "steps";
    });
    bool good = true;
    const auto fail = [&](const Node& at, const std::string& message, const std::string& hint = "") {
        report(at, message, hint);
        good = false;
    };
    for (const Entry& entry : node.entries) {
        Quantity quantity;
        if (std::find(keys.begin(), keys.end(), entry.key) == keys.end()) {
            fail(entry.value, fmt::format("a range has no {}", quote(entry.key)), did_you_mean(entry.key, keys));
        } else if (entry.key == "scale") {
            if (entry.value.text == "log") range.stride = Stride::log;
            if (entry.value.text != "log" && entry.value.text != "linear")
                fail(entry.value, fmt::format("the scale must be linear or log, is {}", entry.value.told()));
        } else if (!entry.value.is(Node::Kind::scalar) || !parse_quantity(entry.value.text, quantity)) {
            fail(entry.value,
                 fmt::format("{} must be a number, a duration or a size, is {}", quote(entry.key), entry.value.told()));
        } else {
            (entry.key == "from" ? range.from : entry.key == "to" ? range.to : range.by) = quantity;
        }
    }
    if (good && (node.find("from") == nullptr || node.find("to") == nullptr || strides != 1))
        fail(node, "a range has 'from', 'to' and one of 'step', 'factor', 'steps'");
    if (node.find("factor") != nullptr) range.stride = Stride::factor;
    if (node.find("steps") != nullptr && range.stride != Stride::log) range.stride = Stride::linear;
    if (good && range.stride == Stride::log && node.find("steps") == nullptr)
        fail(node, "the scale log belongs to 'steps'", "or write factor: 10");
    return good;
}

/// What is wrong with a range; empty if nothing is.
std::string check(const Range& range) {
    if (!same_dimension(range.from, range.to)) return "a range begins and ends with quantities of the same kind";
    if (range.from.value > range.to.value) return "a range ends before it begins";
    switch (range.stride) {
        case Stride::step:
            if (!same_dimension(range.from, range.by))
                return "the step must be of the same kind as the ends of the range";
            if (range.by.value <= 0) return "the step must be more than 0";
            if ((range.to.value - range.from.value) / range.by.value >= static_cast<double>(kMostAxisValues))
                return fmt::format("more than {} values", grouped(kMostAxisValues));
            return "";
        case Stride::factor:
            if (!plain(range.by) || range.by.value <= 1) return "the factor must be a number above 1";
            if (range.from.value <= 0) return "a geometric range begins above 0";
            if (std::log(range.to.value / range.from.value) / std::log(range.by.value) >=
                static_cast<double>(kMostAxisValues))
                return fmt::format("more than {} values", grouped(kMostAxisValues));
            return "";
        case Stride::linear:
        case Stride::log:
            if (!plain(range.by) || range.by.value != std::trunc(range.by.value) || range.by.value < 2 ||
                range.by.value > static_cast<double>(kMostAxisValues))
                return fmt::format("'steps' must be a whole number from 2 to {}", grouped(kMostAxisValues));
            if (range.stride == Stride::log && range.from.value <= 0) return "a logarithmic range begins above 0";
            return "";
    }
    return "";
}

/// The values of a range without faults.
std::vector<Quantity> values_of(const Range& range) {
    std::vector<Quantity> values;
    const auto add = [&](double value) {
        Quantity q = range.from;
        q.value = plain(q) ? std::stod(fmt::format("{:.12g}", value)) : std::round(value);
        values.push_back(q);
    };
    const double from = range.from.value, to = range.to.value;
    const double end = to * (1 + 1e-9);
    if (range.stride == Stride::step) {
        for (int i = 0; from + i * range.by.value <= to + range.by.value * 1e-9; ++i) add(from + i * range.by.value);
    } else if (range.stride == Stride::factor) {
        for (double value = from; value <= end; value *= range.by.value) add(value);
    } else {
        const int last = static_cast<int>(range.by.value) - 1;
        for (int i = 0; i < last; ++i) {
            const double part = static_cast<double>(i) / last;
            add(range.stride == Stride::log ? from * std::pow(to / from, part) : from + (to - from) * part);
        }
        add(to);
    }
    return values;
}

void append_range(const Node& node, const Range& range, std::vector<Node>& out, const AxisReport& report) {
    if (const std::string error = check(range); !error.empty()) return report(node, error, "");
    for (const Quantity& value : values_of(range)) {
        const auto text = format_quantity(value);
        if (const auto* error = std::get_if<ExpressionError>(&text)) return report(node, error->message, "");
        Node& scalar = out.emplace_back();
        scalar.kind = Node::Kind::scalar;
        scalar.text = std::get<std::string>(text);
        scalar.place = node.place;
    }
}

/// A value or a range. False: the node is a scalar that is no range.
bool append(const Node& node, std::vector<Node>& out, const AxisReport& report) {
    Range range;
    std::string error;
    if (node.is(Node::Kind::scalar)) {
        if (!parse_range(node.text, range, error)) return false;
        if (error.empty())
            append_range(node, range, out, report);
        else
            report(node, error, "as in 1ms..10ms+1ms or 1ms..1s*10");
    } else if (node.find("from") != nullptr || node.find("to") != nullptr) {
        if (read_range(node, range, report)) append_range(node, range, out, report);
    } else {
        return false;
    }
    return true;
}

}  // namespace

std::string axis_told() {
    return "a list of values, as in [1, 2, 4], or a range, as in 1..8";
}

std::vector<Node> axis_values(const Node& node, const AxisReport& report) {
    std::vector<Node> values;
    bool good = true;
    const AxisReport tell = [&](const Node& at, const std::string& message, const std::string& hint) {
        good = false;
        report(at, message, hint);
    };
    if (!node.is(Node::Kind::list)) {
        if (!append(node, values, tell)) tell(node, fmt::format("must be {}, is {}", axis_told(), node.told()), "");
    } else if (node.items.empty()) {
        tell(node, "an axis needs at least one value", "");
    }
    for (const Node& item : node.items) {
        if (item.is(Node::Kind::null)) {
            tell(item, "a value is missing here", "");
        } else if (!append(item, values, tell)) {
            values.push_back(item);
        }
    }
    if (values.size() > kMostAxisValues) tell(node, fmt::format("more than {} values", grouped(kMostAxisValues)), "");
    std::set<std::string> seen;
    for (const Node& value : values) {
        if (!good) break;
        if (!seen.insert(in_one_line(value)).second)
            tell(value, fmt::format("the value {} comes twice", quote(in_one_line(value))), "");
    }
    if (!good) values.clear();
    return values;
}

std::string in_one_line(const Node& node) {
    std::string text;
    for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + in_one_line(item);
    for (const Entry& entry : node.entries)
        text += (text.empty() ? "" : ", ") + entry.key + ": " + in_one_line(entry.value);
    if (node.is(Node::Kind::list)) return "[" + text + "]";
    if (node.is(Node::Kind::map)) return "{" + text + "}";
    return node.text;
}

}  // namespace gilsim::scenario
