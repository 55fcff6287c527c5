/// A corpus of broken files, each with the message that a person gets to read. GILSIM_REGENERATE=1 rewrites the
/// messages: read them before you keep them.

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> files(const fs::path& folder, const std::string& extension) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == extension) found.push_back(entry.path().filename());
    }
    std::sort(found.begin(), found.end());
    return found;
}

/// Works in the folder of the corpus, so that messages name files as they are listed there.
class InFolder {
public:
    explicit InFolder(const std::string& folder) : before_(fs::current_path()) { fs::current_path(folder); }
    ~InFolder() { fs::current_path(before_); }
    InFolder(const InFolder&) = delete;
    InFolder& operator=(const InFolder&) = delete;

private:
    fs::path before_;
};

}  // namespace

TEST_CASE("every broken file gets its message") {
    const InFolder folder(kTestFolder + "/broken");
    const bool regenerate = std::getenv("GILSIM_REGENERATE") != nullptr;
    const auto broken = files(".", ".yaml");
    CHECK(broken.size() >= 40);
    for (const fs::path& file : broken) {
        INFO(file.string());
        const LoadResult result = load(file.string());
        CHECK_FALSE(result.scenario.has_value());
        const std::string message = render(result.diagnostics);
        const fs::path expected = fs::path(file).replace_extension(".expected");
        if (regenerate) std::ofstream(expected, std::ios::binary) << message;
        CHECK(message == file_text(expected));
    }
    for (const fs::path& expected : files(".", ".expected"))  // no message without its file
        CHECK(fs::exists(fs::path(expected).replace_extension(".yaml")));
}

TEST_CASE("what is valid but too much is told apart") {
    const InFolder folder(kTestFolder + "/broken");
    CHECK(load("ten_million_threads.yaml").only_resources());
    CHECK(load("many_processes.yaml").only_resources());
    CHECK_FALSE(load("zero_cores.yaml").only_resources());
}

}  // namespace gilsim::scenario
