#pragma once
/// What limits a run, as a sentence whose figures are still figures: the sentences of several runs that say the same
/// are told as one, with ranges.

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "model/engine/time.hpp"

namespace gilsim::analysis {

/// A figure, and how people read it.
struct Amount {
    std::int64_t value = 0;
    std::string (*text)(std::int64_t) = nullptr;  ///< such as `percent_text`
};

/// The words and the figures of a sentence, in turn; without its subject and full stop.
class Evidence {
public:
    using Part = std::variant<std::string, Amount>;

    Evidence(std::initializer_list<Part> parts) : parts_(parts) {}

    /// The sentence.
    [[nodiscard]] std::string text() const;
    /// Whether both say the same, but for their figures.
    [[nodiscard]] bool says_what(const Evidence& other) const;
    /// One sentence for all of them, which say the same: `held 1.9 to 42 %` where their figures differ.
    [[nodiscard]] static std::string together(const std::vector<const Evidence*>& alike);

private:
    std::vector<Part> parts_;
};

/// From the one to the other: `1.9 to 42 %`, `137.2 us to 3.277 ms`; one of them if they read the same.
[[nodiscard]] std::string range_text(const std::string& least, const std::string& most);

}  // namespace gilsim::analysis
