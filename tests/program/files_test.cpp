// What becomes of files: those that cannot be written or read, those that are another's, and unfinished ones.

#include <csignal>

#include <sys/stat.h>

#include "tests/catch.hpp"
#include "tests/program/program.hpp"

using namespace gilsim::testing;

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

TEST_CASE("whoever interrupts gilsim sees that it was interrupted, and no unfinished file stays") {
    const Folder folder;
    const std::string file = folder.write("long.yaml", kEndless);
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
