#pragma once
/// Loading scenarios from texts in tests.

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "model/scenario/load.hpp"
#include "tests/catch.hpp"

namespace gilsim::scenario {

inline const std::string kTestFolder = std::string(GILSIM_SOURCE_DIR) + "/tests/scenario";
inline const std::string kDataFolder = kTestFolder + "/data";

inline std::vector<Setting> settings_of(const std::vector<std::string>& texts) {
    std::vector<Setting> settings;
    for (const std::string& text : texts) settings.push_back(parse_setting(text).value());
    return settings;
}

/// All bytes of a file.
inline std::string file_text(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

/// What is wrong with a text, as a person would read it; empty if nothing.
inline std::string errors(const std::string& text, const std::vector<std::string>& sets = {}) {
    return render(load_text(text, "test.yaml", kDataFolder, settings_of(sets)).diagnostics);
}

/// A text that must load.
inline Scenario loaded(const std::string& text, const std::vector<std::string>& sets = {}) {
    const LoadResult result = load_text(text, "test.yaml", kDataFolder, settings_of(sets));
    INFO(text);
    INFO(render(result.diagnostics));
    REQUIRE(result.scenario.has_value());
    return *result.scenario;
}

/// The only variant of a text that must load.
inline Variant variant(const std::string& text, const std::vector<std::string>& sets = {}) {
    const Scenario scenario = loaded(text, sets);
    REQUIRE(scenario.variants.size() == 1);
    return scenario.variants[0];
}

/// A scenario with one program `p` of these operations, which the main thread runs, after `extra` top-level lines.
inline std::string with_program(const std::string& operations, const std::string& extra = "") {
    return "gilsim: 1\n" + extra + "programs:\n  p: [" + operations + "]\nthreads: {main: p}\n";
}

/// The only operation of such a scenario.
template <class T>
T operation(const std::string& text, const std::string& extra = "") {
    const Variant v = variant(with_program(text, extra));
    REQUIRE(v.programs.at(0).size() == 1);
    REQUIRE(std::holds_alternative<T>(v.programs[0][0].what));
    return std::get<T>(v.programs[0][0].what);
}

}  // namespace gilsim::scenario
