#include <csignal>

#include <nlohmann/json.hpp>
#include <sys/stat.h>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using gilsim::testing::content;
using gilsim::testing::Folder;
using gilsim::testing::has;
using gilsim::testing::invoke;
using gilsim::testing::Result;

namespace {

constexpr const char* kShort = R"(gilsim: 1
title: Does it end?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  work: [{compute: 1ms}]
threads: {worker: {count: 2, run: work}}
)";

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

// A usage error: status 2, nothing on stdout, and a message with this in it.
void check_usage(const std::string& arguments, const std::string& message) {
    const Result r = invoke(arguments);
    INFO("gilsim " << arguments << "\n" << r.err);
    CHECK(r.status == 2);
    CHECK(r.out.empty());
    CHECK(has(r.err, message));
}

// With AddressSanitizer, whose own reservations exceed any limit of memory and which gives each simulated thread a
// thread of the system.
bool skipped_for_lack_of_limits() {
    if (gilsim::testing::kAddressSanitizer) WARN("skipped: limits mean nothing to AddressSanitizer");
    return gilsim::testing::kAddressSanitizer;
}

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

TEST_CASE("more threads than this machine carries: status 4, before SimGrid aborts") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("many.yaml", R"(gilsim: 1
title: How many threads can sleep?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs:
  nap: [{sleep: 1h}]
  many: [{repeat: {times: 1000000, do: [{start: nap}]}}]
threads:
  main: many
  nap: {run: nap, start: manual}
)");
    const Result r = invoke("run " + file + " --trace full -o " + (folder / "out"));
    INFO(r.err);
    CHECK(r.status == 4);
    CHECK(has(r.err, "too many for this machine"));
    CHECK(has(r.err, "vm.max_map_count"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/main.pftrace"));
    const Result declared = invoke("run " + file + " --set threads.nap.count=10000000");
    INFO(declared.err);
    CHECK(declared.status == 4);
    CHECK(has(declared.err, "many.yaml:10:3: error: threads.nap: "));
}

TEST_CASE("outputs that cannot be written: status 4, the file is named, nothing is left behind") {
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const std::string blocked = folder.write("a-file", "");
    const Result r = invoke("run " + file + " --trace full -o " + blocked);
    CHECK(r.status == 4);
    CHECK(has(r.err, blocked));
    CHECK(invoke("run " + file + " >/dev/full").status == 4);
    // A folder in the place of the trace: the other files are written all the same.
    std::filesystem::create_directories(folder / "out/main.pftrace");
    const Result partly = invoke("run " + file + " --trace full -o " + (folder / "out"));
    CHECK(partly.status == 4);
    CHECK(has(partly.err, "main.pftrace"));
    CHECK_FALSE(std::filesystem::exists(folder / "out/main.pftrace.tmp"));
}

TEST_CASE("no output overwrites an input, nor another output") {
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const std::string out = folder / "out", trace = out + "/main.pftrace", database = folder / "s.sqlite";
    REQUIRE(invoke("run " + file + " --trace full -o " + out).status == 0);
    REQUIRE(invoke("sweep " + file + " --repeat 2 -o " + database).status == 0);
    const auto refused = [&](const std::string& arguments, const std::string& output, const std::string& what) {
        const std::string before = std::filesystem::exists(output) ? content(output) : "";
        check_usage(arguments, output + " is also " + what);
        CHECK((std::filesystem::exists(output) ? content(output) : "") == before);
        CHECK_FALSE(std::filesystem::exists(output + ".tmp"));
    };
    refused("measure " + file + " -o " + file, file, "an input");
    refused("sweep " + file + " --repeat 2 --csv " + file, file, "an input");
    refused("sweep " + file + " --repeat 2 -o " + file, file, "an input");
    refused("sweep " + file + " --repeat 2 -o " + database + " --csv " + database, database, "the file of -o");
    refused("sweep " + file + " --repeat 2 -o " + (folder / "./new") + " --csv " + (folder / "new"), folder / "new",
            "the file of -o");
    refused("report " + database + " -o " + database + " --format html", database, "an input");
    for (const std::string name : {"main.pftrace", "summary.json", "manifest.json"}) {
        refused("report " + out + " --format md -o " + out + "/" + name, out + "/" + name, "an input");
        refused("report " + out + "/manifest.json --format md -o " + out + "/" + name, out + "/" + name, "an input");
    }
    refused("report " + trace + " --format md -o " + trace, trace, "an input");
    std::filesystem::create_hard_link(file, out + "/hard.yaml");
    refused("sweep " + file + " --repeat 2 --csv " + out + "/hard.yaml", out + "/hard.yaml", "an input");
    const std::string named = folder.write("summary.json", kShort);
    refused("run " + named + " -o " + folder.path(), folder / "summary.json", "an input");
    // An earlier report is no input.
    for (int i = 0; i < 2; ++i) CHECK(invoke("report --no-trials " + out + " -o " + out + "/report.html").status == 0);
}

TEST_CASE("resource limits end a simulation with status 4") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("short.yaml", kShort);
    const Result memory = invoke("run " + file + " --max-memory 1MiB");
    INFO(memory.err);
    CHECK(memory.status == 4);
    CHECK(has(memory.err, "--max-memory"));
    const std::string endless = folder.write("long.yaml", R"(gilsim: 1
title: Does it end within a second of processor time?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  nap: [{repeat: {times: 100000000, do: [{sleep: 1us}]}}]
threads: {main: nap}
)");
    const Result time = invoke("run --max-time 1s " + endless);
    INFO(time.err);
    CHECK(time.status == 4);
    CHECK(has(time.err, "--max-time"));
}

TEST_CASE("a limit of memory is of what is used, not of what stacks reserve") {
    if (skipped_for_lack_of_limits()) return;
    const Folder folder;
    const std::string file = folder.write("naps.yaml", R"(gilsim: 1
title: How much do 3000 threads need?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs: {nap: [{sleep: 1s}]}
threads: {nap: {run: nap, count: 3000}}
)");
    const Result enough = invoke("run " + file + " --max-memory 256MiB");
    INFO(enough.err);
    CHECK(enough.status == 0);
    for (const std::string limit : {"16", "64", "80", "100"}) {
        const Result r = invoke("run " + file + " --max-memory " + limit + "MiB");
        CHECK(r.status == 4);
        CHECK(r.err == "gilsim: error: variant main: the simulation needs more than " + limit +
                           " MiB of memory; allow more with --max-memory\n");
    }
}

TEST_CASE("the deepest program that a scenario can have fits on its stack") {
    const Folder folder;
    std::string text = R"(gilsim: 1
title: How deep is too deep?
machine: {cores: 2}
interpreter: {version: "3.11"}
programs:
)";
    for (int i = 0; i < 99; ++i) {
        std::string operation = "{run: p" + std::to_string(i + 1) + "}";
        for (int depth = 0; depth < 18; ++depth) operation = "{repeat: {for: 1us, do: [" + operation + "]}}";
        text += "  p" + std::to_string(i) + ": [" + operation + "]\n";
    }
    const Result r =
        invoke("run " + folder.write("deep.yaml", text + "  p99: [{compute: 1us}]\nthreads: {main: p0}\n"));
    INFO(r.err);
    CHECK(r.status == 0);
}

TEST_CASE("whoever interrupts gilsim sees that it was interrupted, and no unfinished file stays") {
    const Folder folder;
    const std::string file = folder.write("long.yaml", R"(gilsim: 1
title: When does it end?
machine: {cores: 1}
interpreter: {version: "3.11"}
programs:
  nap: [{repeat: {times: 100000000, do: [{sleep: 1us}]}}]
threads: {main: nap}
)");
    const std::string out = folder / "out", page = folder / "page.html";
    const auto interrupted = [&](const std::string& arguments, const std::string& unfinished) {
        // `timeout` gives 128 + the signal for a process that a signal ended.
        const Result r = invoke(arguments, "timeout --preserve-status -s INT 0.5");
        INFO("gilsim " << arguments << "\n" << r.err);
        CHECK(r.status == 128 + SIGINT);
        CHECK_FALSE(std::filesystem::exists(unfinished));
    };
    interrupted("run " + file, "");
    interrupted("run " + file + " --trace full -o " + out, out + "/main.pftrace.tmp");
    interrupted("run " + file + " --trace full -o " + out + " --trace-format text", out + "/main.txt.tmp");
    REQUIRE(invoke("run " + file + " --limit 500ms --trace full -o " + out).status == 0);
    std::string traces;
    for (int i = 0; i < 500; ++i) traces += out + "/main.pftrace ";
    interrupted("report " + traces + "-o " + page, page + ".tmp");
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

TEST_CASE("what is no regular file is refused: it may never end, or never begin") {
    const Folder folder;
    const std::string pipe = folder / "pipe", trace = folder / "pipe.pftrace", json = folder / "pipe.json";
    for (const std::string& name : {pipe, trace, json}) REQUIRE(mkfifo(name.c_str(), 0600) == 0);
    const auto refused = [](const std::string& arguments, const std::string& name) {
        const Result r = invoke(arguments, "timeout 20");
        INFO("gilsim " << arguments << "\n" << r.err);
        CHECK(r.status == 2);
        CHECK(has(r.err, "'" + name + "' is not a regular file"));
    };
    refused("reproduce /dev/zero", "/dev/zero");
    refused("report /dev/zero -o -", "/dev/zero");
    for (const std::string& name : {pipe, trace, json}) refused("report " + name + " -o -", name);
    refused("compare " + pipe + " README.md", pipe);
    refused("compare " + trace + " " + trace, trace);
    refused("explain " + trace, trace);
    CHECK(invoke("validate " + json, "timeout 20").status == 3);
    std::filesystem::create_directory(folder / "out");
    REQUIRE(mkfifo((folder / "out/summary.json").c_str(), 0600) == 0);
    refused("report " + (folder / "out") + " -o -", folder / "out/summary.json");
    check_usage("explain " + (folder / "out"), "is a folder, not a file");
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
