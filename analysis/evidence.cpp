#include "analysis/evidence.hpp"

#include <algorithm>

namespace gilsim::analysis {

std::string range_text(const std::string& least, const std::string& most) {
    if (least == most) return least;
    const auto unit = [](const std::string& text) { return text.substr(std::min(text.find(' '), text.size())); };
    const bool same_unit = unit(least) == unit(most);
    return (same_unit ? least.substr(0, least.size() - unit(least).size()) : least) + " to " + most;
}

std::string Evidence::text() const {
    return together({this});
}

bool Evidence::says_what(const Evidence& other) const {
    return std::equal(parts_.begin(), parts_.end(), other.parts_.begin(), other.parts_.end(),
                      [](const Part& a, const Part& b) {
                          const auto* words = std::get_if<std::string>(&a);
                          const auto* others = std::get_if<std::string>(&b);
                          return words == nullptr ? others == nullptr : others != nullptr && *words == *others;
                      });
}

std::string Evidence::together(const std::vector<const Evidence*>& alike) {
    std::string sentence;
    for (std::size_t i = 0; i < alike.front()->parts_.size(); ++i) {
        if (const auto* words = std::get_if<std::string>(&alike.front()->parts_[i])) {
            sentence += *words;
            continue;
        }
        const auto amount = [i](const Evidence* e) { return std::get<Amount>(e->parts_[i]); };
        const auto [least, most] = std::minmax_element(
            alike.begin(), alike.end(),
            [&](const Evidence* a, const Evidence* b) { return amount(a).value < amount(b).value; });
        sentence += range_text(amount(*least).text(amount(*least).value), amount(*most).text(amount(*most).value));
    }
    return sentence;
}

}  // namespace gilsim::analysis
