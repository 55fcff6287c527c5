#include <nlohmann/json.hpp>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using namespace gilsim::testing;

namespace {

constexpr const char* kDeadlock = R"(gilsim: 1
title: Do two locks taken in opposite orders block each other?
machine: {cores: 2}
interpreter: {version: "3.11"}
objects: {a: lock, b: lock}
programs:
  ab: [{lock: a}, {sleep: 1ms}, {lock: b}, {unlock: b}, {unlock: a}]
  ba: [{lock: b}, {sleep: 1ms}, {lock: a}, {unlock: a}, {unlock: b}]
threads:
  first: {run: ab}
  second: {run: ba}
)";

}  // namespace

TEST_CASE("help and version are answers: on stdout, status 0") {
    for (const std::string arguments : {"--help", "-h", "help", "--version", "run --help", "help run", "help check"}) {
        const Result r = invoke(arguments);
        INFO(arguments);
        CHECK(r.status == 0);
        CHECK(r.err.empty());
        CHECK_FALSE(r.out.empty());
    }
    CHECK(invoke("--version").out.starts_with("gilsim 0."));
    CHECK(invoke("run --help").out == invoke("help run").out);
    CHECK(has(invoke("--help").out, "reproduce"));
}

TEST_CASE("wrong usage: status 2, told on stderr, with a suggestion") {
    CHECK(invoke("").status == 2);
    check_usage("rnu scenarios/a.yaml", "unknown verb 'rnu'; did you mean 'run'?");
    check_usage("--json run", "unknown option '--json'; options come after the verb");
    check_usage("run", "the scenario FILE is missing");
    check_usage("run a.yaml b.yaml", "unexpected 'b.yaml'");
    check_usage("run a.yaml --trcae full", "unknown option '--trcae'; did you mean '--trace'?");
    check_usage("run a.yaml --trac full", "unknown option '--trac'");
    check_usage("run a.yaml --trace", "--trace");
    check_usage("run a.yaml --trace everything -o x", "--trace: unknown value 'everything'");
    check_usage("run a.yaml --trace full", "add -o DIR");
    check_usage("run a.yaml --seed 1x", "--seed: '1x' is not a whole number");
    check_usage("run a.yaml --seed -1", "--seed");
    check_usage("run a.yaml --limit 10", "--limit");
    check_usage("run a.yaml --limit 0s", "--limit: must be more than 0");
    check_usage("run a.yaml --max-memory 5", "--max-memory");
    check_usage("check", "the scenario FILE is missing");
    check_usage("list machins", "did you mean 'machines'?");
    check_usage("schema x", "unexpected 'x'");
    check_usage("reproduce", "the MANIFEST is missing");
    check_usage("reproduce README.md", "README.md");
    check_usage("help nonsense", "nonsense");
}

TEST_CASE("a file that does not exist: status 2, with a suggestion") {
    const Folder folder;
    const std::string file = folder.write("countdown.yaml", kShort);
    check_usage("run " + (folder / "countdwon.yaml"), "did you mean");
    check_usage("check " + (folder / "none/at/all.yaml"), "no such file");
}

TEST_CASE("an error that cannot be told has its status all the same") {
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const std::string broken = folder.write("broken.yaml", std::string(kShort) + "nonsense: 1\n");
    for (const std::string nowhere : {" 2>/dev/full", " 2>&-"}) {
        INFO(nowhere);
        CHECK(invoke(nowhere).status == 2);
        CHECK(invoke("check " + (folder / "missing.yaml") + nowhere).status == 2);
        CHECK(invoke("check " + broken + nowhere).status == 3);
        CHECK(invoke("run " + file + " -o " + file + nowhere).status == 4);
        CHECK(invoke("run --json " + file + " >/dev/full" + nowhere).status == 4);
        CHECK(invoke("reproduce README.md" + nowhere).status == 2);
    }
    // What cannot be printed does not go to what is open in the place of stdout instead.
    CHECK(invoke("sweep --repeat 2 " + file + " >&-").status == 4);
}

TEST_CASE("an invalid scenario: status 3, with line and column") {
    const Folder folder;
    const std::string file = folder.write("broken.yaml", std::string(kShort) + "nonsense: 1\n");
    for (const std::string verb : {"check ", "run ", "run --json "}) {
        const Result r = invoke(verb + file);
        CHECK(r.status == 3);
        CHECK(r.out.empty());
        CHECK(has(r.err, "broken.yaml:8:1: error: "));
    }
    check_usage("run " + file + " --set machine.cores", "--set: 'machine.cores' is not PATH=VALUE");
    const std::string good = folder.write("good.yaml", kShort);
    CHECK(invoke("check " + good + " " + file).status == 3);
    CHECK(invoke("check " + good).out == good + ": ok, 1 variant\n");
    CHECK(invoke("run " + good + " --set machine.cores=zero").status == 3);
    check_usage("run " + good + " --variant other", "no variant 'other'");
}

TEST_CASE("the option --json: the summary on stdout and nothing else") {
    const Folder folder;
    const Result r = invoke("run --json --seed 5 " + folder.write("short.yaml", kShort));
    CHECK(r.status == 0);
    CHECK(r.err.empty());
    const auto json = nlohmann::json::parse(r.out);
    CHECK(json["schema"] == 1);
    CHECK(json["scenario"] == "short.yaml");
    const auto& variant = json["variants"][0];
    CHECK(variant["seed"] == 5);
    CHECK(variant["outcome"] == "completed");
    CHECK(variant["makespan_ns"] > 2'000'000);
    CHECK(variant["cores"].size() == 1);
}

TEST_CASE("settings and limits change the run") {
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const auto json = [&](const std::string& options) {
        return nlohmann::json::parse(invoke("run --json " + file + " " + options).out)["variants"][0];
    };
    CHECK(json("--set machine.cores=3")["cores"].size() == 3);
    const auto limited = json("--limit 1ms");
    CHECK(limited["outcome"] == "limit");
    CHECK(limited["makespan_ns"] == 1'000'000);
}

TEST_CASE("a deadlock is a result: told by name, status 1, outputs complete") {
    const Folder folder;
    const std::string file = folder.write("deadlock.yaml", kDeadlock);
    const Result r = invoke("run " + file + " --trace full -o " + (folder / "out"));
    INFO(r.out << r.err);
    CHECK(r.status == 1);
    CHECK(has(r.out, "deadlock"));
    CHECK(has(r.out, "first"));
    CHECK(has(r.out, "second"));
    CHECK(std::filesystem::exists(folder / "out/summary.json"));
    CHECK(std::filesystem::exists(folder / "out/main.pftrace"));
}

TEST_CASE("an error of the program is a result: told with thread, line and remedy, status 1, outputs complete") {
    const Folder folder;
    const auto told = [&](const std::string& program, const std::string& message) {
        const std::string file = folder.write("error.yaml", R"(gilsim: 1
title: What does it do wrong?
machine: {cores: 2, costs: {context_switch: 0s, syscall: 0s}}
interpreter: {version: "3.11", gil_overhead: 0s}
objects: {table: lock}
programs:
  work:
)" + program + "threads: {worker: {count: 2, run: work}}\n");
        const Result r = invoke("run --json " + file + " --trace full -o " + (folder / "out"));
        INFO(program << r.err);
        CHECK(r.status == 1);
        const auto variant = nlohmann::json::parse(r.out)["variants"][0];
        CHECK(variant["outcome"] == "failed");
        CHECK(variant["failure"] == message);
        CHECK(variant["threads"].size() >= 2);
        CHECK(content(folder / "out/summary.json") == r.out);
        CHECK(std::filesystem::exists(folder / "out/main.pftrace"));
        const std::string human = invoke("run " + file).out;
        CHECK(has(human, "an error"));
        CHECK(has(human, "error.yaml:"));
    };
    told("    - with: {lock: table, do: [{compute: 1ms}, {unlock: table}]}\n",
         "error.yaml:8: thread 'worker-1' releases lock 'table', which nobody holds (Python: RuntimeError: release unlocked "
         "lock): take it first, by 'lock' or 'with'");
    told("    - compute: 1ms\n    - run: begin\n    - request_begin: page\n  begin: [{request_begin: page}]\n",
         "error.yaml:10: thread 'worker-1' begins request 'page' while it has one open: end it first, by 'request_end'");
    told("    - run: end\n    - request_end: page\n  end: [{request_begin: page}, {request_end: page}]\n",
         "error.yaml:9: thread 'worker-1' ends request 'page', which it has not begun: begin it first, by "
         "'request_begin'");
    told("    - repeat: {for: 1s, do: [{compute: {uniform: [0s, 0s]}}]}\n",
         "error.yaml:8: thread 'worker-1' has repeated this 100000 times in no simulated time, and would for ever: give the "
         "body something to do that takes time, or 'times'");
}

TEST_CASE("spans that are 0 now and then do not make a loop one that never ends") {
    const Folder folder;
    const std::string file = folder.write("seldom.yaml", R"(gilsim: 1
title: Does a loop go on whose turns seldom take time?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  work: [{repeat: {for: 1us, do: [{compute: {exponential: 1ns}}]}}]
threads: {main: work}
)");
    CHECK(invoke("run " + file).status == 0);
}

TEST_CASE("a manifest reproduces its outputs, a changed one does not") {
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const std::string out = folder / "out";
    REQUIRE(invoke("run " + file + " --seed 3 --set machine.cores=2 --trace full -o " + out).status == 0);
    std::filesystem::remove(file);
    const Result same = invoke("reproduce " + out + "/manifest.json");
    INFO(same.err);
    CHECK(same.status == 0);
    CHECK(same.out == "same     summary.json\nsame     main.pftrace\n");

    std::string manifest = content(out + "/manifest.json");
    const auto digest = manifest.find("\"sha256\": \"") + 11;
    manifest[digest] = manifest[digest] == '0' ? '1' : '0';
    const Result differs = invoke("reproduce " + folder.write("changed.json", manifest));
    CHECK(differs.status == 1);
    CHECK(has(differs.out, "DIFFERS  summary.json"));

    CHECK(invoke("reproduce " + out).out == same.out);  // a folder stands for its manifest
    check_usage("reproduce " + folder.path(), "no such file: '" + folder.path() + "/manifest.json'");
}

TEST_CASE("listings name what is shipped") {
    CHECK(has(invoke("list operations").out, "compute"));
    CHECK(has(invoke("list machines").out, "laptop-2"));
    CHECK(has(invoke("list interpreters").out, "cpython-3.11"));
    CHECK(has(invoke("list scenarios").out, "scenarios/cpu_bound.yaml"));
    CHECK(invoke("list").status == 0);
}

TEST_CASE("the schema is JSON") {
    CHECK(nlohmann::json::parse(invoke("schema").out).is_object());
}

// A trace is read once, from its beginning: what an event names must have been described by then.
TEST_CASE("explain names the pipe of a message") {
    const Folder folder;
    REQUIRE(invoke("run scenarios/messages.yaml --trace full -o " + (folder / "out")).status == 0);
    const std::string told = invoke("explain " + (folder / "out/pipe.pftrace") + " --at 3ms --for 100us").out;
    INFO(told);
    CHECK(told.find("main has written message ") != std::string::npos);
    CHECK(told.find(" of `line`.") != std::string::npos);
    CHECK(told.find("``") == std::string::npos);
}
