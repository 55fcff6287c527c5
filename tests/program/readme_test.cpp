// What the pages show of gilsim's output is gilsim's output: each ```console block is run again.

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using namespace gilsim::testing;

namespace {

// The page with the output of each `$ ./gilsim ARGUMENTS` in its console blocks replaced by what it prints now.
std::string refreshed(const std::string& page) {
    const std::string prompt = "$ ./gilsim ";
    std::istringstream in(page);
    std::string result;
    bool console = false;
    for (std::string line; std::getline(in, line);) {
        if (console && line.starts_with("$ ")) {
            REQUIRE(line.starts_with(prompt));
            const Result r = invoke(line.substr(prompt.size()), "NO_COLOR=1");
            result += line + "\n" + r.out + r.err;
        } else if (!console || line == "```") {
            result += line + "\n";
        }
        if (line.starts_with("```")) console = line == "```console";
    }
    return result;
}

}  // namespace

TEST_CASE("the README shows real output") {
    check_golden("README.md", refreshed(content(std::string(GILSIM_SOURCE_DIR) + "/README.md")));
}

TEST_CASE("the README's worked example is the scenario that it names") {
    const std::string root = std::string(GILSIM_SOURCE_DIR) + "/";
    CHECK_THAT(content(root + "README.md"),
               Catch::Contains("```yaml\n" + content(root + "scenarios/pages.yaml") + "```\n"));
}
