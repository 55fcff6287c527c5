#pragma once
/// What the language can say, in words: for `gilsim help` and the reference page. Generated from the table of fields.

#include <optional>
#include <string>
#include <string_view>

namespace gilsim::scenario {

/// Help on a field (`switch_interval`, `machine.costs`), an operation (`compute`) or, without a topic, the whole
/// language. Nothing if there is no such thing.
[[nodiscard]] std::optional<std::string> help_text(std::string_view topic);
/// "did you mean 'x'?" for a topic without help; may be empty.
[[nodiscard]] std::string help_suggestion(std::string_view topic);

/// The reference page, docs/reference.md.
[[nodiscard]] std::string reference_markdown();

}  // namespace gilsim::scenario
