#include "analysis/records/units.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include <fmt/format.h>

namespace gilsim::analysis {
namespace {

constexpr std::array kUnits{
    RecordUnit{"s", "seconds", {1e9, 1, 0}},
    RecordUnit{"ms", "milliseconds", {1e6, 1, 0}},
    RecordUnit{"us", "microseconds", {1e3, 1, 0}},
    RecordUnit{"ns", "nanoseconds", {1, 1, 0}},
    RecordUnit{"per_s", "per second", {1e-9, -1, 0}},
    RecordUnit{"bytes", "bytes", {1, 0, 1}},
    RecordUnit{"KiB", "1024 bytes", {1024, 0, 1}},
    RecordUnit{"MiB", "1024 KiB", {1048576, 0, 1}},
    RecordUnit{"bytes_per_s", "bytes per second", {1e-9, -1, 1}},
    RecordUnit{"1", "a plain number", {1, 0, 0}},
};

}  // namespace

std::span<const RecordUnit> record_units() {
    return kUnits;
}

const RecordUnit* record_unit(std::string_view name) {
    const auto found = std::find_if(kUnits.begin(), kUnits.end(), [&](const RecordUnit& u) { return u.name == name; });
    return found == kUnits.end() ? nullptr : &*found;
}

bool same_dimension(const scenario::Quantity& a, const scenario::Quantity& b) {
    return a.time == b.time && a.size == b.size;
}

std::string percent(double ratio) {
    return std::isfinite(ratio) ? fmt::format("{:.1f} %", 100 * ratio) : "inf";
}

}  // namespace gilsim::analysis
