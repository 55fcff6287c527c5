#pragma once
/// Words for messages: quoting what the user wrote, and guessing what was meant.

#include <string>
#include <string_view>
#include <vector>

namespace gilsim::scenario {

/// The candidate nearest to `word` by edit distance (insertion, deletion, replacement, swap of neighbours; case costs
/// nothing), or empty if none is near enough to be a slip. Of equals the first.
[[nodiscard]] std::string nearest(std::string_view word, const std::vector<std::string>& candidates);

/// "did you mean 'x'?" or, if nothing is near and the candidates are few, "known: a, b, c"; else empty.
[[nodiscard]] std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates);

/// 'text' in quotes, cut where it is long.
[[nodiscard]] std::string quote(std::string_view text);

/// "a, b, c".
[[nodiscard]] std::string joined(const std::vector<std::string>& words);

/// 30000 as "30,000".
[[nodiscard]] std::string grouped(long long number);

}  // namespace gilsim::scenario
