#include "model/scenario/expression.hpp"

#include <algorithm>
#include <cmath>
#include <muParser.h>
#include <set>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"
#include "model/scenario/units.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::size_t kLongest = 1000;
constexpr const char* kNoQuantity = "the result is neither a number, nor a duration, nor a size";

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

/// A number with a dimension, while one calculates: a root halves an exponent.
struct Amount {
    double value = 0;
    double time = 0, size = 0;
};

/// muParser calculates with plain doubles. What it gets here are places in this list, so that every operator sees
/// dimensions, too. Place 0 is zero: false for `?:`, and as good a duration or a size as a number.
struct Amounts {
    std::vector<Amount> list{Amount{}};
    bool mixed = false;  ///< things of different kinds have been added or compared

    double keep(const Amount& amount) {
        if (amount.value == 0) return 0;
        list.push_back(amount);
        return static_cast<double>(list.size() - 1);
    }
    [[nodiscard]] const Amount& at(double place) const { return list[static_cast<std::size_t>(place)]; }
    void must_match(const Amount& a, const Amount& b) {
        mixed = mixed || (a.value != 0 && b.value != 0 && (a.time != b.time || a.size != b.size));
    }
};
thread_local Amounts amounts;  // of the evaluation that is going on: muParser's callbacks are plain functions

using Calculation = double (*)(double, double);
using Rounding = double (*)(double);

/// Sums and the like: both of one kind, and so is the result.
template <Calculation Calculate>
double like_both(double left, double right) {
    const Amount a = amounts.at(left);
    const Amount b = amounts.at(right);
    amounts.must_match(a, b);
    const Amount& kind = a.value != 0 ? a : b;
    return amounts.keep({Calculate(a.value, b.value), kind.time, kind.size});
}
/// Comparisons: both of one kind, the result is a number.
template <Calculation Calculate>
double comparison(double left, double right) {
    const Amount& a = amounts.at(left);
    const Amount& b = amounts.at(right);
    amounts.must_match(a, b);
    return amounts.keep({Calculate(a.value, b.value)});
}
double multiplied(double left, double right) {
    const Amount a = amounts.at(left);
    const Amount b = amounts.at(right);
    return amounts.keep({a.value * b.value, a.time + b.time, a.size + b.size});
}
double divided(double left, double right) {
    const Amount a = amounts.at(left);
    const Amount b = amounts.at(right);
    return amounts.keep({a.value / b.value, a.time - b.time, a.size - b.size});
}
double raised(double left, double right) {
    const Amount a = amounts.at(left);
    const Amount b = amounts.at(right);
    amounts.mixed = amounts.mixed || b.time != 0 || b.size != 0;
    return amounts.keep({std::pow(a.value, b.value), a.time * b.value, a.size * b.value});
}
double both(double left, double right) {
    return amounts.keep({left != 0 && right != 0 ? 1.0 : 0.0});
}
double either_of(double left, double right) {
    return amounts.keep({left != 0 || right != 0 ? 1.0 : 0.0});
}
double negated(double place) {
    Amount a = amounts.at(place);
    a.value = -a.value;
    return amounts.keep(a);
}
double unchanged(double place) {
    return place;
}
template <Rounding Round>
double rounded(double place) {
    Amount a = amounts.at(place);
    a.value = Round(a.value);
    return amounts.keep(a);
}
/// The first of the values that no other one is `Better` than.
template <Calculation Better>
double best_of(const double* places, int count) {
    double best = places[0];
    for (int i = 1; i < count; ++i) {
        amounts.must_match(amounts.at(best), amounts.at(places[i]));
        if (Better(amounts.at(places[i]).value, amounts.at(best).value) != 0) best = places[i];
    }
    return best;
}
double choose(double condition, double yes, double no) {
    return condition != 0 ? yes : no;
}

double sum(double a, double b) {
    return a + b;
}
double difference(double a, double b) {
    return a - b;
}
double remainder(double a, double b) {
    return b == 0 ? std::nan("") : std::fmod(a, b);
}
double less(double a, double b) {
    return a < b ? 1 : 0;
}
double greater(double a, double b) {
    return a > b ? 1 : 0;
}
double at_most(double a, double b) {
    return a <= b ? 1 : 0;
}
double no_less(double a, double b) {
    return a >= b ? 1 : 0;
}
double equal(double a, double b) {
    return a == b ? 1 : 0;
}
double unequal(double a, double b) {
    return a != b ? 1 : 0;
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

/// The result of an expression in which `v0`, `v1`, ... stand for the quantities. Throws mu::ParserError.
Amount calculate(const std::string& text, const std::vector<Quantity>& quantities) {
    mu::Parser parser;
    parser.ClearFun();
    parser.ClearConst();
    parser.ClearInfixOprt();
    parser.EnableBuiltInOprt(false);
    parser.DefineOprt("||", either_of, mu::prLOR);
    parser.DefineOprt("&&", both, mu::prLAND);
    parser.DefineOprt("<", comparison<less>, mu::prCMP);
    parser.DefineOprt(">", comparison<greater>, mu::prCMP);
    parser.DefineOprt("<=", comparison<at_most>, mu::prCMP);
    parser.DefineOprt(">=", comparison<no_less>, mu::prCMP);
    parser.DefineOprt("==", comparison<equal>, mu::prCMP);
    parser.DefineOprt("!=", comparison<unequal>, mu::prCMP);
    parser.DefineOprt("+", like_both<sum>, mu::prADD_SUB);
    parser.DefineOprt("-", like_both<difference>, mu::prADD_SUB);
    parser.DefineOprt("*", multiplied, mu::prMUL_DIV);
    parser.DefineOprt("/", divided, mu::prMUL_DIV);
    parser.DefineOprt("%", like_both<remainder>, mu::prMUL_DIV);
    parser.DefineOprt("^", raised, mu::prPOW, mu::oaRIGHT);
    parser.DefineInfixOprt("-", negated);
    parser.DefineInfixOprt("+", unchanged);
    parser.DefineFun("min", best_of<less>);
    parser.DefineFun("max", best_of<greater>);
    parser.DefineFun("ceil", rounded<std::ceil>);
    parser.DefineFun("floor", rounded<std::floor>);
    parser.DefineFun("round", rounded<std::round>);
    parser.DefineFun("if", choose);
    amounts = {};
    std::vector<double> places;
    for (const Quantity& q : quantities)
        places.push_back(amounts.keep({q.value, static_cast<double>(q.time), static_cast<double>(q.size)}));
    for (std::size_t i = 0; i < places.size(); ++i) parser.DefineVar(fmt::format("v{}", i), &places[i]);
    parser.SetExpr(text);
    int count = 0;
    const double* results = parser.Eval(count);
    if (count != 1) throw mu::ParserError(mu::ecUNEXPECTED_ARG_SEP);
    return amounts.at(results[0]);
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

    try {
        const Amount result = calculate(formula_text, quantities);
        if (!std::isfinite(result.value))
            return ExpressionError{"the result is not finite: a division by zero, or a number too large", "", 0};
        if (amounts.mixed)
            return ExpressionError{"adds or compares things of different kinds (durations, sizes, numbers)",
                                   "write units: 5ms, not 5", 0};
        const Quantity quantity{result.value, static_cast<int>(std::lround(result.time)),
                                static_cast<int>(std::lround(result.size))};
        if (!(std::abs(result.time - quantity.time) < 1e-9 && std::abs(result.size - quantity.size) < 1e-9))
            return ExpressionError{kNoQuantity, "", 0};
        return quantity;
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
    if (!is_duration && !(quantity.time == 0 && quantity.size == 1)) return ExpressionError{kNoQuantity, "", 0};
    if (std::abs(quantity.value) >= 9e18) return ExpressionError{"the result is too large", "", 0};
    const std::int64_t whole = std::llround(quantity.value);
    return is_duration ? format_duration(whole) : format_size(whole);
}

}  // namespace gilsim::scenario
