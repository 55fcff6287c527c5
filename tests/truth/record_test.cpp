/// The format of records: what is wrong with one is told, and predictions know no outputs.

#include <algorithm>
#include <array>
#include <cstdio>
#include <filesystem>
#include <unistd.h>

#include <nlohmann/json.hpp>

#include "analysis/records/figures.hpp"
#include "analysis/records/tables.hpp"
#include "tests/truth/support.hpp"

using namespace gilsim;
using namespace gilsim::analysis;
using namespace gilsim::analysis::testing;

namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::vector<fs::path> files(const std::string& folder, const std::string& extension) {
    std::vector<fs::path> found;
    for (const auto& entry : fs::directory_iterator(folder)) {
        if (entry.path().extension() == extension) found.push_back(entry.path());
    }
    std::sort(found.begin(), found.end());
    return found;
}

// What is wrong with a record, as `gilsim validate` tells it.
std::string complaint(const std::string& text, const std::string& name) {
    const RecordResult result = load_record_text(text, name);
    if (!result.record) return scenario::render(result.diagnostics);
    try {
        static_cast<void>(validate(*result.record, options()));
    } catch (const PredictionError& e) {
        return std::string(e.what()) + "\n";
    }
    return "";
}

// Runs the schema checker on files; its output and status.
std::string checked_by_schema(const std::string& arguments) {
    const fs::path schema =
        fs::temp_directory_path() / ("gilsim_record_schema_" + std::to_string(::getpid()) + ".json");
    std::ofstream(schema) << record_schema();
    const std::string command =
        "/usr/bin/python3 " + kRoot + "/tests/scenario/check_schema.py " + schema.string() + " " + arguments + " 2>&1";
    std::string text;
    FILE* pipe = popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> buffer{};
    while (const std::size_t size = std::fread(buffer.data(), 1, buffer.size(), pipe)) text.append(buffer.data(), size);
    const int status = pclose(pipe);
    fs::remove(schema);
    return text + "status " + std::to_string(status);
}

std::string documented_example() {
    const std::string text = gilsim::testing::content(kRoot + "/docs/records.md");
    const std::string begin = "```json\n{\n  \"record\": 1";
    const auto from = text.find(begin);
    REQUIRE(from != std::string::npos);
    const auto start = from + 8;
    return text.substr(start, text.find("```", start) - start);
}

}  // namespace

TEST_CASE("every broken record gets its message") {
    const auto broken = files(kTruth + "/broken", ".json");
    CHECK(broken.size() >= 30);
    for (const fs::path& file : broken) {
        INFO(file.string());
        const std::string message = complaint(gilsim::testing::content(file.string()), file.filename().string());
        CHECK_FALSE(message.empty());
        gilsim::testing::check_golden("tests/truth/broken/" + file.stem().string() + ".expected", message);
    }
    for (const fs::path& expected : files(kTruth + "/broken", ".expected"))  // no message without its record
        CHECK(fs::exists(fs::path(expected).replace_extension(".json")));
}

TEST_CASE("a prediction does not know what was measured") {
    const std::string file = kTruth + "/records/cpu_countdown-3.11.7.json";
    const Record record = loaded(load_record(file));
    Json corrupted = Json::parse(gilsim::testing::content(file));
    double factor = 2;
    for (Json& cell : corrupted["cells"]) {
        for (Json& repetition : cell["repetitions"]) {
            for (auto& [name, value] : repetition["outputs"].items()) value = value.get<double>() * (factor += 0.5) + 1;
        }
    }
    const Record other = loaded(load_record_text(corrupted.dump(), "corrupted", kTruth + "/records"));
    const Validation honest = validate(record, options());
    const Validation lied_to = validate(other, options());
    REQUIRE(honest.comparisons.size() == lied_to.comparisons.size());
    REQUIRE_FALSE(honest.comparisons.empty());
    for (std::size_t i = 0; i < honest.comparisons.size(); ++i) {
        CHECK(honest.comparisons[i].predicted == lied_to.comparisons[i].predicted);
        CHECK(honest.comparisons[i].measured != lied_to.comparisons[i].measured);
    }
}

TEST_CASE("the schema accepts the records of the repository and the documented one, and refuses broken ones") {
    const fs::path example = fs::temp_directory_path() / ("gilsim_record_" + std::to_string(::getpid()) + ".json");
    std::ofstream(example) << documented_example();
    CHECK(checked_by_schema(kTruth + "/records/*.json " + example.string()) == "status 0");
    fs::remove(example);
    std::string broken;
    for (const char* name : {"version_unknown", "name_missing", "key_unknown", "unit_unknown", "kind_unknown",
                             "number_as_text", "quiet_wrong", "outputs_missing", "no_record"})
        broken += " " + kTruth + "/broken/" + name + ".json";
    CHECK(checked_by_schema("--broken" + broken) == "status 0");
}

TEST_CASE("the documented record is predicted as the documentation says") {
    const Record record = loaded(load_record_text(documented_example(), "docs/records.md", kTruth + "/records"));
    const Validation validation = validate(record, options());
    REQUIRE(validation.comparisons.size() == 1);  // nvcsw is recorded only
    const Comparison& wall = validation.comparisons.front();
    CHECK(wall.cell == "2 threads, 2 cores");
    CHECK(wall.noisy);  // one quiet repetition does not do
    CHECK(wall.repetitions == 2);
    CHECK(wall.predicted == Approx(0.23).margin(0.01));  // the median of both works, plus the start of two threads
}

TEST_CASE("figures are read by path") {
    const auto variant = Json::parse(R"({"makespan_ns": 5, "threads": [{"name": "a", "n": 1}, {"name": "w-1", "n": 2},
        {"name": "w-2", "n": 3}, {"name": "b", "n": 4}, {"name": "b", "n": 5}], "io": {"rate_per_s": 3, "states_ns": {"x": 7}}})");
    CHECK(figure(variant, "makespan_ns").value == 5);
    CHECK(figure(variant, "makespan_ns").time == 1);
    CHECK(figure(variant, "threads.a.n").value == 1);
    CHECK(figure(variant, "threads.a.n").time == 0);
    CHECK(figure(variant, "threads.w-*.n").value == 5);
    CHECK(figure(variant, "threads.*.n").value == 15);
    CHECK(figure(variant, "threads.w-^.n").value == 3);
    CHECK(figure(variant, "threads.^.n").value == 5);
    CHECK(figure(variant, "threads.3.n").value == 4);
    CHECK(figure(variant, "io.rate_per_s").time == -1);
    CHECK(figure(variant, "io.states_ns.x").time == 1);
    CHECK_THROWS_AS(figure(variant, "threads.b.n"), FigureError);  // two of them
    CHECK_THROWS_AS(figure(variant, "threads.c.n"), FigureError);
    CHECK_THROWS_AS(figure(variant, "threads"), FigureError);
    CHECK_THROWS_AS(figure(variant, "makespan_ns.x"), FigureError);
}

TEST_CASE("quiet repetitions count alone where there are three") {
    const auto with_quiet = [](int quiet) {
        Json record = Json::parse(documented_example());
        Json& repetitions = record["cells"][0]["repetitions"];
        const Json one = repetitions[0];
        repetitions = Json::array();
        for (int i = 0; i < 5; ++i) {
            repetitions.push_back(one);
            repetitions.back()["quiet"] = i < quiet;
        }
        return validate(loaded(load_record_text(record.dump(), "r", kTruth + "/records")), options())
            .comparisons.front();
    };
    CHECK(with_quiet(2).repetitions == 5);
    CHECK(with_quiet(2).noisy);
    CHECK(with_quiet(3).repetitions == 3);
    CHECK_FALSE(with_quiet(3).noisy);
}

TEST_CASE("bars") {
    CHECK_FALSE(parse_bar("makespan").has_value());
    CHECK_FALSE(parse_bar("makspan=6").has_value());
    CHECK_FALSE(parse_bar("makespan=six").has_value());
    CHECK_FALSE(parse_bar("makespan=-1").has_value());
    REQUIRE(parse_bar("p99=60%").has_value());
    CHECK(parse_bar("p99=60%")->most == Approx(0.6));
    CHECK(parse_bar("makespan.median=6")->of == Bar::Of::median);
    CHECK(parse_bar("throughput.factor=2")->of == Bar::Of::factor);
    CHECK(parse_bar("throughput.factor=2")->most == 2);
    CHECK_FALSE(parse_bar("throughput.factor=0.5").has_value());
    CHECK_FALSE(parse_bar("throughput.factor=2%").has_value());

    Validation validation;
    validation.record = "r";
    for (const double error : {0.0, 0.01, 0.3}) {
        Comparison c;
        c.cell = "c";
        c.output = "wall";
        c.error.beyond = c.error.raw = error;
        validation.comparisons.push_back(c);
    }
    CHECK(missed({*parse_bar("makespan=30"), *parse_bar("makespan.median=1"), *parse_bar("count=0")}, {validation})
              .empty());
    CHECK(missed({*parse_bar("makespan=29")}, {validation}) ==
          std::vector<std::string>{"r, c: the error of wall is 30.0 %, more than 29.0 %"});
    CHECK(missed({*parse_bar("makespan.median=0.5")}, {validation}) ==
          std::vector<std::string>{"the median error of makespan is 1.0 %, more than 0.5 %"});
    validation.comparisons.back().error.factor = 2.5;
    CHECK(missed({*parse_bar("makespan.factor=2.5")}, {validation}).empty());
    CHECK(missed({*parse_bar("makespan.factor=2")}, {validation}) ==
          std::vector<std::string>{"r, c: wall is predicted wrong by a factor of 2.50, more than 2"});
    validation.comparisons.back().fitted = true;  // what was fitted proves nothing
    CHECK(missed({*parse_bar("makespan=2")}, {validation}).empty());
}
