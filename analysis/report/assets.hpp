#pragma once
/// The files that a report's page is made of, as they were when gilsim was built.

#include <string>
#include <string_view>

namespace gilsim::analysis::assets {

/// D3 (https://d3js.org, ISC licence), from the Debian package node-d3.
[[nodiscard]] std::string_view d3();
/// The page's style sheet.
[[nodiscard]] std::string_view style();
/// The page's own scripts, in the order in which they build on each other.
[[nodiscard]] std::string scripts();

}  // namespace gilsim::analysis::assets
