#include "model/scenario/units.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <numeric>
#include <vector>

#include <fmt/format.h>

#include "model/scenario/suggest.hpp"

namespace gilsim::scenario {
namespace {

constexpr std::array<Unit, 6> kDurationUnits{{
    {"ns", 1, "nanosecond"},
    {"us", kMicrosecond, "microsecond"},
    {"ms", kMillisecond, "millisecond"},
    {"s", kSecond, "second"},
    {"min", 60 * kSecond, "minute"},
    {"h", 3600 * kSecond, "hour"},
}};

constexpr std::array<Unit, 7> kSizeUnits{{
    {"B", 1, "byte"},
    {"KB", 1'000, "1000 bytes"},
    {"KiB", 1LL << 10, "1024 bytes"},
    {"MB", 1'000'000, "1000 KB"},
    {"MiB", 1LL << 20, "1024 KiB"},
    {"GB", 1'000'000'000, "1000 MB"},
    {"GiB", 1LL << 30, "1024 MiB"},
}};

bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/// How a quantity is called in messages and which unit is offered where none was written.
struct Quantity {
    std::span<const Unit> units;
    std::string_view name;
    std::string_view usual_unit;
};

/// The number at the start of a text: sign, digits, fraction. `length` 0: there is none.
struct Number {
    bool negative = false;
    std::string_view whole, fraction;
    std::size_t length = 0;
};

Number scan_number(std::string_view text) {
    Number number;
    std::size_t i = 0;
    if (i < text.size() && (text[i] == '-' || text[i] == '+')) number.negative = text[i++] == '-';
    const std::size_t whole = i;
    while (i < text.size() && is_digit(text[i])) ++i;
    number.whole = text.substr(whole, i - whole);
    if (i + 1 < text.size() && text[i] == '.' && is_digit(text[i + 1])) {
        const std::size_t fraction = ++i;
        while (i < text.size() && is_digit(text[i])) ++i;
        number.fraction = text.substr(fraction, i - fraction);
    }
    if (!number.whole.empty() || !number.fraction.empty()) number.length = i;
    return number;
}

/// number * factor, exactly.
std::variant<std::int64_t, UnitError> scale(const Number& number, std::int64_t factor, std::string_view text,
                                            std::string_view least) {
    const auto too_large = [&] { return UnitError{fmt::format("{} is too large", quote(text)), ""}; };
    std::int64_t value = 0;
    for (const char c : number.whole) {
        if (__builtin_mul_overflow(value, 10, &value) || __builtin_add_overflow(value, c - '0', &value))
            return too_large();
    }
    if (__builtin_mul_overflow(value, factor, &value)) return too_large();
    std::string_view fraction = number.fraction;
    while (!fraction.empty() && fraction.back() == '0') fraction.remove_suffix(1);
    if (!fraction.empty()) {
        const UnitError too_fine{fmt::format("{} is not a whole number of {}", quote(text), least), ""};
        if (fraction.size() > 18) return too_fine;
        std::int64_t digits = 0;
        std::int64_t power = 1;
        for (const char c : fraction) {
            digits = digits * 10 + (c - '0');
            power *= 10;
        }
        const std::int64_t common = std::gcd(factor, power);
        if (digits % (power / common) != 0) return too_fine;
        const std::int64_t part = digits / (power / common) * (factor / common);  // less than factor
        if (__builtin_add_overflow(value, part, &value)) return too_large();
    }
    return number.negative ? -value : value;
}

std::variant<std::int64_t, UnitError> parse_quantity(std::string_view text, const Quantity& quantity) {
    const Number number = scan_number(text);
    if (number.length == 0)
        return UnitError{fmt::format("{} is not a {} (a number and a unit, as in 5{})", quote(text), quantity.name,
                                     quantity.usual_unit),
                         ""};
    std::string_view unit_text = text.substr(number.length);
    const bool spaced = !unit_text.empty() && unit_text.front() == ' ';
    while (!unit_text.empty() && unit_text.front() == ' ') unit_text.remove_prefix(1);
    const std::string_view digits = text.substr(0, number.length);
    if (unit_text.empty())
        return UnitError{fmt::format("a {} needs a unit ({}), and {} has none", quantity.name,
                                     unit_list(quantity.units), quote(text)),
                         fmt::format("did you mean '{}{}'?", digits, quantity.usual_unit)};
    const auto unit =
        std::find_if(quantity.units.begin(), quantity.units.end(), [&](const Unit& u) { return u.text == unit_text; });
    if (unit == quantity.units.end()) {
        std::vector<std::string> names;
        for (const Unit& u : quantity.units) names.emplace_back(u.text);
        const std::string near = nearest(unit_text, names);
        return UnitError{fmt::format("{} is not a {}: its unit is none of {}", quote(text), quantity.name,
                                     unit_list(quantity.units)),
                         near.empty() ? "" : fmt::format("did you mean '{}{}'?", digits, near)};
    }
    if (spaced)
        return UnitError{fmt::format("{} has a space between number and unit", quote(text)),
                         fmt::format("did you mean '{}{}'?", digits, unit_text)};
    return scale(number, unit->factor, text, quantity.units.front().meaning == "byte" ? "bytes" : "nanoseconds");
}

/// In the largest unit of which `value` is a whole multiple, among those that `admitted` admits.
template <class Admitted>
std::string format_quantity(std::int64_t value, std::span<const Unit> units, Admitted admitted) {
    const Unit* best = &units.front();
    for (const Unit& unit : units) {
        if (value != 0 && value % unit.factor == 0 && admitted(unit)) best = &unit;
    }
    return fmt::format("{}{}", value / best->factor, best->text);
}

}  // namespace

std::span<const Unit> duration_units() {
    return kDurationUnits;
}
std::span<const Unit> size_units() {
    return kSizeUnits;
}

std::variant<Nanoseconds, UnitError> parse_duration(std::string_view text) {
    return parse_quantity(text, {kDurationUnits, "duration", "ms"});
}

std::variant<Bytes, UnitError> parse_size(std::string_view text) {
    return parse_quantity(text, {kSizeUnits, "size", "MiB"});
}

std::variant<std::int64_t, UnitError> parse_decimal(std::string_view text, std::int64_t factor) {
    const Number number = scan_number(text);
    if (number.length == 0 || number.length != text.size())
        return UnitError{fmt::format("{} is not a decimal number", quote(text)), ""};
    return scale(number, factor, text, fmt::format("1/{}", factor));
}

std::string format_duration(Nanoseconds value) {
    return format_quantity(value, kDurationUnits, [](const Unit&) { return true; });
}

std::string format_size(Bytes value) {
    return format_quantity(value, kSizeUnits, [](const Unit& unit) {
        return unit.factor == 1 || unit.text.find('i') != std::string_view::npos;
    });
}

std::string format_permille(std::int64_t value) {
    std::string text = fmt::format("{}{}.{:03}", value < 0 ? "-" : "", std::abs(value / 1000), std::abs(value % 1000));
    while (text.back() == '0') text.pop_back();
    if (text.back() == '.') text.pop_back();
    return text;
}

std::string unit_list(std::span<const Unit> units) {
    std::string list;
    for (const Unit& unit : units) {
        if (!list.empty()) list += ", ";
        list += unit.text;
    }
    return list;
}

}  // namespace gilsim::scenario
