#pragma once
/// Arithmetic on quantities: the inside of `${...}`. Numbers carry their dimension: a duration divided by a number is a
/// duration, one duration divided by another is a number, and the sum of a duration and a number is a mistake.

#include <functional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace gilsim::scenario {

/// A number with a dimension: nanoseconds^time * bytes^size.
struct Quantity {
    double value = 0;
    int time = 0;
    int size = 0;
};

/// Reads `2`, `0.5`, `5ms`, `64KiB`; false if the text is something else.
[[nodiscard]] bool parse_quantity(std::string_view text, Quantity& quantity);

/// What is wrong with an expression, and where in its text (in bytes from 0).
struct ExpressionError {
    std::string message;
    std::string hint;
    std::size_t offset = 0;
};

/// The functions an expression may use, each with its meaning: the one list of them.
struct Function {
    std::string_view call;
    std::string_view meaning;
};
[[nodiscard]] const std::vector<Function>& expression_functions();
[[nodiscard]] bool is_function(std::string_view name);

/// The names (other than functions) that an expression mentions, with their offsets, in order.
struct Mention {
    std::string name;
    std::size_t offset = 0;
};
[[nodiscard]] std::vector<Mention> mentions(std::string_view expression);

/// Finds the value of a name; an error's offset is filled in by the caller.
using Lookup = std::function<std::variant<Quantity, ExpressionError>(const std::string& name)>;
/// Evaluates. Not finite, too large, a mixture of dimensions, an unknown name or broken syntax: an error.
[[nodiscard]] std::variant<Quantity, ExpressionError> evaluate(std::string_view expression, const Lookup& lookup);

/// As one would write it: `2`, `0.5`, `333333333ns` (rounded to the nearest nanosecond or byte), or why that is
/// impossible.
[[nodiscard]] std::variant<std::string, ExpressionError> format_quantity(const Quantity& quantity);

}  // namespace gilsim::scenario
