#include "model/scenario/expression.hpp"

#include <algorithm>
#include <cmath>
#include <muParser.h>
#include <optional>
#include <set>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kLongest = 1000;

bool letter(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
bool digit(char c) {
    return c >= '0' && c <= '9';
}

struct Token {
    enum class Kind { name, function, literal, sign };
    Kind kind;
    std::string_view text;
    std::size_t offset;
};

/// Cuts an expression into names, literals (`5ms`) and signs; an error for what belongs into none.
std::variant<std::vector<Token>, ExpressionError> cut(std::string_view text) {
    static const std::set<std::string_view> two{"==", "!=", "<=", ">=", "&&", "||"};
    static constexpr std::string_view one = "+-*/%^(),<>?:";
    std::vector<Token> tokens;
    for (std::size_t i = 0; i < text.size();) {
        const std::size_t begin = i;
        if (text[i] == ' ' || text[i] == '\t' || text[i] == '\n') {
            ++i;
            continue;
        }
        Token::Kind kind = Token::Kind::sign;
        if (letter(text[i])) {
            while (i < text.size() && (letter(text[i]) || digit(text[i]))) ++i;
            const std::size_t next = text.find_first_not_of(" \t", i);
            kind = next != std::string_view::npos && text[next] == '(' ? Token::Kind::function : Token::Kind::name;
        } else if (digit(text[i]) || text[i] == '.') {
            while (i < text.size() && (letter(text[i]) || digit(text[i]) || text[i] == '.')) ++i;
            kind = Token::Kind::literal;
        } else if (two.contains(text.substr(i, 2))) {
            i += 2;
        } else if (one.find(text[i]) != std::string_view::npos) {
            ++i;
        } else if (text[i] == '=') {
            return ExpressionError{"'=' does not belong into an expression", "did you mean '=='?", begin};
        } else {
            std::size_t end = i + 1;
            while (end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) ++end;
            return ExpressionError{fmt::format("{} does not belong into an expression", quote(text.substr(i, end - i))),
                                   "", begin};
        }
        tokens.push_back({kind, text.substr(begin, i - begin), begin});
    }
    return tokens;
}

double least(const double* values, int count) {
    return *std::min_element(values, values + count);
}
double greatest(const double* values, int count) {
    return *std::max_element(values, values + count);
}
double choose(double condition, double yes, double no) {
    return condition != 0 ? yes : no;
}
double remainder(double a, double b) {
    return b == 0 ? std::nan("") : std::fmod(a, b);
}

std::string explain(const mu::ParserError& error) {
    switch (error.GetCode()) {
        case mu::ecUNEXPECTED_EOF:
            return "ends too early";
        case mu::ecMISSING_PARENS:
            return "lacks a ')'";
        case mu::ecUNEXPECTED_PARENS:
            return "has a parenthesis where none belongs";
        case mu::ecTOO_MANY_PARAMS:
            return "gives a function too many arguments";
        case mu::ecTOO_FEW_PARAMS:
            return "gives a function too few arguments";
        case mu::ecUNEXPECTED_OPERATOR:
            return "has an operator where a value belongs";
        case mu::ecUNEXPECTED_VAL:
        case mu::ecUNEXPECTED_VAR:
            return "has a value where an operator belongs";
        case mu::ecUNEXPECTED_FUN:
            return "has a function where an operator belongs";
        case mu::ecMISSING_ELSE_CLAUSE:
            return "lacks a ':'";
        case mu::ecMISPLACED_COLON:
        case mu::ecUNEXPECTED_CONDITIONAL:
            return "has a '?' or ':' where none belongs";
        case mu::ecUNEXPECTED_ARG_SEP:
        case mu::ecUNEXPECTED_ARG:
            return "has a ',' outside of a function's arguments";
        default:
            return "cannot be understood";
    }
}

/// A parsed expression whose values can be changed between evaluations.
class Formula {
public:
    /// Throws mu::ParserError.
    Formula(const std::string& text, std::vector<double>& values) {
        parser_.ClearFun();
        parser_.ClearConst();
        parser_.DefineFun("min", least);
        parser_.DefineFun("max", greatest);
        parser_.DefineFun("ceil", static_cast<double (*)(double)>(std::ceil));
        parser_.DefineFun("floor", static_cast<double (*)(double)>(std::floor));
        parser_.DefineFun("round", static_cast<double (*)(double)>(std::round));
        parser_.DefineFun("if", choose);
        parser_.DefineOprt("%", remainder, mu::prMUL_DIV, mu::oaLEFT, false);
        for (std::size_t i = 0; i < values.size(); ++i) parser_.DefineVar(fmt::format("v{}", i), &values[i]);
        parser_.SetExpr(text);
    }
    double operator()() {
        int count = 0;
        const double* results = parser_.Eval(count);
        if (count != 1) throw mu::ParserError(mu::ecUNEXPECTED_ARG_SEP);
        return results[0];
    }

private:
    mu::Parser parser_;
};

/// The exponent e for which the result grows as scale^e when every value of a dimension grows by its own power of
/// `scale` (a power of two: exact in floating point), if there is one.
std::optional<int> exponent(double result, double scaled, double scale) {
    for (const int e : {0, 1, -1, 2, -2, 3, -3}) {
        const double expected = result * std::pow(scale, e);
        if (std::abs(scaled - expected) <= 1e-15 * std::abs(expected)) return e;
    }
    return std::nullopt;
}

/// The dimension of a formula's result, found by measuring in other units: the laws of arithmetic decide, not the
/// syntax.
std::optional<int> measure(Formula& formula, std::vector<double>& values, const std::vector<Quantity>& quantities,
                           int Quantity::*dimension, double result, bool rounds) {
    constexpr double scale = 1 << 20;
    if (std::none_of(quantities.begin(), quantities.end(), [&](const Quantity& q) { return q.*dimension != 0; }))
        return 0;
    if (result == 0) return 0;  // as good a duration or a size as a number: of whatever kind is wanted
    for (std::size_t i = 0; i < values.size(); ++i)
        values[i] = quantities[i].value * std::pow(scale, quantities[i].*dimension);
    const double scaled = formula();
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = quantities[i].value;
    std::optional<int> e = exponent(result, scaled, scale);
    if (!e && rounds && std::abs(scaled - result * scale) <= scale) e = 1;
    return e;
}

}  // namespace

const std::vector<Function>& expression_functions() {
    static const std::vector<Function> functions{
        {"min(a, b, ...)", "the least"},
        {"max(a, b, ...)", "the greatest"},
        {"ceil(a)", "rounded up to a whole number"},
        {"floor(a)", "rounded down to a whole number"},
        {"round(a)", "the nearest whole number"},
        {"if(condition, a, b)", "a where the condition holds, else b"},
    };
    return functions;
}

bool is_function(std::string_view name) {
    const auto& all = expression_functions();
    return std::any_of(all.begin(), all.end(),
                       [&](const Function& f) { return f.call.substr(0, f.call.find('(')) == name; });
}

bool parse_quantity(std::string_view text, Quantity& quantity) {
    if (const auto time = parse_duration(text); std::holds_alternative<Nanoseconds>(time)) {
        quantity = {static_cast<double>(std::get<Nanoseconds>(time)), 1, 0};
        return true;
    }
    if (const auto size = parse_size(text); std::holds_alternative<Bytes>(size)) {
        quantity = {static_cast<double>(std::get<Bytes>(size)), 0, 1};
        return true;
    }
    try {
        const std::string copy(text);
        if (copy.empty() || copy.size() > 40 || copy.find_first_not_of("0123456789.+-eE") != std::string::npos)
            return false;
        std::size_t used = 0;
        quantity = {std::stod(copy, &used), 0, 0};
        return used == copy.size() && std::isfinite(quantity.value);
    } catch (const std::exception&) {
        return false;
    }
}

std::vector<Mention> mentions(std::string_view expression) {
    std::vector<Mention> result;
    const auto tokens = cut(expression);
    if (!std::holds_alternative<std::vector<Token>>(tokens)) return result;
    for (const Token& token : std::get<std::vector<Token>>(tokens)) {
        if (token.kind == Token::Kind::name) result.push_back({std::string(token.text), token.offset});
    }
    return result;
}

std::variant<Quantity, ExpressionError> evaluate(std::string_view expression, const Lookup& lookup) {
    if (expression.size() > kLongest)
        return ExpressionError{fmt::format("an expression of more than {} characters", kLongest), "", 0};
    const auto cut_up = cut(expression);
    if (const auto* error = std::get_if<ExpressionError>(&cut_up)) return *error;
    const auto& tokens = std::get<std::vector<Token>>(cut_up);
    if (tokens.empty()) return ExpressionError{"the expression is empty", "", 0};

    std::string formula_text;
    std::vector<Quantity> quantities;
    bool rounds = false;
    for (const Token& token : tokens) {
        if (token.kind == Token::Kind::function) {
            if (!is_function(token.text)) {
                std::vector<std::string> names;
                for (const Function& f : expression_functions()) names.emplace_back(f.call.substr(0, f.call.find('(')));
                return ExpressionError{fmt::format("there is no function {}", quote(token.text)),
                                       did_you_mean(token.text, names), token.offset};
            }
            rounds = rounds || token.text == "ceil" || token.text == "floor" || token.text == "round";
            formula_text += token.text;
        } else if (token.kind == Token::Kind::sign) {
            formula_text += fmt::format("{} ", token.text);
        } else {
            Quantity quantity;
            if (token.kind == Token::Kind::name) {
                auto value = lookup(std::string(token.text));
                if (auto* error = std::get_if<ExpressionError>(&value)) {
                    error->offset = token.offset;
                    return *error;
                }
                quantity = std::get<Quantity>(value);
            } else if (!parse_quantity(token.text, quantity)) {
                return ExpressionError{
                    fmt::format("{} is neither a number nor a quantity with a unit", quote(token.text)), "",
                    token.offset};
            }
            formula_text += fmt::format("v{} ", quantities.size());
            quantities.push_back(quantity);
        }
    }

    std::vector<double> values;
    for (const Quantity& q : quantities) values.push_back(q.value);
    try {
        Formula formula(formula_text, values);
        Quantity result;
        result.value = formula();
        if (!std::isfinite(result.value))
            return ExpressionError{"the result is not finite: a division by zero, or a number too large", "", 0};
        const auto time = measure(formula, values, quantities, &Quantity::time, result.value, rounds);
        const auto size = measure(formula, values, quantities, &Quantity::size, result.value, rounds);
        if (!time || !size)
            return ExpressionError{"adds or compares things of different kinds (durations, sizes, numbers)",
                                   "write units: 5ms, not 5", 0};
        result.time = *time;
        result.size = *size;
        return result;
    } catch (const mu::ParserError& error) {
        return ExpressionError{"the expression " + explain(error), "", 0};
    }
}

std::variant<std::string, ExpressionError> format_quantity(const Quantity& quantity) {
    if (quantity.time == 0 && quantity.size == 0) {
        if (std::abs(quantity.value) < 9e15 && quantity.value == std::trunc(quantity.value))
            return fmt::format("{}", static_cast<std::int64_t>(quantity.value));
        return fmt::format("{}", quantity.value);
    }
    const bool is_duration = quantity.time == 1 && quantity.size == 0;
    if (!is_duration && !(quantity.time == 0 && quantity.size == 1))
        return ExpressionError{"the result is neither a number, nor a duration, nor a size", "", 0};
    if (std::abs(quantity.value) >= 9e18) return ExpressionError{"the result is too large", "", 0};
    const std::int64_t whole = std::llround(quantity.value);
    return is_duration ? format_duration(whole) : format_size(whole);
}

}  // namespace gilsim::scenario
