#include <filesystem>

#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using gilsim::testing::content;
using gilsim::testing::Folder;
using gilsim::testing::has;
using gilsim::testing::invoke;
using gilsim::testing::Result;

namespace {

constexpr const char* kMeasured = R"(gilsim: 1
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

}  // namespace

TEST_CASE("measure writes a record that validate predicts") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
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
    const Result r = invoke("measure " + folder.write("short.yaml", kMeasured) +
                            " --python /usr/bin/python3 --repeat 1 --time-limit 15s -o " + record);
    INFO(r.err);
    CHECK(r.status == 4);
    CHECK(has(r.err, "'endless' could not be measured: it did not end within 15.00 s"));
    CHECK(nlohmann::json::parse(content(record))["cells"][0]["name"] == "good");
}

TEST_CASE("a Python that crashes, or cannot run the runner, is told with what it wrote") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
    const auto python = [&](const std::string& body) {
        const std::string file = folder.write("python", "#!/bin/sh\n" + body + "\nexec /usr/bin/python3 \"$@\"\n");
        std::filesystem::permissions(file, std::filesystem::perms::owner_all);
        return file;
    };
    const std::string record = folder / "r.json";
    const Result crashed = invoke("measure " + scenario + " --variant good --repeat 1 -o " + record + " --python " +
                                  python("if grep -q variant $3; then echo on my last legs >&2; kill -SEGV $$; fi"));
    INFO(crashed.err);
    CHECK(crashed.status == 4);
    CHECK(has(crashed.err, "'good' could not be measured: it was killed by signal 11"));
    CHECK(has(crashed.err, "on my last legs"));
    CHECK(has(crashed.err, "nothing was measured, no record is written"));
    CHECK_FALSE(std::filesystem::exists(record));
    const Result old = invoke("measure " + scenario + " -o " + record + " --python " +
                              python("echo SyntaxError: what is a with statement >&2; exit 1"));
    CHECK(old.status == 2);
    CHECK(has(old.err, "Python 2.7 or later is needed"));
    CHECK(has(old.err, "what is a with statement"));
}

TEST_CASE("what was measured is kept when a later repetition crashes") {
    const Folder folder;
    const std::string file = folder.write(
        "python", "#!/bin/sh\ncd " + folder.path() +
                      "\nif grep -q variant $3; then echo x >> runs; if [ $(wc -l < runs) = 2 ]; then exit 7; fi; fi\n"
                      "exec /usr/bin/python3 \"$@\"\n");
    std::filesystem::permissions(file, std::filesystem::perms::owner_all);
    const std::string record = folder / "r.json";
    const Result r = invoke("measure " + folder.write("short.yaml", kMeasured) + " --variant good --repeat 3 -o " +
                            record + " --python " + file);
    INFO(r.err);
    CHECK(r.status == 4);
    CHECK(has(r.err, "it ended with status 7"));
    CHECK(nlohmann::json::parse(content(record))["cells"][0]["repetitions"].size() == 1);
}

TEST_CASE("profiles of another machine are warned of") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
    const std::string machine = folder.write("machine.yaml", "about: a mainframe\ncores: {value: 1, source: a test}\n");
    const std::string interpreter = folder.write("interpreter.yaml", "version: {value: \"3.11\", source: a test}\n");
    const Result r = invoke("measure " + scenario + " --variant good --repeat 1 --python /usr/bin/python3 --profiles " +
                            folder.path() + " -o " + (folder / "r.json"));
    INFO(r.err);
    CHECK(r.status == 0);
    CHECK(has(r.err, machine + " is of another one (a mainframe) than this: "));
    CHECK(has(r.err, interpreter + " is of another one (it does not say which) than this: CPython"));
}

TEST_CASE("a machine that is slower than its profiles say is not quiet") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
    static_cast<void>(folder.write("machine.yaml", "cores: {value: 1, source: a test}\n"));
    const auto quiet = [&](const std::string& turns) {
        static_cast<void>(folder.write("interpreter.yaml", "pace: {value: " + turns + ", source: a test}\n"));
        const std::string record = folder / "r.json";
        REQUIRE(invoke("measure " + scenario + " --variant good --repeat 1 --python /usr/bin/python3 --profiles " +
                       folder.path() + " -o " + record)
                    .status == 0);
        CHECK(has(content(record), R"("machine.speed": "speed")") == (turns != "0"));
        CHECK(invoke("validate " + record).status == 0);
        return !has(content(record), "the machine was slow");
    };
    CHECK(quiet("0"));  // nobody knows
    CHECK(quiet("1"));
    CHECK_FALSE(quiet("1000000000"));
}

TEST_CASE("validate warns of a profile that was made on another machine than the record") {
    const Folder folder;
    static_cast<void>(folder.write("machine.yaml", "about: a mainframe\ncores: {value: 1, source: a test}\n"));
    static_cast<void>(folder.write("interpreter.yaml", "version: {value: \"3.11\", source: a test}\n"));
    const std::string record = folder / "r.json";
    REQUIRE(invoke("measure " + folder.write("short.yaml", kMeasured) +
                   " --variant good --repeat 1 --python /usr/bin/python3 --profiles " + folder.path() + " -o " + record)
                .status == 0);
    const Result foreign = invoke("validate " + record);
    CHECK(foreign.status == 0);
    CHECK(has(foreign.err, "machine.yaml is of another machine (a mainframe) than " + record));
    auto json = nlohmann::ordered_json::parse(content(record));
    json["where"]["machine"] = "a mainframe";
    CHECK(invoke("validate " + folder.write("own.json", json.dump())).err.empty());
}

namespace {

// Runs `gilsim measure` in the background, sends it a signal once it has written its record, and waits for it.
Result measured_until(const std::string& signal, const std::string& scenario, const std::string& record) {
    return invoke("measure " + scenario + " --variant good --python /usr/bin/python3 --repeat 1000 -o " + record,
                  "sh -c 'GILSIM_TEST=" + record + " \"$0\" \"$@\" & p=$!; until [ -s " + record +
                      " ]; do sleep 0.1; done; kill -" + signal +
                      " $p; wait $p; s=$?; sleep 0.5; echo left: $(grep -lsa GILSIM_TEST=" + record +
                      " /proc/[0-9]*/environ); exit $s'");
}

}  // namespace

TEST_CASE("a measurement that is stopped, or killed, keeps what it has and leaves nothing running") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
    const Result stopped = measured_until("TERM", scenario, folder / "stopped.json");
    INFO(stopped.err);
    CHECK(stopped.status == 4);
    CHECK(has(stopped.err, "gilsim: interrupted"));
    CHECK(has(stopped.out, "(what was measured)"));
    CHECK(has(stopped.out, "left:\n"));
    const Result killed = measured_until("KILL", scenario, folder / "killed.json");
    CHECK(killed.status == 128 + 9);
    CHECK(has(killed.out, "left:\n"));
    for (const char* record : {"stopped.json", "killed.json"}) {
        const Result validated = invoke("validate --runs 1 " + (folder / record));
        INFO(record << validated.err);
        CHECK(validated.status == 0);
        CHECK(has(validated.out, "makespan"));
    }
}

TEST_CASE(
    "a record or profile that cannot be written is told before anything is measured, and a full disk leaves the record "
    "before") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
    const std::string python = " --python /no/such/python";  // nobody gets that far
    const Result nowhere = invoke("measure " + scenario + python + " -o " + folder.path() + "/none/r.json");
    CHECK(nowhere.status == 4);
    CHECK(has(nowhere.err, "none/r.json: No such file or directory; create the folder first"));
    CHECK(invoke("measure " + scenario + python + " -o " + folder.path()).status == 4);
    CHECK(invoke("calibrate" + python + " -o " + scenario).status == 4);
    const Result full =
        invoke("measure " + scenario + " --variant good --repeat 1 --python /usr/bin/python3 -o /dev/full");
    CHECK(full.status == 4);
    CHECK(has(full.err, "cannot write /dev/full: No space left on device"));
    const std::string record = folder.write("r.json", "the one before");
    const Result limited =
        invoke("measure " + scenario + " --variant good --repeat 1 --python /usr/bin/python3 -o " + record,
               "sh -c 'ulimit -f 4; exec \"$0\" \"$@\"'");  // blocks of 512 bytes
    INFO(limited.err);
    CHECK(limited.status == 4);
    CHECK(content(record) == "the one before");
    const Result answer = invoke("validate tests/truth/records/order-3.11.7.json --runs 1 --json > /dev/full");
    CHECK(answer.status == 4);
    CHECK(has(answer.err, "cannot write to standard output: No space left on device"));
}

TEST_CASE("wrong usage of measure and calibrate") {
    const Folder folder;
    const std::string scenario = folder.write("short.yaml", kMeasured);
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
    const std::string scenario = folder.write("short.yaml", kMeasured);
    const std::string machine = folder.write("machine.yaml", "cores: {value: 3, source: a test}\n");
    const Result by_file = invoke("run " + scenario + " --variant good --json --machine " + machine);
    INFO(by_file.err);
    REQUIRE(by_file.status == 0);
    CHECK(nlohmann::json::parse(by_file.out)["variants"][0]["cores"].size() == 3);
    const Result by_name = invoke("run " + scenario + " --variant good --json --machine server-16");
    REQUIRE(by_name.status == 0);
    CHECK(nlohmann::json::parse(by_name.out)["variants"][0]["cores"].size() == 16);
}
