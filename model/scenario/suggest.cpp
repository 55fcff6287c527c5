#include "model/scenario/suggest.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace gilsim::scenario {
namespace {

constexpr std::size_t kLongestWord = 64;       // longer ones are not slips of the pen
constexpr std::size_t kManyCandidates = 5000;  // above this no guessing: it would take too long
constexpr std::size_t kFewCandidates = 14;
constexpr std::size_t kLongestQuote = 60;

char lower(char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

/// Optimal string alignment distance.
std::size_t distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before(b.size() + 1);
    std::vector<std::size_t> last(b.size() + 1);
    std::vector<std::size_t> row(b.size() + 1);
    for (std::size_t j = 0; j <= b.size(); ++j) last[j] = j;
    for (std::size_t i = 1; i <= a.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const bool same = lower(a[i - 1]) == lower(b[j - 1]);
            row[j] = std::min({last[j] + 1, row[j - 1] + 1, last[j - 1] + (same ? 0 : 1)});
            if (i > 1 && j > 1 && lower(a[i - 1]) == lower(b[j - 2]) && lower(a[i - 2]) == lower(b[j - 1]))
                row[j] = std::min(row[j], before[j - 2] + 1);
        }
        std::swap(before, last);
        std::swap(last, row);
    }
    return last[b.size()];
}

}  // namespace

std::string nearest(std::string_view word, const std::vector<std::string>& candidates) {
    if (word.empty() || word.size() > kLongestWord || candidates.size() > kManyCandidates) return "";
    const std::size_t allowed = word.size() <= 2 ? 1 : word.size() <= 5 ? 2 : 3;
    std::size_t best = allowed + 1;
    std::string result;
    for (const std::string& candidate : candidates) {
        if (candidate.size() > kLongestWord) continue;
        const std::size_t d = distance(word, candidate);
        if (d < best && d < std::max(word.size(), candidate.size())) {
            best = d;
            result = candidate;
        }
    }
    return result;
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& candidates) {
    const std::string near = nearest(word, candidates);
    if (!near.empty()) return fmt::format("did you mean '{}'?", near);
    if (candidates.empty() || candidates.size() > kFewCandidates) return "";
    return "known: " + joined(candidates);
}

std::string quote(std::string_view text) {
    if (text.size() <= kLongestQuote) return fmt::format("'{}'", text);
    std::size_t end = kLongestQuote;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;  // do not cut within a character
    return fmt::format("'{}...'", text.substr(0, end));
}

std::string joined(const std::vector<std::string>& words) {
    return fmt::format("{}", fmt::join(words, ", "));
}

std::string grouped(long long number) {
    std::string text = std::to_string(number);
    const std::size_t first = text.front() == '-' ? 1 : 0;
    for (std::size_t at = text.size(); at > first + 3;) text.insert(at -= 3, ",");
    return text;
}

}  // namespace gilsim::scenario
