#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using gilsim::testing::content;
using gilsim::testing::Folder;
using gilsim::testing::invoke;
using gilsim::testing::Result;

namespace {

constexpr const char* kShort = R"(gilsim: 1
title: Is it measured?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  work: [{compute: 1ms}]
  wait: [{sleep: 1h}]
variants:
  good: {threads: {worker: {count: 2, run: work}}}
  endless: {threads: {main: wait}}
)";

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

}  // namespace

TEST_CASE("measure writes a record that validate predicts") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kShort);
    const std::string record = folder / "r.json";
    const Result measured =
        invoke("measure " + scenario + " --variant good --python /usr/bin/python3 --repeat 2 -o " + record);
    INFO(measured.err);
    REQUIRE(measured.status == 0);
    CHECK(has(measured.out, "Is it measured?"));
    CHECK(has(measured.out, "makespan"));
    CHECK(has(measured.out, "record: " + record));
    CHECK(nlohmann::json::parse(content(record))["cells"][0]["repetitions"].size() == 2);
    const Result validated = invoke("validate " + record);
    INFO(validated.err);
    CHECK(validated.status == 0);
    CHECK(has(validated.out, "makespan"));
}

TEST_CASE("a variant that takes too long is told, and the others are kept") {
    const Folder folder;
    const std::string record = folder / "r.json";
    const Result r = invoke("measure " + folder.write("short.yaml", kShort) +
                            " --python /usr/bin/python3 --repeat 1 --time-limit 15s -o " + record);
    INFO(r.err);
    CHECK(r.status == 4);
    CHECK(has(r.err, "'endless' could not be measured: it did not end within 15.00 s"));
    CHECK(nlohmann::json::parse(content(record))["cells"][0]["name"] == "good");
}

TEST_CASE("wrong usage of measure and calibrate") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kShort);
    const auto usage = [](const std::string& arguments, const std::string& message) {
        const Result r = invoke(arguments);
        INFO("gilsim " << arguments << "\n" << r.err);
        CHECK(r.status == 2);
        CHECK(has(r.err, message));
    };
    usage("measure " + scenario, "add -o RECORD.json");
    usage("measure " + scenario + " -o x.json --repeat 0", "--repeat: '0' is not a whole number from 1 on");
    usage("measure " + scenario + " -o x.json --python /no/such/python", "cannot run '/no/such/python'");
    usage("measure " + scenario + " -o x.json --python /bin/false", "Python 2.7 or later is needed");
    usage("measure " + scenario + " -o x.json --cpus 100000", "--cpus asks for 100000 CPUs and this process may use ");
    usage("measure " + scenario + " -o x.json --variant god", "did you mean 'good'?");
    usage("calibrate", "add -o DIR");
    usage("calibrate " + scenario + " -o x", "unexpected '");
}

TEST_CASE("run takes profiles by name or by file") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kShort);
    const std::string machine = folder.write("machine.yaml", "cores: {value: 3, source: a test}\n");
    const Result by_file = invoke("run " + scenario + " --variant good --json --machine " + machine);
    INFO(by_file.err);
    REQUIRE(by_file.status == 0);
    CHECK(nlohmann::json::parse(by_file.out)["variants"][0]["cores"].size() == 3);
    const Result by_name = invoke("run " + scenario + " --variant good --json --machine server-16");
    REQUIRE(by_name.status == 0);
    CHECK(nlohmann::json::parse(by_name.out)["variants"][0]["cores"].size() == 16);
}
