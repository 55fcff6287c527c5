#pragma once
/// Durations and sizes as people write them: a decimal number and a unit, without a space. Read exactly, in integers;
/// what cannot be exact (a fraction of a nanosecond or of a byte, a number beyond 64 bits) is refused, never rounded.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>

#include "model/engine/time.hpp"

namespace gilsim::scenario {

/// One unit and how many nanoseconds or bytes it is.
struct Unit {
    std::string_view text;
    std::int64_t factor = 1;
    std::string_view meaning;
};

/// ns, us, ms, s, min, h: ascending.
[[nodiscard]] std::span<const Unit> duration_units();
/// B, KB, KiB, ...: ascending.
[[nodiscard]] std::span<const Unit> size_units();

/// Why a text is not a quantity: a sentence without a full stop, and what to write instead (may be empty).
struct UnitError {
    std::string message;
    std::string hint;
};

/// `5ms`, `1.5s`, `-2us`. Nanoseconds, or why not.
[[nodiscard]] std::variant<Nanoseconds, UnitError> parse_duration(std::string_view text);
/// `64KiB`, `1.5GB`. Bytes, or why not.
[[nodiscard]] std::variant<Bytes, UnitError> parse_size(std::string_view text);
/// A decimal number without a unit, scaled by `factor`: parse_decimal("0.6", 1000) is 600. As exact as the above.
[[nodiscard]] std::variant<std::int64_t, UnitError> parse_decimal(std::string_view text, std::int64_t factor);

/// The shortest way to write it that reads back to the same value: the largest unit of which it is a whole multiple.
[[nodiscard]] std::string format_duration(Nanoseconds value);
[[nodiscard]] std::string format_size(Bytes value);
/// Thousandths as a decimal number: 600 is "0.6".
[[nodiscard]] std::string format_permille(std::int64_t value);

/// "ns, us, ms, s, min, h".
[[nodiscard]] std::string unit_list(std::span<const Unit> units);

}  // namespace gilsim::scenario
