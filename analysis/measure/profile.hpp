#pragma once
/// A configuration that a calibration writes, line by line.

#include <string>

#include "analysis/measure/calibrate.hpp"

namespace gilsim::analysis {

/// A duration with three digits, as YAML: no measurement here is better.
[[nodiscard]] std::string calibrated(double nanoseconds);
/// A random duration around the samples: their median, and their 90th percentile for the tail, because the 99th of a
/// few hundred samples is what the rest of the machine did.
[[nodiscard]] std::string calibrated_span(double median, double tail);
/// The same where how much it varies matters both ways: of that median and as wide as from the 10th percentile to the
/// 90th.
[[nodiscard]] std::string calibrated_spread(double p10, double median, double p90);
/// "80ns, 10 % to 90 % of 100 samples 78ns to 90ns".
[[nodiscard]] std::string spread(const Quantiles& q);
/// A text of YAML, whatever is in it.
[[nodiscard]] std::string quoted(const std::string& text);
/// Whether a version such as `3.13.1` is that one or later.
[[nodiscard]] bool version_at_least(const std::string& version, int major, int minor);

/// A file being written.
class Profile {
public:
    explicit Profile(const Costs& costs) : costs_(costs) {}

    /// That cost, or null if it was not measured.
    [[nodiscard]] const Quantiles* find(const std::string& name) const { return find_cost(costs_, name); }
    void line(const std::string& text) { text_ += text + "\n"; }
    void value(const std::string& key, const std::string& value, const std::string& source);
    /// The median of one cost, if it was measured.
    void median(const std::string& key, const std::string& name, const std::string& how);
    /// The same of a size in bytes, of a number.
    void bytes(const std::string& key, const char* name, const std::string& how);
    void number(const std::string& key, const char* name, const std::string& how);
    /// Comments, if the machine was not quiet, and about what was corrected for it.
    void disturbed(const Calibration& calibration);
    [[nodiscard]] const std::string& text() const { return text_; }

private:
    const Costs& costs_;
    std::string text_;
};

}  // namespace gilsim::analysis
