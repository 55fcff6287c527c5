#pragma once
/// A scenario and the points of its sweep: read once, resolved at each point exactly as `--set` would.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "model/scenario/expression.hpp"
#include "model/scenario/load.hpp"

namespace gilsim::scenario {

/// One value of an axis: as written and, if it is a quantity, as a number.
struct AxisValue {
    std::string text;
    std::optional<Quantity> quantity;
};

struct Axis {
    std::string name;      ///< a parameter, or the path of a field
    bool in_step = false;  ///< one of `zip`
    std::vector<AxisValue> values;
};

/// The most combinations of values that are looked at.
inline constexpr std::uint64_t kMostCombinations = 10'000'000;

class SweepFile {
public:
    /// Reads a file. `settings`: as for `load`; `vary`: axes (`workers=1,2,4`) beside those of the file or in their
    /// place.
    SweepFile(const std::string& path, const std::vector<Setting>& settings, const std::vector<Setting>& vary,
              const std::vector<std::string>& config_folders);
    /// The same for a text, as `load_text`.
    SweepFile(const std::string& text, const std::string& name, const std::string& folder,
              const std::vector<Setting>& settings, const std::vector<Setting>& vary,
              const std::vector<std::string>& config_folders);
    ~SweepFile();
    SweepFile(const SweepFile&) = delete;
    SweepFile& operator=(const SweepFile&) = delete;

    /// The scenario without its sweep, or why there is none: what `load` gives. Without it, nothing below is of use.
    [[nodiscard]] const LoadResult& base() const;
    /// Those of `grid`, then those of `zip`.
    [[nodiscard]] const std::vector<Axis>& axes() const;
    /// How many combinations of values there are, those that `where` excludes included. A combination is a number from
    /// 0: the last axis varies fastest.
    [[nodiscard]] std::uint64_t combinations() const;
    /// The place of each axis' value in a combination.
    [[nodiscard]] std::vector<std::size_t> values_at(std::uint64_t combination) const;

    /// The combinations that `where` admits, in order; or what is wrong with it or with their number.
    struct Points {
        std::vector<std::uint64_t> combinations;
        std::vector<Diagnostic> diagnostics;
    };
    [[nodiscard]] Points points() const;
    /// The scenario at a combination.
    [[nodiscard]] LoadResult resolve(std::uint64_t combination) const;

private:
    struct Impl;
    std::unique_ptr<Impl> impl_;
};

}  // namespace gilsim::scenario
