#include "analysis/text.hpp"

#include <array>
#include <string_view>

#include <fmt/format.h>

namespace gilsim::analysis {

std::string duration_text(Nanoseconds t) {
    struct Unit {
        Nanoseconds size;
        std::string_view name;
    };
    constexpr std::array units{Unit{kSecond, "s"}, Unit{kMillisecond, "ms"}, Unit{kMicrosecond, "us"}};
    for (const Unit& unit : units) {
        if (t < unit.size - unit.size / 20000) continue;  // 999.96 ms is 1.000 s
        int decimals = 3;
        Nanoseconds step = unit.size / 1000;
        for (Nanoseconds whole = t / unit.size; whole >= 10 && decimals > 0; whole /= 10) {
            --decimals;
            step *= 10;
        }
        const Nanoseconds steps = (t + step / 2) / step;
        const Nanoseconds scale = unit.size / step;
        if (decimals == 0) return fmt::format("{} {}", steps, unit.name);
        return fmt::format("{}.{:0{}} {}", steps / scale, steps % scale, decimals, unit.name);
    }
    return fmt::format("{} ns", t);
}

std::string bytes_text(Bytes bytes) {
    constexpr std::array<std::string_view, 5> units{"B", "KiB", "MiB", "GiB", "TiB"};
    std::size_t unit = 0;
    Bytes whole = bytes;
    Bytes hundredths = 0;
    while (whole >= 1024 && unit + 1 < units.size()) {
        hundredths = (whole % 1024) * 100 / 1024;
        whole /= 1024;
        ++unit;
    }
    if (unit == 0 || whole >= 100) return fmt::format("{} {}", whole, units[unit]);
    if (whole >= 10) return fmt::format("{}.{} {}", whole, hundredths / 10, units[unit]);
    return fmt::format("{}.{:02} {}", whole, hundredths, units[unit]);
}

std::int64_t permille(std::int64_t part, std::int64_t whole) {
    if (whole == 0) return 0;
    // Both halved until the product fits: permille need ten bits.
    while (whole > (INT64_MAX >> 11) || part > (INT64_MAX >> 11)) {
        part /= 2;
        whole /= 2;
    }
    return (part * 1000 + whole / 2) / whole;
}

std::string percent_text(std::int64_t permille) {
    if (permille > 0 && permille < 100) return fmt::format("{}.{} %", permille / 10, permille % 10);
    return fmt::format("{} %", (permille + 5) / 10);
}

std::string factor_text(std::int64_t permille) {
    if (permille > 0 && permille < 100) return fmt::format("0.{:03}", permille);
    const std::int64_t hundredths = (permille + 5) / 10;
    return fmt::format("{}.{:02}", hundredths / 100, hundredths % 100);
}

std::string csv_field(const std::string& text) {
    if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
    std::string quoted = "\"";
    for (const char c : text) {
        if (c == '"') quoted += c;
        quoted += c;
    }
    return quoted + '"';
}

std::string count_text(std::int64_t count, const std::string& noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace gilsim::analysis
