#include <algorithm>
#include <array>
#include <fstream>

#include <fmt/format.h>

#include "analysis/cli/files.hpp"
#include "analysis/cli/loading.hpp"
#include "analysis/cli/verb.hpp"
#include "model/scenario/fields.hpp"
#include "model/scenario/load.hpp"
#include "model/scenario/suggest.hpp"

namespace gilsim::analysis::cli {
namespace {

using Line = std::pair<std::string, std::string>;  // a name and what it is

// What a scenario asks.
std::string title_of(const std::filesystem::path& file) {
    const auto loaded = scenario::load(file.string(), {}, {(root() / "configs").string()});
    return loaded.scenario ? loaded.scenario->title : "(invalid: see gilsim check)";
}

// What a configuration says it is: its `about` line. Read as text, so that a broken file can still be listed.
std::string about_of(const std::filesystem::path& file) {
    constexpr std::string_view key = "about: ";
    std::ifstream in(file);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(key)) return line.substr(key.size());
    }
    return "";
}

std::vector<Line> scenarios() {
    std::vector<Line> lines;
    for (const auto& file : shipped("scenarios")) {
        std::error_code error;
        lines.emplace_back(std::filesystem::proximate(file, error).string(), title_of(file));
    }
    return lines;
}

std::vector<Line> configurations(const std::string& kind) {
    std::vector<Line> lines;
    for (const auto& file : shipped("configs/" + kind)) lines.emplace_back(file.stem().string(), about_of(file));
    return lines;
}

std::vector<Line> machines() {
    return configurations("machines");
}
std::vector<Line> interpreters() {
    return configurations("interpreters");
}

std::vector<Line> operations() {
    std::vector<Line> lines;
    for (const scenario::OpRow& row : scenario::op_rows()) lines.emplace_back(row.word, row.doc);
    return lines;
}

struct Listing {
    std::string_view name;
    std::vector<Line> (*lines)();
};

constexpr std::array kListings{
    Listing{"scenarios", scenarios},
    Listing{"machines", machines},
    Listing{"interpreters", interpreters},
    Listing{"operations", operations},
};

void print(const Listing& listing) {
    const std::vector<Line> lines = listing.lines();
    std::size_t width = 0;
    for (const Line& line : lines) width = std::max(width, line.first.size());
    fmt::print("{}:\n", listing.name);
    for (const Line& line : lines) fmt::print("  {:<{}}  {}\n", line.first, width, line.second);
}

}  // namespace

Exit list(const Arguments& arguments) {
    if (arguments.operands.empty()) {
        for (const Listing& listing : kListings) print(listing);
        return Exit::ok;
    }
    const std::string& what = arguments.one_operand("what to list");
    const auto found =
        std::find_if(kListings.begin(), kListings.end(), [&](const Listing& l) { return l.name == what; });
    if (found == kListings.end()) {
        std::vector<std::string> names;
        for (const Listing& listing : kListings) names.emplace_back(listing.name);
        throw UsageError(fmt::format("nothing called '{}' to list", what), scenario::did_you_mean(what, names));
    }
    print(*found);
    return Exit::ok;
}

}  // namespace gilsim::analysis::cli
