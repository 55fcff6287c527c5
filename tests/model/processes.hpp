#pragma once
/// Processes that talk to each other, on a machine where nothing costs but what a test adds: dates can be worked out by
/// hand.

#include <iterator>
#include <regex>

#include "tests/model/story.hpp"

namespace gilsim::testing {

/// The free world with one cost.
inline std::string with(const std::string& name, const std::string& cost) {
    std::string text = kFree;
    const std::string before = name + ": 0ns";
    const auto at = text.find(before);
    REQUIRE(at != std::string::npos);
    return text.replace(at, before.size(), name + ": " + cost);
}

/// The same with page faults of a nanosecond.
inline std::string unpaged(std::string text) {
    const std::string key = "machine:\n";
    return text.insert(text.find(key) + key.size(),
                       "  paging: {first_touch: 1ns, release_page: 0ns, copy: 1ns, reuse: 1ns}\n");
}

/// The free world with further fields of the interpreter.
inline std::string with_interpreter(const std::string& fields) {
    const std::string key = "interpreter: {";
    std::string text = kFree;
    return text.replace(text.find(key), key.size(), key + fields + ", ");
}

/// The free world with further fields of the interpreter's memory.
inline std::string with_memory(const std::string& fields) {
    const std::string key = "memory: {";
    std::string text = kFree;
    return text.replace(text.find(key), key.size(), key + fields + ", ");
}

/// The date in ns at which a run ends.
inline long long end(const std::string& yaml) {
    const std::string log = story(yaml, {});
    INFO(log);
    REQUIRE(log.find("run_end completed") != std::string::npos);
    return std::stoll(log.substr(0, log.find(' ')));
}

/// How often a line of the log matches.
inline long count(const std::string& log, const std::string& pattern) {
    const std::regex expression(pattern);
    return std::distance(std::sregex_iterator(log.begin(), log.end(), expression), std::sregex_iterator());
}

}  // namespace gilsim::testing
