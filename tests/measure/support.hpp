#pragma once
/// Pythons of this machine, a folder that is gone afterwards, scenarios from texts.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "analysis/measure/measure.hpp"
#include "model/scenario/load.hpp"
#include "tests/catch.hpp"

namespace gilsim::analysis::testing {

namespace fs = std::filesystem;

inline const std::string kRoot = GILSIM_SOURCE_DIR;
inline const std::string kRunner = kRoot + "/analysis/measure/runner";

/// A folder of a test's own.
class Folder {
public:
    Folder() {
        std::string name = (fs::temp_directory_path() / "gilsim-test-XXXXXX").string();
        REQUIRE(mkdtemp(name.data()) != nullptr);
        path_ = name;
    }
    ~Folder() {
        std::error_code ignored;
        fs::remove_all(path_, ignored);
    }
    Folder(const Folder&) = delete;
    Folder& operator=(const Folder&) = delete;
    [[nodiscard]] fs::path operator/(const std::string& name) const { return path_ / name; }

private:
    fs::path path_;
};

/// Python 2.7 to 3.15 wherever they usually are: in PATH, and below pyenv's folder. At least Debian's python3.
inline std::vector<std::string> pythons() {
    std::vector<std::string> names{"python2.7"};
    for (int minor = 6; minor <= 15; ++minor) {
        names.push_back("python3." + std::to_string(minor));
        names.push_back("python3." + std::to_string(minor) + "t");
    }
    std::vector<std::string> found{"/usr/bin/python3"};
    for (const std::string& name : names) {
        if (fs::exists("/usr/bin/" + name)) found.push_back("/usr/bin/" + name);
        if (fs::exists("/usr/local/bin/" + name)) found.push_back("/usr/local/bin/" + name);
    }
    const char* home = std::getenv("HOME");
    std::error_code none;
    for (const auto& entry : fs::directory_iterator(fs::path(home != nullptr ? home : "") / ".pyenv/versions", none)) {
        const fs::path python = entry.path() / "bin/python";
        if (fs::exists(python)) found.push_back(python.string());
    }
    return found;
}

/// A scenario that must be valid.
inline scenario::Scenario scenario_of(const std::string& text) {
    const scenario::LoadResult result = scenario::load_text(text, "test.yaml", "", {}, {kRoot + "/configs"});
    INFO(scenario::render(result.diagnostics));
    REQUIRE(result.scenario.has_value());
    return *result.scenario;
}

/// Nothing to be told.
inline MeasureListener silent() {
    return {[](const std::string&, int, double) {}, [](const Measurement&) {}};
}

/// One repetition on one CPU.
inline MeasureOptions once(const std::string& python) {
    MeasureOptions options;
    options.python = python;
    options.runner = kRunner;
    options.cpus = 1;
    options.repeat = 1;
    return options;
}

}  // namespace gilsim::analysis::testing
