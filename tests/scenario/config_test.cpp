/// Configuration files, and those that the project ships.

#include "model/scenario/config.hpp"

#include <algorithm>
#include <filesystem>
#include <map>
#include <regex>

#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

const std::string kConfigs = std::string(GILSIM_SOURCE_DIR) + "/configs";

std::vector<std::string> yaml_files(const std::string& folder) {
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (entry.path().extension() == ".yaml") files.push_back(entry.path().string());
    }
    std::sort(files.begin(), files.end());
    return files;
}

}  // namespace

TEST_CASE("a configuration stands on its base") {
    const Variant v = variant(with_program("{compute: 1ms}", "machine: large\ninterpreter: quick\n"));
    CHECK(v.machine.name == "large");
    CHECK(v.machine.cores == 16);
    CHECK(v.machine.scheduler.policy == SchedulerSpec::Policy::cfs);
    CHECK(v.machine.costs.syscall == 100);
    CHECK(v.machine.costs.context_switch == 2'000);
    REQUIRE(v.machine.costs.idle_states.size() == 1);
    CHECK(v.machine.costs.idle_states[0].wake.a == 3'000);
    CHECK(v.interpreters[0].name == "quick");
    CHECK(v.interpreters[0].version == "3.10");
    CHECK(v.interpreters[0].start_method == StartMethod::spawn);
}

TEST_CASE("a configuration can be named by its file") {
    CHECK(variant(with_program("{compute: 1ms}", "machine: machines/large.yaml\n")).machine.cores == 16);
    CHECK(variant(with_program("{compute: 1ms}", "machine: {base: ./machines/large.yaml, cores: 2}\n")).machine.cores ==
          2);
}

TEST_CASE("a value of a base is replaced as a whole, be it of several words") {
    const Variant v = variant(with_program("{compute: 1ms}", "interpreter: {base: " + kConfigs +
                                                                 "/interpreters/cpython-3.11.yaml, "
                                                                 "request_overhead: {uniform: [1us, 2us]}}\n"));
    CHECK(v.interpreters[0].request_overhead.kind == Span::Kind::uniform);  // the base has a lognormal one
    CHECK(v.interpreters[0].request_overhead.b == 2000);
}

TEST_CASE("configurations are looked for beside the scenario, then in the given folders") {
    const std::string text = with_program("{compute: 1ms}", "machine: small\n");
    CHECK(load_text(text, "t", kDataFolder).scenario.has_value());
    CHECK(load_text(text, "t", "", {}, {kDataFolder}).scenario.has_value());
    CHECK_FALSE(load_text(text, "t", "").scenario.has_value());
}

TEST_CASE("the values of a configuration remember their sources") {
    const ConfigFile file = read_config(kDataFolder + "/machines/large.yaml", "machines");
    CHECK(render(file.diagnostics).empty());
    const auto value = [&](const std::string& path) {
        const auto found =
            std::find_if(file.values.begin(), file.values.end(), [&](const ConfigValue& v) { return v.path == path; });
        REQUIRE(found != file.values.end());
        return *found;
    };
    CHECK(value("cores").value == "16");
    CHECK(value("cores").source == "by definition");
    CHECK(value("cores").line == 2);
    CHECK(value("costs.syscall").source.empty());
}

TEST_CASE("a wrong configuration is diagnosed") {
    CHECK(render(read_config(kTestFolder + "/broken/interpreters/wrong-field.yaml", "interpreters").diagnostics)
              .find("unknown key 'switch_intervall' (did you mean 'switch_interval'?)") != std::string::npos);
    CHECK(read_config(kTestFolder + "/nowhere.yaml", "machines").diagnostics.size() == 1);
}

TEST_CASE("every shipped configuration is valid, and every value in it has a source") {
    for (const std::string kind : {"machines", "interpreters"}) {
        const auto files = yaml_files(kConfigs + "/" + kind);
        CHECK_FALSE(files.empty());
        for (const std::string& path : files) {
            INFO(path);
            const ConfigFile file = read_config(path, kind, {kConfigs});
            CHECK(render(file.diagnostics).empty());
            CHECK(file.values.size() > 1);
            for (const ConfigValue& value : file.values) {
                if (value.path == "about" || value.path == "name") continue;
                INFO(path << ":" << value.line << ": " << value.path << " = " << value.value);
                CHECK_FALSE(value.source.empty());
            }
        }
    }
}

TEST_CASE("a value that is as that of another configuration is the same as there") {
    // "as of configs/machines/linux-guest-2.yaml", "as cpython-3.11"; not "as cpython-3.13, but ..."
    static const std::regex as_of("\\bas (?:of )?(?:configs/)?(?:machines/|interpreters/)?([a-z][\\w.-]*\\w)(, but)?");
    std::size_t compared = 0;
    for (const std::string kind : {"machines", "interpreters"}) {
        std::map<std::string, std::map<std::string, std::string>> values;  // by configuration and path
        for (const std::string& path : yaml_files(kConfigs + "/" + kind))
            for (const ConfigValue& v : read_config(path, kind, {kConfigs}).values)
                values[std::filesystem::path(path).filename().string()][v.path] = v.value;
        for (const std::string& path : yaml_files(kConfigs + "/" + kind)) {
            for (const ConfigValue& v : read_config(path, kind, {kConfigs}).values) {
                std::smatch found;
                if (!std::regex_search(v.source, found, as_of) || found[2].matched) continue;
                std::string name = found[1];
                if (!name.ends_with(".yaml")) name += ".yaml";
                const bool named = found[1].str() == name;        // as a file: there must be one
                if (!named && values.count(name) == 0) continue;  // "as fork"
                INFO(path << ":" << v.line << ": " << v.path << " = " << v.value << ", " << v.source);
                REQUIRE(values.count(name) == 1);
                REQUIRE(values[name].count(v.path) == 1);
                CHECK(v.value == values[name][v.path]);
                ++compared;
            }
        }
    }
    CHECK(compared > 100);
}

}  // namespace gilsim::scenario
