#pragma once
/// Names that expressions in records can mention.

#include <cctype>
#include <string>
#include <string_view>

namespace gilsim::analysis {

/// `load page` -> `load_page`.
[[nodiscard]] inline std::string record_name(std::string_view text) {
    std::string result;
    for (const char c : text) result += std::isalnum(static_cast<unsigned char>(c)) != 0 ? c : '_';
    if (result.empty() || std::isdigit(static_cast<unsigned char>(result.front())) != 0) result.insert(0, "_");
    return result;
}

/// The name of an output of a kind of requests: `page_p99`.
[[nodiscard]] inline std::string request_output(std::string_view request, std::string_view output) {
    return record_name(request) + "_" + std::string(output);
}

}  // namespace gilsim::analysis
