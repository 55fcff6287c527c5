/// The JSON Schema accepts what loads and refuses what is plainly wrong; judged by Debian's python3-jsonschema.

#include "model/scenario/schema.hpp"

#include <array>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <unistd.h>

#include "tests/scenario/support.hpp"

namespace gilsim::scenario {
namespace {

/// Runs a command; its output, then its exit status.
std::string output_of(const std::string& command) {
    std::string text;
    FILE* pipe = popen((command + " 2>&1").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    return text + "status " + std::to_string(pclose(pipe));
}

/// The schema in a file of its own, gone afterwards.
class SchemaFile {
public:
    SchemaFile()
        : path_(std::filesystem::temp_directory_path() / ("gilsim_schema_" + std::to_string(::getpid()) + ".json")) {
        std::ofstream(path_) << json_schema();
    }
    ~SchemaFile() { std::filesystem::remove(path_); }
    SchemaFile(const SchemaFile&) = delete;
    SchemaFile& operator=(const SchemaFile&) = delete;
    std::string check(const std::string& arguments) const {
        return output_of("/usr/bin/python3 " + kTestFolder + "/check_schema.py " + path_.string() + " " + arguments);
    }

private:
    std::filesystem::path path_;
};

}  // namespace

TEST_CASE("the schema accepts every scenario that loads") {
    const SchemaFile schema;
    CHECK(schema.check(kDataFolder + "/everything.yaml " + std::string(GILSIM_SOURCE_DIR) + "/scenarios/*.yaml") ==
          "status 0");
}

TEST_CASE("the schema refuses plain mistakes") {
    const SchemaFile schema;
    std::string files;
    for (const std::string name :
         {"unknown_key", "unit_missing", "unit_unknown", "zero_cores", "operation_unknown", "enum",
          "operation_field_unknown", "operation_field_missing", "version_missing", "version_unknown",
          "size_unit_missing", "list", "scalar", "span_unknown", "variant_top_field", "nice"})
        files += " " + kTestFolder + "/broken/" + name + ".yaml";
    CHECK(schema.check("--broken" + files) == "status 0");
}

TEST_CASE("the schema describes its fields") {
    const auto schema = nlohmann::json::parse(json_schema());
    const auto& machine = schema["definitions"]["machine"];
    CHECK(machine["properties"]["cores"]["default"] == 2);
    CHECK_FALSE(machine["properties"]["cores"]["description"].get<std::string>().empty());
    CHECK(schema["definitions"]["scheduler"]["properties"]["tick"]["default"] == "4ms");
}

}  // namespace gilsim::scenario
